#include "router/api/job_json.h"

#include "absl/strings/str_cat.h"
#include "router/jobs/kind.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kStepStates[] = {"waiting", "running", "done"};  // as JobStep::State

void WriteProgress(const JobRecord& record, JsonWriter& w) {
  w.Key("progress");
  w.BeginObject();
  absl::string_view running;
  for (const JobStep& step : record.steps) {
    if (step.state == JobStep::State::kRunning && !IsOver(record.state)) running = step.name;
  }
  w.Member("step", running);
  w.MemberUint("done", record.done);
  w.MemberUint("total", record.total);
  if (!record.waits.empty()) w.Member("waits", record.waits);
  w.EndObject();
  w.Key("steps");
  w.BeginArray();
  for (const JobStep& step : record.steps) {
    w.BeginObject();
    w.Member("name", step.name);
    w.Member("state", kStepStates[static_cast<size_t>(step.state)]);
    w.MemberUint("took_ms", step.took_ms);
    w.EndObject();
  }
  w.EndArray();
}

void WriteParts(const JobRecord& record, const Kind& kind, JsonWriter& w) {
  w.Key("parts");
  w.BeginArray();
  for (const ResultPart& part : kind.parts) {
    w.BeginObject();
    w.Member("name", part.name);
    w.MemberUint("rows", ExtentOf(record, part.name).rows);
    w.MemberBool("geometry", part.has_geometry);
    w.EndObject();
  }
  w.EndArray();
}

void WriteRequest(const JobRecord& record, JsonWriter& w) {
  if (record.select.empty()) return;  // its record is damaged
  w.Key("select");
  w.Raw(record.select);
  w.Key("params");
  w.Raw(record.params);
  if (record.as_of.log_id != 0) {
    w.Member("as_of", EncodeToken({.position = record.as_of}));
  }
}

}  // namespace

void WriteJob(const JobRecord& record, JsonWriter& w) {
  const Kind* kind = FindKind(record.type);
  w.BeginObject();
  w.Member("id", record.id.value());
  w.Member("type", record.type);
  w.Member("collection", record.collection);
  w.Member("state", kJobStates[static_cast<size_t>(record.state)]);
  WriteRequest(record, w);
  WriteProgress(record, w);
  if (kind != nullptr) WriteParts(record, *kind, w);
  if (!record.summary.empty()) w.Key("summary"), w.Raw(record.summary);
  w.Key("created");
  w.Seconds(record.created_ms);
  if (record.ended_ms != 0) {
    w.Key("ended");
    w.Seconds(record.ended_ms);
  }
  if (!record.error.empty()) w.Member("error", record.error);
  if (record.error.empty() && !record.waits.empty()) {
    w.Member("error", absl::StrCat("waits: ", record.waits));
  }
  if (record.known_at_ms != 0) {
    w.Key("known_at");
    w.Seconds(record.known_at_ms);
  }
  if (kind != nullptr && kind->write_more != nullptr) kind->write_more(record, w);
  w.EndObject();
}

}  // namespace spoor
