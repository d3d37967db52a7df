#include "router/ingest/record_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "router/change_in_flight.h"
#include "router/message/problem.h"
#include "router/message/token.h"
#include "router/message/written_to.h"

namespace spoor {
namespace {

// A batch is one commit: large enough to share its sync among many records, small enough that four
// of them stay within some megabytes.
constexpr size_t kBatchRecords = 512;
constexpr size_t kBatchFixes = 64 << 10;
// The batch by which a cluster chooses parameters and cuts slots: a city in place of a street.
constexpr size_t kFirstBatch = 16;  // times as many

}  // namespace

RecordUpload::RecordUpload(Parts parts, const ApiLimits& limits, const Patience& patience,
                           Metrics& metrics)
    : parts_(std::move(parts)),
      patience_(patience),
      metrics_(metrics),
      report_(parts_.order.list_all, limits.max_answer_bytes),
      decides_(parts_.into.collection != nullptr ? parts_.into.collection->DecidesByNextBatch()
                                                 : parts_.into.first_batch_decides) {}

absl::Status RecordUpload::Feed(absl::string_view bytes) {
  if (!failure_) {
    const absl::Status fed =
        parts_.inflater->Feed(bytes, [this](absl::string_view piece) { return Read(piece); });
    if (!fed.ok()) Fail(FailureToRead(fed));
  }
  if (failure_) return absl::CancelledError(failure_->detail);
  return absl::OkStatus();
}

absl::Status RecordUpload::Read(absl::string_view bytes) {
  if (const absl::Status in_time = patience_.Check(); !in_time.ok()) {
    Fail(FailureToWrite(in_time));
    return in_time;
  }
  const absl::Status read =
      parts_.reader->Feed(bytes, [this](ParsedRecord record) { Take(std::move(record)); });
  if (read.ok() && failure_) return absl::CancelledError("");
  return read;
}

void RecordUpload::Take(ParsedRecord record) {
  if (failure_) return;
  report_.Add(record);
  if (!record.trajectory.ok()) {
    ++metrics_.records_rejected;
    if (record.withdraws) Withdraw(record.id);
    return;
  }
  batch_fixes_ += record.trajectory->fixes.size();
  batch_.push_back(*std::move(record.trajectory));
  const size_t times = decides_ ? kFirstBatch : 1;
  if (batch_.size() >= times * kBatchRecords || batch_fixes_ >= times * kBatchFixes) SendBatch();
}

bool RecordUpload::OpenWindow() {
  if (window_) return true;
  ApiResponse refusal;
  if (parts_.into.collection == nullptr) parts_.into.collection = parts_.into.make(&refusal);
  if (parts_.into.collection != nullptr) {
    window_.emplace(*parts_.into.collection, patience_, metrics_);
    return true;
  }
  Fail({.status = refusal.status, .detail = "the collection cannot be made"});
  refusal_ = std::move(refusal);
  return false;
}

void RecordUpload::Withdraw(const std::string& id) {
  SendBatch();
  if (failure_ || !window_) return;
  if (const absl::Status drained = window_->Drain(); !drained.ok())
    return Fail(FailureToWrite(drained));
  auto deleted = ChangeInFlight(*parts_.into.collection, {{.id = TrajectoryId(id), .version = 0}})
                     .Wait(patience_);
  if (!deleted.ok()) return Fail(FailureToWrite(deleted.status()));
  ++withdrawn_;
  if (withdrawn_to_) {
    AddWritten(*withdrawn_to_, *deleted);
  } else {
    withdrawn_to_ = *std::move(deleted);
  }
}

std::optional<WrittenTo> RecordUpload::Written() const {
  std::optional<WrittenTo> written = window_ ? window_->written() : std::nullopt;
  if (!written || !withdrawn_to_) return written ? written : withdrawn_to_;
  AddWritten(*written, *withdrawn_to_);
  return written;
}

void RecordUpload::SendBatch() {
  if (batch_.empty() || !OpenWindow()) return;
  const absl::Status sent = window_->Send(std::exchange(batch_, {}));
  batch_fixes_ = 0;
  decides_ = false;
  if (!sent.ok()) Fail(FailureToWrite(sent));
}

void RecordUpload::Fail(UploadFailure failure) {
  if (!failure_) failure_ = std::move(failure);
}

void RecordUpload::FinishStream() {
  if (const absl::Status ended = parts_.inflater->Finish(); !ended.ok())
    return Fail(FailureToRead(ended));
  const absl::Status read =
      parts_.reader->Finish([this](ParsedRecord record) { Take(std::move(record)); });
  if (!read.ok()) Fail(FailureToRead(read));
}

ApiResponse RecordUpload::Finish() {
  if (!failure_) FinishStream();
  if (!failure_ || failure_->status == 400) SendBatch();  // what was read well before the break
  if (window_) {
    if (const absl::Status drained = window_->Drain(); !drained.ok()) Fail(FailureToWrite(drained));
  }
  ApiResponse response = Answer();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  metrics_.CountRequest("POST /v1/collections/{c}/trajectories", response.status, took.count());
  return response;
}

void RecordUpload::WriteCounts(JsonWriter& w) {
  w.MemberUint("accepted", Accepted());
  w.MemberUint("rejected", report_.rejected());
  w.MemberUint("fixes", window_ ? window_->accepted_fixes() : 0);
  if (auto written = Written()) {
    w.Member("token", EncodeToken(WithBefore(*std::move(written), parts_.order.before)));
  }
}

void RecordUpload::WriteCleaned(JsonWriter& w) const {
  w.Key("cleaned");
  w.BeginObject();
  w.MemberUint("dropped_range", report_.dropped_range());
  w.MemberUint("dropped_speed", report_.cleaned().dropped_speed);
  w.MemberUint("sorted", report_.cleaned().sorted);
  w.MemberUint("merged", report_.cleaned().merged);
  w.EndObject();
}

// What the columns of a table were taken for, and which were not looked at.
void RecordUpload::WriteLayout(JsonWriter& w) const {
  const TableLayout* layout = parts_.reader->layout();
  if (layout == nullptr) return;
  w.Key("columns");
  w.BeginObject();
  for (const auto& [role, column] : layout->taken) w.Member(role, column);
  w.EndObject();
  w.Key("columns_left");
  w.BeginArray();
  for (const std::string& column : layout->left) w.String(column);
  w.EndArray();
  if (layout->by_values) w.MemberBool("columns_by_values", true);
}

uint64_t RecordUpload::Accepted() const { return window_ ? window_->accepted() - withdrawn_ : 0; }

ApiResponse RecordUpload::Answer() {
  if (refusal_) return *std::move(refusal_);
  if (failure_) {
    return ProblemOf(*failure_, absl::StrCat(Accepted(), " records"),
                     [this](JsonWriter& w) { WriteCounts(w); });
  }
  const auto written = Written();
  const Ack acked = written
                        ? AwaitAck(*parts_.into.collection, *written, parts_.order.ack, patience_)
                        : parts_.order.ack;
  JsonWriter w;
  w.BeginObject();
  WriteCounts(w);
  w.Member("acked", kAcks[static_cast<size_t>(acked)]);
  if (parts_.order.read.clean) WriteCleaned(w);
  WriteLayout(w);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start_;
  w.Key("took_ms");
  w.Rounded(took.count(), 3);
  report_.WriteMembers(w);
  w.EndObject();
  return {.status = 200, .content_type = "application/json", .headers = {}, .body = w.Take()};
}

}  // namespace spoor
