#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "router/api/api_jobs.h"
#include "router/api/page.h"
#include "router/jobs/row_formats.h"
#include "router/message/body_source.h"
#include "router/message/json_writer.h"
#include "router/message/problem.h"
#include "router/message/representation.h"
#include "router/message/request_filter.h"
#include "router/message/target.h"
#include "router/message/token.h"

namespace spoor {
namespace {

constexpr absl::string_view kResultList = "result";  // of cursors
constexpr uint64_t kMaxLines = 100'000, kLinesAtOnce = 1000;
constexpr uint64_t kSentAtOnce = 256 << 10;

// A part of a job's result that is asked for.
struct AskedRows {
  const Jobs& jobs;
  const JobRecord job;  // before the rows are read: of one that is over now they are all there
  const ResultPart& part;
  std::string cursor;
  uint64_t limit = kLinesAtOnce;
  absl::string_view list = "rows";  // its name in JSON
};

// Where a result goes on: "<job>/<part>/<where>".
std::string CursorAt(const AskedRows& asked, const std::string& where) {
  return EncodeCursor(kResultList,
                      absl::StrCat(asked.job.id.value(), "/", asked.part.name, "/", where));
}

void ReadCursor(const ApiCall& call, AskedRows& asked, Problems& problems) {
  const std::string cursor = CursorParam(call.target, kResultList, problems);
  if (cursor.empty()) return;
  std::vector<std::string> pieces = absl::StrSplit(cursor, absl::MaxSplits('/', 2));
  if (pieces.size() == 2) pieces.insert(pieces.begin() + 1, "pairs");  // joins told them so
  if (pieces.size() == 3 && pieces[0] == asked.job.id.value() && pieces[1] == asked.part.name) {
    asked.cursor = pieces[2];
  } else {
    problems.Add("?cursor", *call.target.Param("cursor"), "the `next` of an earlier page");
  }
}

ApiResponse ProblemFromResult(const absl::Status& status) {
  if (absl::IsNotFound(status)) return NoSuchJobProblem();
  if (!absl::IsOutOfRange(status)) return ProblemFromStatus(status);
  Problems problems;
  problems.Add("?cursor", "", "the `next` of an earlier page");
  return problems.Response();
}

// All lines that are there, from the first one on.
class ResultStream : public BodySource {
 public:
  ResultStream(const Jobs& jobs, JobRecord job, absl::string_view part)
      : jobs_(jobs), job_(std::move(job)), read_{.part = std::string(part), .cursor = {}} {
    read_.max_bytes = kSentAtOnce;
    left_ = ExtentOf(job_, part).bytes;
  }
  std::optional<uint64_t> bytes_left() const override { return left_; }
  absl::StatusOr<Piece> Next(const Wake& /*wake*/) override {
    if (left_ == 0) return End();
    auto page = jobs_.Read(job_, read_);
    if (!page.ok()) return page.status();
    if (page->lines.empty() || page->lines.size() > left_) {
      return absl::DataLossError("the result is not as long as the job says");
    }
    left_ -= page->lines.size();
    read_.cursor = page->next;
    return Bytes(std::move(page->lines));
  }

 private:
  const Jobs& jobs_;
  const JobRecord job_;
  JobRead read_;
  uint64_t left_ = 0;
};

// {"rows": […], "complete", "next"?}
std::string RowsDocument(const AskedRows& asked, absl::string_view lines, const std::string& next) {
  JsonWriter w;
  w.BeginObject();
  w.Key(asked.list);
  w.BeginArray();
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) w.Raw(line);
  w.EndArray();
  w.MemberBool("complete", asked.job.state == JobState::kDone && next.empty());
  if (!next.empty()) w.Member("next", next);
  w.EndObject();
  return w.Take();
}

absl::StatusOr<std::string> FeatureDocument(const AskedRows& asked, absl::string_view lines,
                                            const std::string& next) {
  JsonWriter w;
  w.BeginObject();
  w.Member("type", "FeatureCollection");
  w.Key("features");
  w.BeginArray();
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    if (absl::Status s = WriteRowAsFeature(asked.part, line, w); !s.ok()) return s;
  }
  w.EndArray();
  w.MemberBool("complete", asked.job.state == JobState::kDone && next.empty());
  if (!next.empty()) w.Member("next", next);
  w.EndObject();
  return w.Take();
}

// The names only before the first row, so that pages can be put together.
absl::StatusOr<std::string> CsvTable(const AskedRows& asked, absl::string_view lines) {
  std::string out = asked.cursor.empty() ? CsvHeader(asked.part) : "";
  for (const absl::string_view line : absl::StrSplit(lines, '\n', absl::SkipEmpty())) {
    if (absl::Status s = AppendRowAsCsv(asked.part, line, out); !s.ok()) return s;
  }
  return out;
}

// Forms that only trips come in, a document a page.
bool IsTripsAlone(Representation wanted) {
  return wanted == Representation::kGpx || wanted == Representation::kMfJson;
}

