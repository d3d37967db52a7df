#include "engine/store/codec.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "engine/store/log_position.h"
#include "engine/store/wire.h"

namespace spoor {
namespace {

constexpr uint8_t kRecordVersion = 2;  // 1: no unit of places
constexpr uint8_t kIdVersion = 1;
constexpr uint8_t kJournalVersion = 1;
constexpr uint8_t kHeaderVersion = 1;
constexpr uint8_t kManifestVersion = 1;
constexpr uint8_t kLostVersion = 1;
constexpr uint8_t kPositionVersion = 1;
constexpr uint8_t kFollowedVersion = 1;

// How the times of a record's fixes are written.
enum class TimeUnit : uint8_t { kNone = 0, kMillisecond = 1, kSecond = 2 };

// Of latitudes and longitudes, in 1e-7 degrees: decimals that a receiver does not give need no
// bytes.
constexpr int32_t kPlaceUnits[] = {1, 10, 100};

constexpr size_t kKeyHomeBytes = 8;
constexpr double kLengthUnitsPerM = 1e3;  // lengths are kept to the millimetre

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("damaged ", what));
}

// Of a version from 1 to the newest that is known.
absl::Status CheckVersion(ByteReader& in, uint8_t newest, absl::string_view what) {
  const uint8_t version = in.Byte();
  if (!in.ok()) return Damaged(absl::StrCat(what, ": empty"));
  if (version >= 1 && version <= newest) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(what, " of unknown version ", version, ", known: ", newest));
}

std::string BigEndian(uint64_t v) {
  std::string out(8, '\0');
  for (int i = 0; i < 8; ++i) out[i] = static_cast<char>(v >> (56 - 8 * i));
  return out;
}

uint64_t FromBigEndian(absl::string_view bytes) {
  uint64_t v = 0;
  for (int i = 0; i < 8; ++i) v = v << 8 | static_cast<uint8_t>(bytes[i]);
  return v;
}

// Times are kept in seconds where all of them are whole ones.
TimeUnit UnitOf(TrajectoryView fixes) {
  if (!fixes[0].has_time()) return TimeUnit::kNone;
  const bool whole =
      std::all_of(fixes.begin(), fixes.end(), [](const Fix& f) { return f.time_ms % 1000 == 0; });
  return whole ? TimeUnit::kSecond : TimeUnit::kMillisecond;
}

int64_t UnitMs(TimeUnit unit) { return unit == TimeUnit::kSecond ? 1000 : 1; }

// The coarsest unit, by its index, of which all latitudes and longitudes are multiples.
size_t PlaceUnitOf(TrajectoryView fixes) {
  size_t unit = std::size(kPlaceUnits) - 1;
  for (const Fix& f : fixes) {
    while (f.lat_e7 % kPlaceUnits[unit] != 0 || f.lon_e7 % kPlaceUnits[unit] != 0) --unit;
  }
  return unit;
}

// Column by column, so that a block compressor finds the regular ones.
void EncodeFixes(TrajectoryView fixes, ByteWriter out) {
  const TimeUnit unit = UnitOf(fixes);
  const size_t place_unit = PlaceUnitOf(fixes);
  const int32_t place = kPlaceUnits[place_unit];
  out.Varint(fixes.size());
  out.Byte(static_cast<uint8_t>(static_cast<size_t>(unit) | place_unit << 2));
  int64_t last = 0;
  for (const Fix& f : fixes) {
    const int32_t v = f.lat_e7 / place;
    out.Signed(v - std::exchange(last, v));
  }
  last = 0;
  for (const Fix& f : fixes) {
    const int32_t v = f.lon_e7 / place;
    out.Signed(v - std::exchange(last, v));
  }
  if (unit == TimeUnit::kNone) return;
  last = fixes[0].time_ms / UnitMs(unit);
  out.Signed(last);
  for (const Fix& f : fixes.subspan(1)) {
    const int64_t t = f.time_ms / UnitMs(unit);
    out.Varint(static_cast<uint64_t>(t) - static_cast<uint64_t>(std::exchange(last, t)));
  }
}

bool DecodeTimes(ByteReader& in, TimeUnit unit, std::vector<Fix>& fixes) {
  int64_t t = in.Signed();
  const int64_t ms = UnitMs(unit);
  const int64_t limit = std::numeric_limits<int64_t>::max() / ms;
  if (t > limit || t < -limit) return false;
  fixes[0].time_ms = t * ms;
  for (size_t i = 1; i < fixes.size(); ++i) {
    const uint64_t step = in.Varint();
    if (step > static_cast<uint64_t>(limit) - static_cast<uint64_t>(t)) return false;
    t += static_cast<int64_t>(step);
    fixes[i].time_ms = t * ms;
  }
  return in.ok();
}

