#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "router/api/api_jobs.h"
#include "router/api/page.h"
#include "router/message/json_writer.h"
#include "router/message/problem.h"
#include "router/message/request_filter.h"
#include "router/message/request_join.h"
#include "router/message/target.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kResultList = "result";  // of cursors
constexpr uint64_t kMaxLines = 100'000, kLines = 1000;
constexpr uint64_t kLineBytes = 160;  // about

ApiResponse NoJoins() {
  return Problem(404, "unknown-job", "there is no such job, or it is long over");
}

bool IsOver(JobState state) { return state != JobState::kQueued && state != JobState::kRunning; }

// Where in a result a page begins: "<job>/<byte>".
std::string CursorAt(const JobId& id, uint64_t byte) {
  return EncodeCursor(kResultList, absl::StrCat(id.value(), "/", byte));
}

uint64_t ByteOfCursor(const ApiCall& call, const JobId& id, Problems& problems) {
  const std::string cursor = CursorParam(call.target, kResultList, problems);
  if (cursor.empty()) return 0;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(cursor, absl::MaxSplits('/', 1));
  uint64_t byte = 0;
  if (parts.first != id.value() || !absl::SimpleAtoi(parts.second, &byte)) {
    problems.Add("?cursor", *call.target.Param("cursor"), "the `next` of an earlier page");
  }
  return byte;
}

// The first `limit` lines.
absl::string_view FirstLines(absl::string_view text, uint64_t limit) {
  size_t end = 0;
  for (uint64_t i = 0; i < limit && end < text.size(); ++i) end = text.find('\n', end) + 1;
  return text.substr(0, end);
}

ApiResponse ProblemFromResult(const absl::Status& status) {
  if (absl::IsNotFound(status)) return NoJoins();
  if (!absl::IsOutOfRange(status)) return ProblemFromStatus(status);
  Problems problems;
  problems.Add("?cursor", "", "the `next` of an earlier page");
  return problems.Response();
}

// A page of lines as JSON.
std::string PairsDocument(const JoinStatus& status, absl::string_view lines,
                          const std::string& next) {
  JsonWriter w;
  w.BeginObject();
  w.Key("pairs");
  w.BeginArray();
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) w.Raw(line);
  w.EndArray();
  w.MemberBool("complete", status.job.state == JobState::kDone && next.empty());
  if (!next.empty()) w.Member("next", next);
  w.EndObject();
  return w.Take();
}

// Everything that is there now, however long.
ApiResponse StreamResult(const ApiCall& call, const JoinStatus& status, uint64_t from) {
  auto stream = call.joins->Stream(status.job.id, from);
  if (!stream.ok()) return ProblemFromResult(stream.status());
  ApiResponse response{.status = 200, .content_type = "application/x-ndjson"};
  if (!IsOver(status.job.state)) {
    const std::string next = CursorAt(status.job.id, from + *(*stream)->bytes_left());
    response.headers.emplace_back("Link", absl::StrCat("<?cursor=", next, ">; rel=\"next\""));
  }
  if (*(*stream)->bytes_left() > 0) response.rest = *std::move(stream);
  return response;
}

ApiResponse PageOfResult(const ApiCall& call, const JoinStatus& status, uint64_t from,
                         uint64_t limit) {
  const JobId& id = status.job.id;
  const uint64_t most = std::min(limit * kLineBytes, call.limits.max_answer_bytes / 2);
  const auto read = call.joins->Read(id, from, most);
  if (!read.ok()) return ProblemFromResult(read.status());
  const absl::string_view lines = FirstLines(read->text, limit);
  const bool more = read->more || lines.size() < read->text.size() || !IsOver(status.job.state);
  const std::string next = more ? CursorAt(id, from + lines.size()) : "";
  if (call.wanted != Representation::kLines)
    return AnswerOf(call, PairsDocument(status, lines, next));
  ApiResponse response{.status = 200, .content_type = "application/x-ndjson"};
  if (more) {
    response.headers.emplace_back(
        "Link", absl::StrCat("<?limit=", limit, "&cursor=", next, ">; rel=\"next\""));
  }
  response.body = std::string(lines);
  return response;
}

}  // namespace

ApiResponse ServeStartJob(const ApiCall& call) {
  JoinRequest request;
  ApiResponse refusal;
  if (!ReadJoin(*call.body, request, &refusal)) return refusal;
  if (CollectionOf(call, &refusal) == nullptr) return refusal;
  if (call.joins == nullptr) {
    return Problem(404, "not-in-this-version", "this process keeps no jobs");
  }
  const auto id = call.joins->Start(call.names[0], call.request.body, call.patience);
  if (!id.ok()) return ProblemFromRead(id.status());
  ApiResponse response = AnswerJob(call, *id, 202);
  response.headers.emplace_back("Location", absl::StrCat("/v1/jobs/", id->value()));
  return response;
}

ApiResponse ServeResumeJob(const ApiCall& call) {
  const JobId id(call.names[0]);
  if (call.joins == nullptr || !JoinJobs::IsJoin(id)) {
    const ApiResponse job = AnswerJob(call, id, 200);
    if (job.status != 200) return job;
    return Problem(409, "conflict", "only joins can be resumed");
  }
  const absl::Status resumed = call.joins->Resume(id);
  if (absl::IsNotFound(resumed)) return NoJoins();
  return resumed.ok() ? AnswerJob(call, id, 202) : ProblemFromStatus(resumed);
}

ApiResponse ServeJobResult(const ApiCall& call) {
  const JobId id(call.names[0]);
  Problems problems;
  const uint64_t limit = UintParam(call.target, "limit", {1, kMaxLines}, kLines, problems);
  const uint64_t from = ByteOfCursor(call, id, problems);
  if (!problems.ok()) return problems.Response();
  if (call.joins == nullptr) return NoJoins();
  // Before the result: what is over now has all of its pairs.
  const auto status = call.joins->Find(id);
  if (!status.ok()) return ProblemFromResult(status.status());
  const bool all = call.wanted == Representation::kLines && call.target.Param("limit") == nullptr;
  return all ? StreamResult(call, *status, from) : PageOfResult(call, *status, from, limit);
}

}  // namespace spoor
