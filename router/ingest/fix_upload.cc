#include "router/ingest/fix_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

// Of a piece: the more, the less often an open trip is written anew.
constexpr size_t kPieceFixes = size_t{1} << 17;
constexpr std::chrono::milliseconds kPieceTime{500};
// A clock that runs ahead would make all that comes after it late.
constexpr absl::Duration kMostAhead = absl::Hours(24);

constexpr absl::string_view kTakenNames[] = {"accepted", "repeated", "late"};

}  // namespace

FixUpload::FixUpload(Stream stream, FeedOrder order, const ApiLimits& limits,
                     const Patience& patience, Around around)
    : StreamUpload(std::move(stream), order.terms, limits, patience,
                   {around.metrics, "POST /v1/collections/{c}/fixes"}),
      feed_(order.feed),
      seal_all_(order.seal_all),
      list_all_(order.terms.list_all),
      around_(std::move(around)) {}

void FixUpload::BeforeReading() { most_ms_ = absl::ToUnixMillis(absl::Now() + kMostAhead); }

void FixUpload::AfterFeeding() {
  if (!piece_.empty() && Clock::now() - piece_since_ >= kPieceTime) SendHeld();
}

bool FixUpload::IsRefused(ParsedRecord& record) const {
  if (!record.trajectory.ok()) return true;
  const Trajectory& trip = *record.trajectory;
  if (trip.object.size() > kMaxLiveObjectBytes) {
    record.error = {.field = "/object",
                    .value = CellAsJson(trip.object),
                    .allowed = absl::StrCat("at most ", kMaxLiveObjectBytes,
                                            " bytes, so that trips can be called after it")};
  } else if (trip.fixes[0].time_ms > most_ms_) {
    record.error = {.field = "/time",
                    .value = CellAsJson(TimeText(trip.fixes[0].time_ms)),
                    .allowed = "at most a day ahead of this server's clock"};
  } else {
    return false;
  }
  record.trajectory = ErrorStatus(record.error);
  return true;
}

void FixUpload::Take(ParsedRecord record) {
  ++read_;
  if (IsRefused(record)) {
    ++rejected_;
    ++metrics().records_rejected;
    report().Add(record);
    return;
  }
  if (piece_.empty()) piece_since_ = Clock::now();
  Trajectory& trip = *record.trajectory;
  const auto [place, is_new] = places_.try_emplace(trip.object, piece_.size());
  if (is_new) piece_.push_back({.object = std::move(trip.object), .fixes = {}});
  piece_[place->second].fixes.push_back({.line = record.line, .fix = trip.fixes[0]});
  if (++piece_fixes_ >= kPieceFixes) SendHeld();
}

void FixUpload::Tell(const ObjectFixes& object, const LineFix& fix, FixTaken taken,
                     int64_t late_before_ms) {
  if (taken != FixTaken::kLate && !list_all_) return;
  FieldError late;
  if (taken == FixTaken::kLate) {
    late = {.field = "/time",
            .value = CellAsJson(TimeText(fix.fix.time_ms)),
            .allowed = absl::StrCat("from ", TimeText(late_before_ms),
                                    " on, as the trips before are sealed")};
  }
  report().Add(UploadReport::Line{.line = fix.line,
                                  .id = object.object,
                                  .status = kTakenNames[static_cast<size_t>(taken)],
                                  .error = taken == FixTaken::kLate ? &late : nullptr});
}

absl::Status FixUpload::AddToOpenTrips(absl::Span<const ObjectFixes> objects) {
  std::vector<std::string> names;
  for (const ObjectFixes& one : objects) {
    names.push_back(absl::StrCat(around_.collection_name, "/", one.object));
  }
  ObjectTurn turn(around_.turns, std::move(names));
  if (absl::Status s = turn.Take(patience()); !s.ok()) return s;
  OpenTrips trips(*collection(), *window(), feed_, patience());
  const auto told = [this](const ObjectFixes& object, const LineFix& fix, FixTaken taken,
                           int64_t late_before_ms) { Tell(object, fix, taken, late_before_ms); };
  FeedSums added;
  if (absl::Status s = trips.Add(objects, told, &added); !s.ok()) return s;
  metrics().fixes_accepted += added.accepted;
  metrics().fixes_late += added.late;
  metrics().trips_sealed += added.sealed.trips;
  sums_ += added;
  return absl::OkStatus();
}

void FixUpload::SendHeld() {
  if (piece_.empty() || !OpenWindow()) return;
  const absl::Status added = AddToOpenTrips(piece_);
  if (!added.ok()) Fail(FailureToWrite(added));
  piece_.clear();
  places_.clear();
  piece_fixes_ = 0;
}

void FixUpload::End() {
  if (!seal_all_ || collection() == nullptr || !OpenWindow()) return;
  feed_.ends = true;
  std::string after;
  for (bool more = true; more && !failed();) {
    std::vector<ObjectFixes> objects;
    const OpenTrips trips(*collection(), *window(), feed_, patience());
    const auto found = trips.FindOpen(&after, &objects);
    const absl::Status sealed = found.ok() ? AddToOpenTrips(objects) : found.status();
    if (!sealed.ok()) return Fail(FailureToWrite(sealed));
    more = *found;
  }
}

void FixUpload::WriteCounts(JsonWriter& w) const {
  w.MemberUint("fixes", read_);
  w.MemberUint("accepted", sums_.accepted);
  w.MemberUint("repeated", sums_.repeated);
  w.MemberUint("late", sums_.late);
  w.MemberUint("rejected", rejected_);
  w.Key("sealed");
  w.BeginObject();
  w.MemberUint("trips", sums_.sealed.trips);
  w.MemberUint("fixes", sums_.sealed.fixes);
  w.MemberUint("resting", sums_.sealed.resting);
  w.MemberUint("too_short", sums_.sealed.too_short);
  w.EndObject();
  w.Key("held");
  w.Raw(absl::StrCat(sums_.held));
  WriteToken(w);
}

std::string FixUpload::AcceptedText() const { return absl::StrCat(sums_.accepted, " fixes"); }

}  // namespace spoor