bool DecodeFixes(ByteReader& in, std::vector<Fix>& fixes) {
  const uint64_t n = in.Varint();
  const uint8_t units = in.Byte(), unit = units & 3;
  // A fix takes two bytes at least, so a hostile count cannot ask for more memory than it brought.
  if (!in.ok() || n == 0 || n > in.left() / 2 || unit > 2 || units >> 2 >= std::size(kPlaceUnits)) {
    return false;
  }
  const int64_t place = kPlaceUnits[units >> 2];
  fixes.assign(n, Fix());
  int64_t v = 0;
  for (Fix& f : fixes) {
    v += std::clamp<int64_t>(in.Signed(), -4 * int64_t{kMaxLonE7}, 4 * int64_t{kMaxLonE7});
    if (v * place < -kMaxLatE7 || v * place > kMaxLatE7) return false;
    f.lat_e7 = static_cast<int32_t>(v * place);
  }
  v = 0;
  for (Fix& f : fixes) {
    v += std::clamp<int64_t>(in.Signed(), -4 * int64_t{kMaxLonE7}, 4 * int64_t{kMaxLonE7});
    if (v * place < -kMaxLonE7 || v * place > kMaxLonE7) return false;
    f.lon_e7 = static_cast<int32_t>(v * place);
  }
  if (unit != 0 && !DecodeTimes(in, static_cast<TimeUnit>(unit), fixes)) return false;
  return in.ok() && in.done();
}

// The box against the first fix, the rest as it is; the end points are those of the fixes.
void EncodeSummary(const Summary& s, ByteWriter out) {
  out.Signed(int64_t{s.box.south_e7} - s.start.lat_e7);
  out.Signed(int64_t{s.box.west_e7} - s.start.lon_e7);
  out.Signed(int64_t{s.box.north_e7} - s.start.lat_e7);
  out.Signed(int64_t{s.box.east_e7} - s.start.lon_e7);
  out.Varint(static_cast<uint64_t>(std::llround(s.length_m * kLengthUnitsPerM)));
}

struct RawSummary {
  int64_t south, west, north, east;  // against the first fix
  uint64_t length;
};

RawSummary DecodeRawSummary(ByteReader& in) {
  RawSummary s{};
  s.south = in.Signed();
  s.west = in.Signed();
  s.north = in.Signed();
  s.east = in.Signed();
  s.length = in.Varint();
  return s;
}

bool AddWithin(int64_t base, int64_t delta, int64_t limit, int32_t* out) {
  if (delta < -2 * limit || delta > 2 * limit || base + delta < -limit || base + delta > limit) {
    return false;
  }
  *out = static_cast<int32_t>(base + delta);
  return true;
}

bool FinishSummary(const RawSummary& raw, TrajectoryView fixes, Summary& out) {
  out.start = fixes.front();
  out.end = fixes.back();
  out.fixes = static_cast<uint32_t>(fixes.size());
  out.length_m = static_cast<double>(raw.length) / kLengthUnitsPerM;
  const Fix& f = out.start;
  return AddWithin(f.lat_e7, raw.south, kMaxLatE7, &out.box.south_e7) &&
         AddWithin(f.lat_e7, raw.north, kMaxLatE7, &out.box.north_e7) &&
         AddWithin(f.lon_e7, raw.west, kMaxLonE7, &out.box.west_e7) &&
         AddWithin(f.lon_e7, raw.east, kMaxLonE7, &out.box.east_e7);
}

bool DecodeTags(ByteReader& in, Tags& tags) {
  const uint64_t n = in.Varint();
  if (n > kMaxTags) return false;
  for (uint64_t i = 0; i < n; ++i) {
    std::string name(in.Text()), value(in.Text());
    if (!tags.empty() && name <= tags.back().first) return false;
    tags.emplace_back(std::move(name), std::move(value));
  }
  return in.ok();
}

void EncodeParams(const IndexParams& p, ByteWriter out) {
  out.Byte(static_cast<uint8_t>(p.scheme));
  out.Byte(static_cast<uint8_t>(p.prefix));
  for (int v : {p.depth, p.k, p.t, p.grids}) out.Varint(static_cast<uint64_t>(v));
  for (double v : {p.smoothing_s, p.smoothing_m, p.max_gap_s, p.max_gap_m, p.max_speed_mps}) {
    out.Double(v);
  }
}

