#include "router/ingest/fix_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/format/record.h"
#include "router/message/problem.h"
#include "router/message/token.h"
#include "router/message/written_to.h"

namespace spoor {
namespace {

// Of a piece: the more, the less often an open trip is written anew.
constexpr size_t kPieceFixes = size_t{1} << 17;
constexpr std::chrono::milliseconds kPieceTime{500};
// A clock that runs ahead would make all that comes after it late.
constexpr absl::Duration kMostAhead = absl::Hours(24);

constexpr absl::string_view kTakenNames[] = {"accepted", "repeated", "late"};

}  // namespace

FixUpload::FixUpload(Parts parts, const ApiLimits& limits, const Patience& patience,
                     const Around& around)
    : parts_(std::move(parts)),
      patience_(patience),
      around_(around),
      report_(parts_.order.list_all, limits.max_answer_bytes) {}

void FixUpload::Fail(UploadFailure failure) {
  if (!failure_) failure_ = std::move(failure);
}

absl::Status FixUpload::Feed(absl::string_view bytes) {
  if (!failure_) {
    const absl::Status fed =
        parts_.inflater->Feed(bytes, [this](absl::string_view piece) { return Read(piece); });
    if (!fed.ok()) Fail(FailureToRead(fed));
  }
  if (!failure_ && !piece_.empty() && Clock::now() - piece_since_ >= kPieceTime) AddPiece();
  if (failure_) return absl::CancelledError(failure_->detail);
  return absl::OkStatus();
}

absl::Status FixUpload::Read(absl::string_view bytes) {
  if (const absl::Status in_time = patience_.Check(); !in_time.ok()) {
    Fail(FailureToWrite(in_time));
    return in_time;
  }
  most_ms_ = absl::ToUnixMillis(absl::Now() + kMostAhead);
  const absl::Status read =
      parts_.reader->Feed(bytes, [this](ParsedRecord record) { Take(std::move(record)); });
  if (read.ok() && failure_) return absl::CancelledError("");
  return read;
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
  if (failure_) return;
  ++read_;
  if (IsRefused(record)) {
    ++rejected_;
    ++around_.metrics.records_rejected;
    report_.Add(record);
    return;
  }
  if (piece_.empty()) piece_since_ = Clock::now();
  Trajectory& trip = *record.trajectory;
  const auto [place, is_new] = places_.try_emplace(trip.object, piece_.size());
  if (is_new) piece_.push_back({.object = std::move(trip.object), .fixes = {}});
  piece_[place->second].fixes.push_back({.line = record.line, .fix = trip.fixes[0]});
  if (++piece_fixes_ >= kPieceFixes) AddPiece();
}

bool FixUpload::OpenWindow() {
  if (window_) return true;
  ApiResponse refusal;
  if (parts_.into.collection == nullptr) parts_.into.collection = parts_.into.make(&refusal);
  if (parts_.into.collection != nullptr) {
    window_.emplace(*parts_.into.collection, patience_, around_.metrics);
    return true;
  }
  Fail({.status = refusal.status, .detail = "the collection cannot be made"});
  refusal_ = std::move(refusal);
  return false;
}

void FixUpload::Tell(const ObjectFixes& object, const LineFix& fix, FixTaken taken,
                     int64_t late_before_ms) {
  if (taken != FixTaken::kLate && !parts_.order.list_all) return;
  FieldError late;
  if (taken == FixTaken::kLate) {
    late = {.field = "/time",
            .value = CellAsJson(TimeText(fix.fix.time_ms)),
            .allowed = absl::StrCat("from ", TimeText(late_before_ms),
                                    " on, as the trips before are sealed")};
  }
  report_.Add(UploadReport::Line{.line = fix.line,
                                 .id = object.object,
                                 .status = kTakenNames[static_cast<size_t>(taken)],
                                 .error = taken == FixTaken::kLate ? &late : nullptr});
}

absl::Status FixUpload::AddToOpenTrips(absl::Span<const ObjectFixes> objects) {
  std::vector<std::string> names;
  for (const ObjectFixes& one : objects) {
    names.push_back(absl::StrCat(parts_.collection_name, "/", one.object));
  }
  ObjectTurn turn(around_.turns, std::move(names));
  if (absl::Status s = turn.Take(patience_); !s.ok()) return s;
  OpenTrips trips(*parts_.into.collection, *window_, parts_.order.terms, patience_);
  const auto told = [this](const ObjectFixes& object, const LineFix& fix, FixTaken taken,
                           int64_t late_before_ms) { Tell(object, fix, taken, late_before_ms); };
  FeedSums added;
  if (absl::Status s = trips.Add(objects, told, &added); !s.ok()) return s;
  around_.metrics.fixes_accepted += added.accepted;
  around_.metrics.fixes_late += added.late;
  around_.metrics.trips_sealed += added.sealed.trips;
  sums_ += added;
  return absl::OkStatus();
}

void FixUpload::AddPiece() {
  if (piece_.empty() || !OpenWindow()) return;
  const absl::Status added = AddToOpenTrips(piece_);
  if (!added.ok()) Fail(FailureToWrite(added));
  piece_.clear();
  places_.clear();
  piece_fixes_ = 0;
}

void FixUpload::SealAll() {
  if (parts_.into.collection == nullptr || !OpenWindow()) return;
  parts_.order.terms.ends = true;
  std::string after;
  for (bool more = true; more && !failure_;) {
    std::vector<ObjectFixes> objects;
    const OpenTrips trips(*parts_.into.collection, *window_, parts_.order.terms, patience_);
    const auto found = trips.FindOpen(&after, &objects);
    const absl::Status sealed = found.ok() ? AddToOpenTrips(objects) : found.status();
    if (!sealed.ok()) return Fail(FailureToWrite(sealed));
    more = *found;
  }
}

void FixUpload::FinishStream() {
  const absl::Status ended = parts_.inflater->Finish();
  if (!ended.ok()) return Fail(FailureToRead(ended));
  const absl::Status read =
      parts_.reader->Finish([this](ParsedRecord record) { Take(std::move(record)); });
  if (!read.ok()) Fail(FailureToRead(read));
}

ApiResponse FixUpload::Finish() {
  if (!failure_) FinishStream();
  if (!failure_ || failure_->status == 400) AddPiece();  // what was read well before the break
  if (!failure_ && parts_.order.seal_all) SealAll();
  if (window_) {
    if (const absl::Status drained = window_->Drain(); !drained.ok()) {
      Fail(FailureToWrite(drained));
    }
  }
  ApiResponse response = Answer();
  const std::chrono::duration<double> took = Clock::now() - start_;
  around_.metrics.CountRequest("POST /v1/collections/{c}/fixes", response.status, took.count());
  return response;
}

void FixUpload::WriteCounts(JsonWriter& w) {
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
  if (auto written = window_ ? window_->written() : std::nullopt) {
    w.Member("token", EncodeToken(WithBefore(*std::move(written), parts_.order.before)));
  }
}

ApiResponse FixUpload::Answer() {
  if (refusal_) return *std::move(refusal_);
  if (failure_) {
    return ProblemOf(*failure_, absl::StrCat(sums_.accepted, " fixes"),
                     [this](JsonWriter& w) { WriteCounts(w); });
  }
  const auto written = window_ ? window_->written() : std::nullopt;
  const Ack acked = written
                        ? AwaitAck(*parts_.into.collection, *written, parts_.order.ack, patience_)
                        : parts_.order.ack;
  JsonWriter w;
  w.BeginObject();
  WriteCounts(w);
  w.Member("acked", kAcks[static_cast<size_t>(acked)]);
  const std::chrono::duration<double, std::milli> took = Clock::now() - start_;
  w.Key("took_ms");
  w.Rounded(took.count(), 3);
  report_.WriteMembers(w);
  w.EndObject();
  return {.status = 200, .content_type = "application/json", .headers = {}, .body = w.Take()};
}

}  // namespace spoor
