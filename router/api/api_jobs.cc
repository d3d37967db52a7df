#include "router/api/api_jobs.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "geo/enum_names.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/index_params_json.h"
#include "router/message/problem.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kJobList = "jobs";  // of cursors
constexpr absl::string_view kStates[] = {"queued", "running", "done", "failed", "cancelled"};
static_assert(AreNamesOf<JobState>(kStates, {{JobState::kQueued, "queued"},
                                             {JobState::kRunning, "running"},
                                             {JobState::kDone, "done"},
                                             {JobState::kFailed, "failed"},
                                             {JobState::kCancelled, "cancelled"}}));

void WriteTuneRow(const TuneRow& row, JsonWriter& w) {
  w.BeginObject();
  w.Key("params");
  WriteIndexParams(row.params, w);
  w.Key("recall_at_10");
  w.Rounded(row.recall_at_10, 4);
  w.Key("recall_at_1000");
  w.Rounded(row.recall_at_1000, 4);
  w.Key("mean_rank");
  w.Rounded(row.mean_rank, 3);
  w.Key("postings_per_query");
  w.Rounded(row.postings_per_query, 1);
  w.EndObject();
}

void WriteTuneResult(const TuneResult& result, JsonWriter& w) {
  w.Key("result");
  w.BeginObject();
  w.Key("best");
  WriteIndexParams(result.best, w);
  w.MemberBool("applied", result.applied);
  w.Key("rows");
  w.BeginArray();
  for (const TuneRow& row : result.rows) WriteTuneRow(row, w);
  w.EndArray();
  w.EndObject();
}

// A job of a node or a join of this process; joins are null for the former.
struct AnyJob {
  JobStatus job;
  std::optional<JoinStatus> join;
};

void WriteJob(const AnyJob& any, JsonWriter& w) {
  const JobStatus& job = any.job;
  w.BeginObject();
  w.Member("id", job.id.value());
  w.Member("type", job.type);
  w.Member("collection", job.collection);
  w.Member("state", kStates[static_cast<size_t>(job.state)]);
  w.Key("progress");
  w.BeginObject();
  w.Member("step", job.step);
  w.MemberUint("done", job.done);
  w.MemberUint("total", job.total);
  w.EndObject();
  w.Key("created");
  w.Seconds(job.created_ms);
  if (job.ended_ms != 0) {
    w.Key("ended");
    w.Seconds(job.ended_ms);
  }
  if (!job.error.empty()) w.Member("error", job.error);
  if (job.tune) WriteTuneResult(*job.tune, w);
  if (any.join) {
    w.MemberUint("pairs", any.join->pairs);
    w.MemberUint("bytes", any.join->bytes);
  }
  w.EndObject();
}

absl::StatusOr<AnyJob> FindAny(const ApiCall& call, const JobId& id) {
  if (call.joins != nullptr && JoinJobs::IsJoin(id)) {
    auto join = call.joins->Find(id);
    if (!join.ok()) return join.status();
    return AnyJob{.job = join->job, .join = *join};
  }
  auto job = call.cluster.FindJob(id, call.patience);
  if (!job.ok()) return job.status();
  return AnyJob{.job = *std::move(job), .join = std::nullopt};
}

// All of them, newest first.
absl::StatusOr<std::vector<AnyJob>> AllJobs(const ApiCall& call) {
  auto jobs = call.cluster.Jobs(call.patience);
  if (!jobs.ok()) return jobs.status();
  std::vector<AnyJob> out;
  for (JobStatus& job : *jobs) out.push_back({.job = std::move(job), .join = std::nullopt});
  if (call.joins == nullptr) return out;
  for (JoinStatus& join : call.joins->All()) out.push_back({.job = join.job, .join = join});
  std::stable_sort(out.begin(), out.end(), [](const AnyJob& a, const AnyJob& b) {
    return a.job.created_ms > b.job.created_ms;
  });
  return out;
}

}  // namespace

ApiResponse AnswerJob(const ApiCall& call, const JobId& id, int status) {
  const auto job = FindAny(call, id);
  if (job.status().code() == absl::StatusCode::kNotFound) {
    return Problem(404, "unknown-job", "there is no such job, or it is long over");
  }
  if (!job.ok()) return ProblemFromStatus(job.status());
  JsonWriter w;
  WriteJob(*job, w);
  ApiResponse response = AnswerOf(call, w.Take());
  response.status = status;
  return response;
}

ApiResponse ServeTune(const ApiCall& call) {
  bool apply = false;
  if (call.body != nullptr) {
    Problems problems;
    ObjectReader object(*call.body, problems);
    apply = object.Bool("apply").value_or(false);
    object.Finish();
    if (!problems.ok()) return problems.Response();
  }
  ApiResponse refusal;
  if (CollectionOf(call, &refusal) == nullptr) return refusal;
  const auto id = call.cluster.Tune(call.names[0], apply, call.patience);
  if (absl::IsResourceExhausted(id.status())) {
    return Problem(429, "overload", id.status().message());  // as many jobs as may be
  }
  if (!id.ok()) return ProblemFromStatus(id.status());
  ApiResponse response = AnswerJob(call, *id, 202);
  response.headers.emplace_back("Location", absl::StrCat("/v1/jobs/", id->value()));
  return response;
}

ApiResponse ServeListJobs(const ApiCall& call) {
  Problems problems;
  const size_t limit = UintParam(call.target, "limit", {1, kMaxPage}, 100, problems);
  const std::string after = CursorParam(call.target, kJobList, problems);
  if (!problems.ok()) return problems.Response();
  const auto listed = AllJobs(call);
  if (!listed.ok()) return ProblemFromStatus(listed.status());
  const std::vector<AnyJob>& jobs = *listed;
  auto it = jobs.begin();
  if (!after.empty()) {
    it = std::find_if(jobs.begin(), jobs.end(),
                      [&](const AnyJob& any) { return any.job.id.value() == after; });
    if (it != jobs.end()) ++it;
  }
  JsonWriter w;
  w.BeginObject();
  w.Key("jobs");
  w.BeginArray();
  std::string last;
  for (size_t count = 0; it != jobs.end() && count < limit; ++it, ++count) {
    WriteJob(*it, w);
    last = it->job.id.value();
  }
  w.EndArray();
  if (it != jobs.end()) w.Member("next", EncodeCursor(kJobList, last));
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeGetJob(const ApiCall& call) { return AnswerJob(call, JobId(call.names[0]), 200); }

ApiResponse ServeCancelJob(const ApiCall& call) {
  const JobId id(call.names[0]);
  if (call.joins != nullptr && JoinJobs::IsJoin(id)) {
    const ApiResponse as_it_was = AnswerJob(call, id, 202);  // it may go for good
    return call.joins->Cancel(id).ok() ? as_it_was : AnswerJob(call, id, 202);
  }
  const absl::Status cancelled = call.cluster.CancelJob(id, call.patience);
  if (!cancelled.ok() && cancelled.code() != absl::StatusCode::kNotFound)
    return ProblemFromStatus(cancelled);
  return AnswerJob(call, id, 202);
}

}  // namespace spoor