bool DecodeParams(ByteReader& in, IndexParams& p) {
  const uint8_t scheme = in.Byte(), prefix = in.Byte();
  if (scheme > 2 || prefix > 1) return false;
  p.scheme = static_cast<Scheme>(scheme);
  p.prefix = static_cast<Prefix>(prefix);
  for (int* v : {&p.depth, &p.k, &p.t, &p.grids}) {
    *v = static_cast<int>(std::min<uint64_t>(in.Varint(), 1 << 20));
  }
  for (double* v : {&p.smoothing_s, &p.smoothing_m, &p.max_gap_s, &p.max_gap_m, &p.max_speed_mps}) {
    *v = in.Double();
  }
  return in.ok() && Validate(p).ok();
}

}  // namespace

std::string RecordKey(uint64_t home, absl::string_view id) {
  return absl::StrCat(BigEndian(home), id);
}

absl::StatusOr<std::pair<uint64_t, absl::string_view>> SplitRecordKey(absl::string_view key) {
  if (key.size() <= kKeyHomeBytes) return Damaged("record key");
  return std::pair(FromBigEndian(key), key.substr(kKeyHomeBytes));
}

std::string EncodePayload(const Trajectory& trajectory, const Summary& summary) {
  std::string out;
  out.reserve(64 + 5 * trajectory.fixes.size());
  ByteWriter w(out);
  w.Text(trajectory.object);
  w.Varint(trajectory.tags.size());
  for (const auto& [name, value] : trajectory.tags) w.Text(name), w.Text(value);
  EncodeSummary(summary, w);
  EncodeFixes(trajectory.fixes, w);
  return out;
}

std::string RecordValue(uint64_t position, absl::string_view payload) {
  std::string out;
  out.reserve(payload.size() + 10);
  ByteWriter w(out);
  w.Byte(kRecordVersion);
  w.Varint(position);
  out.append(payload.data(), payload.size());
  return out;
}

absl::StatusOr<absl::string_view> RecordPayload(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kRecordVersion, "record"); !s.ok()) return s;
  in.Varint();
  if (!in.ok()) return Damaged("record");
  return in.rest();
}

absl::StatusOr<uint64_t> RecordPosition(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kRecordVersion, "record"); !s.ok()) return s;
  const uint64_t position = in.Varint();
  if (!in.ok()) return Damaged("record");
  return position;
}

absl::StatusOr<StoredRecord> DecodeRecord(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kRecordVersion, "record"); !s.ok()) return s;
  const uint64_t position = in.Varint();
  if (!in.ok()) return Damaged("record");
  auto record = DecodePayload(in.rest());
  if (record.ok()) record->position = position;
  return record;
}

absl::StatusOr<StoredRecord> DecodePayload(absl::string_view payload) {
  ByteReader in(payload);
  StoredRecord r;
  r.object = std::string(in.Text());
  if (!DecodeTags(in, r.tags)) return Damaged("record: tags");
  const RawSummary raw = DecodeRawSummary(in);
  if (!DecodeFixes(in, r.fixes)) return Damaged("record: fixes");
  if (!FinishSummary(raw, r.fixes, r.summary)) return Damaged("record: summary");
  return r;
}

absl::Status DecodeRecordFixes(absl::string_view value, std::vector<Fix>& fixes) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kRecordVersion, "record"); !s.ok()) return s;
  in.Varint();
  in.Text();
  const uint64_t tags = in.Varint();
  if (tags > kMaxTags) return Damaged("record: tags");
  for (uint64_t i = 0; i < 2 * tags; ++i) in.Text();
  DecodeRawSummary(in);
  return DecodeFixes(in, fixes) ? absl::OkStatus() : Damaged("record: fixes");
}

std::string EncodeIdEntry(const IdEntry& entry) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kIdVersion);
  w.Fixed64(entry.home);
  w.Varint(entry.position);
  return out;
}

absl::StatusOr<IdEntry> DecodeIdEntry(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kIdVersion, "id entry"); !s.ok()) return s;
  IdEntry e;
  e.home = in.Fixed64();
  e.position = in.Varint();
  if (!in.ok() || !in.done()) return Damaged("id entry");
  return e;
}

std::string JournalKey(uint64_t position) { return BigEndian(position); }

std::string EncodeJournalLine(const JournalLine& line) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kJournalVersion);
  const bool followed = line.version != line.position;
  w.Byte(
      static_cast<uint8_t>((line.insert ? 1 : 0) | (line.old_home ? 2 : 0) | (followed ? 4 : 0)));
  w.Fixed64(line.home);
  if (line.old_home) w.Fixed64(*line.old_home);
  if (followed) w.Varint(line.version);
  w.Text(line.id);
  return out;
}

