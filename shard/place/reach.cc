#include "shard/place/reach.h"

#include <algorithm>
#include <cstring>
#include <roaring/roaring.hh>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"
#include "proto/placement.pb.h"

namespace spoor {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeaderSize = sizeof kVersion + sizeof(uint32_t);
constexpr int kPrefixShift = 64 - kReachDepth;
constexpr uint64_t kCodes = uint64_t{1} << kReachDepth;  // both sets hold numbers below it

using Steps = google::protobuf::RepeatedField<uint32_t>;

void EncodeSet(const Roaring& set, Steps* steps) {
  steps->Reserve(static_cast<int>(set.cardinality()));
  uint32_t before = 0;
  for (const uint32_t code : set) {
    steps->AddAlreadyReserved(code - before);
    before = code;
  }
}

// False when the steps do not ascend below kCodes.
bool DecodeSet(const Steps& steps, Roaring* set) {
  std::vector<uint32_t> codes;
  codes.reserve(static_cast<size_t>(steps.size()));
  uint64_t code = 0;
  for (const uint32_t step : steps) {
    if (step == 0 && !codes.empty()) return false;
    code += step;
    if (code >= kCodes) return false;
    codes.push_back(static_cast<uint32_t>(code));
  }
  set->addMany(codes.size(), codes.data());
  return true;
}

bool AnyCellIn(const Roaring& cells, const BoxCells& box) {
  for (const uint32_t code : cells) {
    if (box.Contains(CellOfZOrder(code, kReachDepth))) return true;
  }
  return false;
}

}  // namespace

struct Reach::Rep {
  Roaring prefixes, cells;
  uint64_t added = 0, removed = 0;
  bool everywhere = false;  // some line was too long to be followed
  LogPosition position;
};

ReachPrefixes PrefixesOf(absl::Span<const Geodab> geodabs) {
  ReachPrefixes prefixes;
  for (const Geodab g : geodabs) prefixes.push_back(static_cast<uint32_t>(g >> kPrefixShift));
  std::ranges::sort(prefixes);
  const auto doubles = std::ranges::unique(prefixes);
  prefixes.erase(doubles.begin(), doubles.end());
  return prefixes;
}

Reach::Reach() : rep_(std::make_unique<Rep>()) {}
Reach::Reach(const Reach& other) : rep_(std::make_unique<Rep>(*other.rep_)) {}
Reach::Reach(Reach&&) noexcept = default;
Reach& Reach::operator=(Reach other) noexcept {
  rep_ = std::move(other.rep_);
  return *this;
}
Reach::~Reach() = default;

void Reach::Add(TrajectoryView fixes, absl::Span<const Geodab> geodabs) {
  thread_local std::vector<uint32_t> cells;
  ++rep_->added;
  const ReachPrefixes prefixes = PrefixesOf(geodabs);
  rep_->prefixes.addMany(prefixes.size(), prefixes.data());
  if (rep_->everywhere) return;
  cells.clear();
  rep_->everywhere = !AppendLineCells(fixes, kReachDepth, &cells);
  if (!rep_->everywhere) rep_->cells.addMany(cells.size(), cells.data());
}

void Reach::NoteRemoval() { ++rep_->removed; }

bool Reach::IsWorthRebuilding() const { return rep_->removed * 5 > rep_->added; }

void Reach::Include(const Reach& other) {
  rep_->prefixes |= other.rep_->prefixes;
  rep_->cells |= other.rep_->cells;
  rep_->everywhere |= other.rep_->everywhere;
  rep_->added += other.rep_->added;
  rep_->removed += other.rep_->removed;
}

const LogPosition& Reach::position() const { return rep_->position; }
void Reach::set_position(const LogPosition& position) { rep_->position = position; }

bool Reach::MayShare(const ReachPrefixes& query) const {
  return std::ranges::any_of(query, [this](uint32_t p) { return rep_->prefixes.contains(p); });
}

bool Reach::MayMeet(const BoxCells& query) const {
  if (rep_->everywhere) return true;
  // Whichever is less to look at.
  if (query.count() > rep_->cells.cardinality()) return AnyCellIn(rep_->cells, query);
  return query.Any([this](uint32_t code) { return rep_->cells.contains(code); });
}

uint64_t Reach::prefixes() const { return rep_->prefixes.cardinality(); }
uint64_t Reach::cells() const { return rep_->cells.cardinality(); }
uint64_t Reach::bytes() const {
  return rep_->prefixes.getSizeInBytes() + rep_->cells.getSizeInBytes();
}

std::string Reach::Encode() const {
  v1::Reach message;
  message.set_log_id(rep_->position.log_id);
  for (const uint64_t next : rep_->position.next) message.add_next(next);
  message.set_everywhere(rep_->everywhere);
  message.set_added(rep_->added);
  message.set_removed(rep_->removed);
  EncodeSet(rep_->prefixes, message.mutable_prefix_steps());
  EncodeSet(rep_->cells, message.mutable_cell_steps());
  const std::string body = message.SerializeAsString();
  const uint32_t sum = Crc32c(body);
  std::string out(kHeaderSize, kVersion);
  std::memcpy(out.data() + sizeof kVersion, &sum, sizeof sum);
  return out += body;
}

absl::StatusOr<Reach> Reach::Decode(absl::string_view bytes) {
  if (bytes.size() < kHeaderSize) {
    return absl::DataLossError(absl::StrCat("reach of only ", bytes.size(), " bytes"));
  }
  if (bytes[0] != kVersion) {
    return absl::DataLossError(absl::StrCat("reach of unknown version ", int{bytes[0]}));
  }
  uint32_t sum = 0;
  std::memcpy(&sum, bytes.data() + sizeof kVersion, sizeof sum);
  const absl::string_view body = bytes.substr(kHeaderSize);
  if (!HasCrc32c(body, sum)) return absl::DataLossError("reach fails its checksum");
  v1::Reach message;
  Reach out;
  if (body.size() > INT32_MAX ||
      !message.ParseFromArray(body.data(), static_cast<int>(body.size())) ||
      !DecodeSet(message.prefix_steps(), &out.rep_->prefixes) ||
      !DecodeSet(message.cell_steps(), &out.rep_->cells)) {
    return absl::DataLossError(absl::StrCat("reach is not two ascending sets below ", kCodes));
  }
  out.rep_->everywhere = message.everywhere();
  out.rep_->added = message.added();
  out.rep_->removed = message.removed();
  if (message.next_size() > static_cast<int>(kMaxPartitions))
    return absl::DataLossError("a reach of too many partitions");
  out.rep_->position = {.log_id = message.log_id(),
                        .next = {message.next().begin(), message.next().end()}};
  return out;
}

}  // namespace spoor
