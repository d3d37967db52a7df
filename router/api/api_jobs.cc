#include "router/api/api_jobs.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "router/api/job_json.h"
#include "router/api/page.h"
#include "router/message/problem.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/token.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr absl::string_view kJobList = "jobs";  // of cursors
constexpr uint64_t kMaxWaitMs = 60'000;

// Which jobs a list is to show.
struct JobFilter {
  std::string collection, type, state;  // empty: any
  bool Takes(const JobRecord& job) const {
    return (collection.empty() || job.collection == collection) &&
           (type.empty() || job.type == type) &&
           (state.empty() || kJobStates[static_cast<size_t>(job.state)] == state);
  }
};

JobFilter ReadJobFilter(const Target& target, Problems& problems) {
  const auto text = [&](absl::string_view name) {
    const std::string* value = target.Param(name);
    return value == nullptr ? std::string() : *value;
  };
  JobFilter filter{.collection = text("collection"), .type = text("type"), .state = text("state")};
  if (!filter.type.empty() && FindKind(filter.type) == nullptr) {
    problems.Add("?type", Quoted(filter.type),
                 absl::StrJoin(AllKinds(), ", ", [](std::string* out, const Kind* kind) {
                   absl::StrAppend(out, kind->name);
                 }));
  }
  if (!filter.state.empty() && std::find(std::begin(kJobStates), std::end(kJobStates),
                                         filter.state) == std::end(kJobStates)) {
    problems.Add("?state", Quoted(filter.state), absl::StrJoin(kJobStates, ", "));
  }
  return filter;
}

// The job as it is now or, when it ends before, as it ended.
void AwaitEnd(const ApiCall& call, const Jobs& jobs, const JobId& id, uint64_t wait_ms) {
  const auto until =
      std::min(Clock::now() + std::chrono::milliseconds(wait_ms), call.patience.deadline);
  uint64_t seen = 0;
  while (Clock::now() < until && call.patience.Check().ok()) {
    const auto job = jobs.Find(id);
    if (!job.ok() || IsOver(job->state)) return;
    // So that one that hangs up is noticed, and what another process does.
    seen = jobs.AwaitChange(seen, std::min(until, Clock::now() + std::chrono::milliseconds(200)));
  }
}

ApiResponse RefuseStart(const absl::Status& status) {
  if (absl::IsNotFound(status)) return Problem(404, "unknown-collection", status.message());
  if (RetryAfter(status)) return Problem(429, "overload", status.message());
  if (absl::IsInvalidArgument(status)) {
    return Problem(422, "not-valid", status.message(), {{"/select", "", "what can be selected"}});
  }
  return ProblemFromRead(status);
}

ApiResponse StartJob(const ApiCall& call, const JobOrder& order) {
  ApiResponse refusal;
  Problems problems;
  const uint64_t wait_ms = UintParam(call.target, "wait_ms", {0, kMaxWaitMs}, 0, problems);
  if (!problems.ok()) return problems.Response();
  if (CollectionOf(call, &refusal) == nullptr) return refusal;
  Jobs* const jobs = JobsOf(call, &refusal);
  if (jobs == nullptr) return refusal;
  const auto id = jobs->Start(call.names[0], order, call.patience);
  if (!id.ok()) return RefuseStart(id.status());
  if (wait_ms > 0) AwaitEnd(call, *jobs, *id, wait_ms);
  const auto job = jobs->Find(*id);
  const bool over = wait_ms > 0 && job.ok() && IsOver(job->state);
  ApiResponse response = AnswerJob(call, *id, over ? 200 : 202);
  response.headers.emplace_back("Location", absl::StrCat("/v1/jobs/", id->value()));
  return response;
}

}  // namespace

ApiResponse NoSuchJobProblem() {
  return Problem(404, "unknown-job", "there is no such job, or it is long over");
}

Jobs* JobsOf(const ApiCall& call, ApiResponse* refusal) {
  if (call.jobs == nullptr) {
    *refusal = Problem(404, "not-in-this-version", "this process keeps no jobs");
  }
  return call.jobs;
}

ApiResponse AnswerJob(const ApiCall& call, const JobId& id, int status) {
  if (call.jobs == nullptr) return NoSuchJobProblem();
  const auto job = call.jobs->Find(id);
  if (absl::IsNotFound(job.status())) return NoSuchJobProblem();
  if (!job.ok()) return ProblemFromStatus(job.status());
  JsonWriter w;
  WriteJob(*job, w);
  ApiResponse response = AnswerOf(call, w.Take());
  response.status = status;
  return response;
}

ApiResponse ServeStartJob(const ApiCall& call) {
  JobOrder order;
  ApiResponse refusal;
  if (!ReadJobOrder(*call.body, call.limits, order, &refusal)) return refusal;
  return StartJob(call, order);
}

// {"apply"}: the params of a job of kind tune.
ApiResponse ServeTune(const ApiCall& call) {
  JobOrder order;
  order.kind = FindKind("tune");
  order.select = R"({"all":true})";
  Problems problems;
  JsonWriter filled;
  order.kind->read(call.body, filled, problems);
  if (!problems.ok()) return problems.Response();
  order.params = filled.Take();
  return StartJob(call, order);
}

ApiResponse ServeListJobs(const ApiCall& call) {
  Problems problems;
  const size_t limit = UintParam(call.target, "limit", {1, kMaxPage}, 100, problems);
  const std::string after = CursorParam(call.target, kJobList, problems);
  const JobFilter filter = ReadJobFilter(call.target, problems);
  if (!problems.ok()) return problems.Response();
  absl::StatusOr<std::vector<JobRecord>> listed = std::vector<JobRecord>();
  if (call.jobs != nullptr) listed = call.jobs->All();
  if (!listed.ok()) return ProblemFromStatus(listed.status());
  auto it = listed->begin();
  if (!after.empty()) {
    it = std::find_if(listed->begin(), listed->end(),
                      [&](const JobRecord& job) { return job.id.value() == after; });
    if (it != listed->end()) ++it;
  }
  const auto skip = [&] {
    it = std::find_if(it, listed->end(), [&](const JobRecord& job) { return filter.Takes(job); });
  };
  JsonWriter w;
  w.BeginObject();
  w.Key("jobs");
  w.BeginArray();
  std::string last;
  skip();
  for (size_t count = 0; it != listed->end() && count < limit; ++count) {
    WriteJob(*it, w);
    last = it->id.value();
    ++it;
    skip();
  }
  w.EndArray();
  if (it != listed->end()) w.Member("next", EncodeCursor(kJobList, last));
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeGetJob(const ApiCall& call) { return AnswerJob(call, JobId(call.names[0]), 200); }

ApiResponse ServeCancelJob(const ApiCall& call) {
  const JobId id(call.names[0]);
  const ApiResponse as_it_was = AnswerJob(call, id, 202);  // it may go for good
  if (as_it_was.status != 202) return as_it_was;
  const absl::Status cancelled = call.jobs->Cancel(id);
  if (absl::IsNotFound(cancelled)) return NoSuchJobProblem();
  return cancelled.ok() ? as_it_was : ProblemFromStatus(cancelled);
}

ApiResponse ServeResumeJob(const ApiCall& call) {
  const JobId id(call.names[0]);
  if (call.jobs == nullptr) return NoSuchJobProblem();
  const absl::Status resumed = call.jobs->Resume(id);
  if (absl::IsNotFound(resumed)) return NoSuchJobProblem();
  return resumed.ok() ? AnswerJob(call, id, 202) : ProblemFromStatus(resumed);
}

}  // namespace spoor