absl::StatusOr<JournalLine> DecodeJournalLine(absl::string_view key, absl::string_view value) {
  if (key.size() != 8) return Damaged("journal key");
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kJournalVersion, "journal line"); !s.ok()) return s;
  JournalLine line;
  line.position = FromBigEndian(key);
  const uint8_t flags = in.Byte();
  line.insert = flags & 1;
  line.home = in.Fixed64();
  if (flags & 2) line.old_home = in.Fixed64();
  line.version = flags & 4 ? in.Varint() : line.position;
  line.id = std::string(in.Text());
  if (!in.ok() || !in.done() || flags > 7) return Damaged("journal line");
  return line;
}

std::string EncodeHeader(const StoreHeader& header) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kHeaderVersion);
  w.Fixed64(header.log_id);
  return out;
}

absl::StatusOr<StoreHeader> DecodeHeader(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kHeaderVersion, "store header"); !s.ok()) return s;
  const StoreHeader header{.log_id = in.Fixed64()};
  if (!in.ok() || !in.done()) return Damaged("store header");
  return header;
}

std::string EncodeIndexParams(const IndexParams& params) {
  std::string out;
  EncodeParams(params, ByteWriter(out));
  return out;
}

absl::StatusOr<IndexParams> DecodeIndexParams(absl::string_view bytes) {
  ByteReader in(bytes);
  IndexParams params;
  if (!DecodeParams(in, params) || !in.done()) return Damaged("index parameters");
  return params;
}

std::string EncodeManifest(const Manifest& m) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kManifestVersion);
  w.Varint(m.generation);
  w.Byte(m.fingerprint_version);
  EncodeParams(m.params, w);
  w.Byte(m.auto_params ? 1 : 0);
  w.Varint(m.next_file);
  w.Varint(m.sealed_position);
  w.Varint(m.files.size());
  for (const Manifest::File& f : m.files) w.Varint(f.number), w.Text(f.deleted);
  return out;
}

absl::StatusOr<Manifest> DecodeManifest(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kManifestVersion, "manifest"); !s.ok()) return s;
  Manifest m;
  m.generation = in.Varint();
  m.fingerprint_version = in.Byte();
  if (!DecodeParams(in, m.params)) return Damaged("manifest: parameters");
  const uint8_t automatic = in.Byte();  // 2 was written while few records had decided
  m.auto_params = automatic != 0;
  m.next_file = in.Varint();
  m.sealed_position = in.Varint();
  const uint64_t n = in.Varint();
  if (automatic > 2 || n > in.left()) return Damaged("manifest");
  for (uint64_t i = 0; i < n; ++i) {
    const uint64_t number = in.Varint();
    m.files.push_back({.number = number, .deleted = std::string(in.Text())});
  }
  if (!in.ok() || !in.done()) return Damaged("manifest");
  return m;
}

std::string EncodeLost(const std::set<std::string, std::less<>>& ids) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kLostVersion);
  w.Varint(ids.size());
  for (const std::string& id : ids) w.Text(id);
  return out;
}

absl::StatusOr<std::set<std::string, std::less<>>> DecodeLost(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kLostVersion, "lost ids"); !s.ok()) return s;
  std::set<std::string, std::less<>> ids;
  for (uint64_t left = in.Varint(); left > 0 && in.ok(); --left) ids.emplace(in.Text());
  if (!in.ok() || !in.done()) return Damaged("lost ids");
  return ids;
}

std::string EncodeFollowed(const Followed& followed) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kFollowedVersion);
  w.Fixed64(static_cast<uint64_t>(followed.time_ms));
  w.Varint(followed.next.size());
  for (const uint64_t next : followed.next) w.Varint(next);
  return out;
}

absl::StatusOr<Followed> DecodeFollowed(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kFollowedVersion, "followed position"); !s.ok()) return s;
  Followed followed{.time_ms = static_cast<int64_t>(in.Fixed64())};
  const uint64_t n = in.Varint();
  if (n > kMaxPartitions) return Damaged("followed position");
  for (uint64_t i = 0; i < n; ++i) followed.next.push_back(in.Varint());
  if (!in.ok() || !in.done()) return Damaged("followed position");
  return followed;
}

std::string EncodePosition(uint64_t position) {
  std::string out;
  ByteWriter w(out);
  w.Byte(kPositionVersion);
  w.Varint(position);
  return out;
}

absl::StatusOr<uint64_t> DecodePosition(absl::string_view value) {
  ByteReader in(value);
  if (absl::Status s = CheckVersion(in, kPositionVersion, "position"); !s.ok()) return s;
  const uint64_t position = in.Varint();
  if (!in.ok() || !in.done()) return Damaged("position");
  return position;
}

}  // namespace spoor
