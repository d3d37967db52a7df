#include "router/ingest/upload_report.h"

#include "router/message/problem.h"

namespace spoor {

void UploadReport::Add(const ParsedRecord& record) {
  dropped_range_ += record.dropped_range;
  cleaned_.dropped_speed += record.cleaned.dropped_speed;
  cleaned_.sorted += record.cleaned.sorted;
  cleaned_.merged += record.cleaned.merged;
  const bool accepted = record.trajectory.ok();
  Add(Line{.line = record.line,
           .id = record.id,
           .status = accepted ? "accepted" : "rejected",
           .error = accepted ? nullptr : &record.error});
}

void UploadReport::Add(const Line& line) {
  if (line.error != nullptr) ++rejected_;
  if (line.error == nullptr && !list_all_) return;
  if (results_.size() > max_bytes_ || (!list_all_ && rejected_ > kMaxRejected)) {
    truncated_ = true;
    return;
  }
  List(line);
}

void UploadReport::List(const Line& line) {
  results_.BeginObject();
  results_.MemberUint("line", line.line);
  if (!line.id.empty()) results_.Member("id", line.id);
  results_.Member("status", line.status);
  if (line.error != nullptr) {
    results_.Key("error");
    WriteFieldProblem({line.error->field, line.error->value, line.error->allowed}, results_);
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
