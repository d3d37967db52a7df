#include "router/ingest/upload_report.h"

#include "router/message/problem.h"

namespace spoor {
void UploadReport::Add(const ParsedRecord& record) {
  dropped_range_ += record.dropped_range;
  cleaned_.dropped_speed += record.cleaned.dropped_speed;
  cleaned_.sorted += record.cleaned.sorted;
  cleaned_.merged += record.cleaned.merged;
  const bool accepted = record.trajectory.ok();
  if (!accepted) ++rejected_;
  if (accepted && !list_all_) return;
  if (results_.size() > max_bytes_ || (!list_all_ && rejected_ > kMaxRejected)) {
    truncated_ = true;
    return;
  }
  List(record);
}

void UploadReport::List(const ParsedRecord& record) {
  results_.BeginObject();
  results_.MemberUint("line", record.line);
  if (!record.id.empty()) results_.Member("id", record.id);
  results_.Member("status", record.trajectory.ok() ? "accepted" : "rejected");
  if (!record.trajectory.ok()) {
    results_.Key("error");
    WriteFieldProblem({record.error.field, record.error.value, record.error.allowed}, results_);
  }
  results_.EndObject();
}

void UploadReport::WriteMembers(JsonWriter& w) {
  results_.EndArray();
  w.Key("results");
  w.Raw(results_.Take());
  if (truncated_) w.MemberBool("results_truncated", true);
}

}  // namespace spoor