ApiResponse AnswerRows(const ApiCall& call, const AskedRows& asked, absl::string_view lines,
                       const std::string& next) {
  if (call.wanted == Representation::kDocument) {
    return AnswerOf(call, RowsDocument(asked, lines, next));
  }
  absl::StatusOr<std::string> body = std::string(lines);
  if (call.wanted == Representation::kGeoJson) body = FeatureDocument(asked, lines, next);
  if (call.wanted == Representation::kCsv) body = CsvTable(asked, lines);
  if (IsTripsAlone(call.wanted)) body = TripsOfRows(*FindTripText(call.wanted), lines);
  if (absl::IsInvalidArgument(body.status())) {
    return Problem(406, "not-acceptable", body.status().message());
  }
  if (!body.ok()) return ProblemFromStatus(body.status());
  ApiResponse response{.status = 200, .content_type = std::string(ContentTypeOf(call.wanted))};
  response.body = *std::move(body);
  if (!next.empty()) response.headers.emplace_back("Link", NextLink(call, next));
  return response;
}

// Everything, however long, of a job that is over.
ApiResponse StreamRows(const AskedRows& asked) {
  ApiResponse response{.status = 200,
                       .content_type = std::string(ContentTypeOf(Representation::kLines))};
  if (ExtentOf(asked.job, asked.part.name).bytes > 0) {
    response.rest = std::make_shared<ResultStream>(asked.jobs, asked.job, asked.part.name);
  }
  return response;
}

ApiResponse PageOfRows(const ApiCall& call, const AskedRows& asked) {
  const auto page = asked.jobs.Read(asked.job, {.part = std::string(asked.part.name),
                                                .cursor = asked.cursor,
                                                .max_rows = asked.limit,
                                                .max_bytes = call.limits.max_answer_bytes / 4});
  if (!page.ok()) return ProblemFromResult(page.status());
  const bool more = page->more || !IsOver(asked.job.state);
  return AnswerRows(call, asked, page->lines, more ? CursorAt(asked, page->next) : "");
}

bool IsOffered(Representation wanted, const ResultPart& part) {
  if (part.is_trips) return true;
  if (wanted == Representation::kGeoJson) return part.has_geometry;
  if (wanted == Representation::kCsv) return !part.columns.empty();
  return !IsTripsAlone(wanted);
}

ApiResponse RefuseType(const ResultPart& part) {
  std::string types = "application/json, application/x-ndjson";
  if (part.has_geometry) absl::StrAppend(&types, ", application/geo+json");
  if (IsOffered(Representation::kCsv, part)) absl::StrAppend(&types, ", text/csv");
  return Problem(406, "not-acceptable", absl::StrCat("part '", part.name, "' comes as ", types));
}

ApiResponse ServeRows(const ApiCall& call, const ResultPart& part, JobRecord job,
                      absl::string_view list) {
  if (job.state == JobState::kCancelled) {
    return Problem(409, "conflict", "the job was cancelled: its result is not whole");
  }
  if (!IsOffered(call.wanted, part)) return RefuseType(part);
  Problems problems;
  AskedRows asked{.jobs = *call.jobs, .job = std::move(job), .part = part, .cursor = {}};
  asked.list = list;
  asked.limit = UintParam(call.target, "limit", {1, kMaxLines}, kLinesAtOnce, problems);
  ReadCursor(call, asked, problems);
  if (!problems.ok()) return problems.Response();
  const bool whole = call.wanted == Representation::kLines &&
                     call.target.Param("limit") == nullptr && asked.cursor.empty() &&
                     IsOver(asked.job.state);
  return whole ? StreamRows(asked) : PageOfRows(call, asked);
}

// Null, with `refusal` set, when there is no such job.
const Kind* KindOfJob(const ApiCall& call, JobRecord* job, ApiResponse* refusal) {
  if (JobsOf(call, refusal) == nullptr) {
    *refusal = NoSuchJobProblem();
    return nullptr;
  }
  auto found = call.jobs->Find(JobId(call.names[0]));
  if (!found.ok()) {
    *refusal = ProblemFromResult(found.status());
    return nullptr;
  }
  *job = *std::move(found);
  const Kind* kind = FindKind(job->type);
  if (kind == nullptr) *refusal = NoSuchJobProblem();
  return kind;
}

}  // namespace

ApiResponse ServeJobResult(const ApiCall& call) {
  JobRecord job;
  ApiResponse refusal;
  const Kind* kind = KindOfJob(call, &job, &refusal);
  if (kind == nullptr) return refusal;
  const ResultPart& part = kind->parts[0];
  return ServeRows(call, part, std::move(job),
                   kind->first_list.empty() ? "rows" : kind->first_list);
}

ApiResponse ServeJobPart(const ApiCall& call) {
  JobRecord job;
  ApiResponse refusal;
  const Kind* kind = KindOfJob(call, &job, &refusal);
  if (kind == nullptr) return refusal;
  const ResultPart* part = FindPart(*kind, call.names[1]);
  if (part == nullptr) return Problem(404, "not-found", "the job's result has no such part");
  return ServeRows(call, *part, std::move(job), "rows");
}

}  // namespace spoor
