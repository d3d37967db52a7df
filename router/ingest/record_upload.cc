#include "router/ingest/record_upload.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "router/change_in_flight.h"
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

RecordUpload::RecordUpload(Stream stream, UploadOrder order, const ApiLimits& limits,
                           const Patience& patience, Metrics& metrics)
    : StreamUpload(std::move(stream), std::move(order.terms), limits, patience,
                   {metrics, "POST /v1/collections/{c}/trajectories"}),
      cleans_(order.read.clean),
      decides_(collection() != nullptr ? collection()->DecidesByNextBatch()
                                       : first_batch_decides()) {}

void RecordUpload::Take(ParsedRecord record) {
  report().Add(record);
  if (!record.trajectory.ok()) {
    ++metrics().records_rejected;
    if (record.withdraws) Withdraw(record.id);
    return;
  }
  batch_fixes_ += record.trajectory->fixes.size();
  batch_.push_back(*std::move(record.trajectory));
  const size_t times = decides_ ? kFirstBatch : 1;
  if (batch_.size() >= times * kBatchRecords || batch_fixes_ >= times * kBatchFixes) SendHeld();
}

void RecordUpload::Withdraw(const std::string& id) {
  SendHeld();
  if (failed() || !window()) return;
  if (const absl::Status drained = window()->Drain(); !drained.ok())
    return Fail(FailureToWrite(drained));
  auto deleted =
      ChangeInFlight(*collection(), {{.id = TrajectoryId(id), .version = 0}}).Wait(patience());
  if (!deleted.ok()) return Fail(FailureToWrite(deleted.status()));
  ++withdrawn_;
  if (withdrawn_to_) {
    AddWritten(*withdrawn_to_, *deleted);
  } else {
    withdrawn_to_ = *std::move(deleted);
  }
}

std::optional<WrittenTo> RecordUpload::Written() const {
  std::optional<WrittenTo> written = StreamUpload::Written();
  if (!written || !withdrawn_to_) return written ? written : withdrawn_to_;
  AddWritten(*written, *withdrawn_to_);
  return written;
}

void RecordUpload::SendHeld() {
  if (batch_.empty() || !OpenWindow()) return;
  const absl::Status sent = window()->Send(std::exchange(batch_, {}));
  batch_fixes_ = 0;
  decides_ = false;
  if (!sent.ok()) Fail(FailureToWrite(sent));
}

void RecordUpload::WriteCounts(JsonWriter& w) const {
  w.MemberUint("accepted", Accepted());
  w.MemberUint("rejected", report().rejected());
  w.MemberUint("fixes", window() ? window()->accepted_fixes() : 0);
  WriteToken(w);
}

void RecordUpload::WriteMore(JsonWriter& w) const {
  if (cleans_) WriteCleaned(w);
  WriteLayout(w);
}

void RecordUpload::WriteCleaned(JsonWriter& w) const {
  w.Key("cleaned");
  w.BeginObject();
  w.MemberUint("dropped_range", report().dropped_range());
  w.MemberUint("dropped_speed", report().cleaned().dropped_speed);
  w.MemberUint("sorted", report().cleaned().sorted);
  w.MemberUint("merged", report().cleaned().merged);
  w.EndObject();
}

// What the columns of a table were taken for, and which were not looked at.
void RecordUpload::WriteLayout(JsonWriter& w) const {
  const TableLayout* layout = reader().layout();
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

uint64_t RecordUpload::Accepted() const { return window() ? window()->accepted() - withdrawn_ : 0; }

std::string RecordUpload::AcceptedText() const { return absl::StrCat(Accepted(), " records"); }

}  // namespace spoor
