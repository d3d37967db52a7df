#include "router/api/api.h"

#include <algorithm>
#include <exception>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "router/api/metrics.h"
#include "router/api/route.h"
#include "router/message/accept.h"
#include "router/message/json_reader.h"
#include "router/message/problem.h"
#include "router/message/request_filter.h"
#include "router/message/target.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

constexpr absl::string_view kJsonTypes[] = {"application/json"};
constexpr absl::string_view kGeoTypes[] = {"application/json", "application/geo+json"};
constexpr absl::string_view kRowTypes[] = {"application/json", "application/x-ndjson",
                                           "application/geo+json", "text/csv"};  // as RowsType
constexpr absl::string_view kTextTypes[] = {"application/openmetrics-text", "text/plain"};

absl::Span<const absl::string_view> TypesOf(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::kRecords:
      return kGeoTypes;
    case AnswerKind::kRows:
      return kRowTypes;
    case AnswerKind::kText:
      return kTextTypes;
    case AnswerKind::kDocument:
    case AnswerKind::kNothing:
      break;
  }
  return kJsonTypes;
}

// Which of TypesOf the client wants; nothing when it takes none.  Whoever takes problems takes an
// answer, too, which is the first of them: generated clients of what answers without a body say no
// more.
std::optional<size_t> ChosenType(const ApiRequest& request, AnswerKind kind) {
  const std::string* accept = FindHeader(request, "accept");
  if (accept == nullptr || kind == AnswerKind::kNothing) return 0;
  const auto chosen = ChooseMediaType(*accept, TypesOf(kind));
  return chosen || !ChooseMediaType(*accept, {"application/problem+json"}) ? chosen : 0;
}

// Whether an If-None-Match header names the tag; weakly, as RFC 9110, 13.1.2 wants it.
bool Names(absl::string_view header, absl::string_view tag) {
  absl::ConsumePrefix(&tag, "W/");
  for (absl::string_view given : absl::StrSplit(header, ',')) {
    given = absl::StripAsciiWhitespace(given);
    absl::ConsumePrefix(&given, "W/");
    if (given == "*" || given == tag) return true;
  }
  return false;
}

// An answer that the client has already goes without its body.
void LeaveOutWhatIsKnown(const ApiRequest& request, ApiResponse& response) {
  const std::string* known = FindHeader(request, "if-none-match");
  if (known == nullptr || response.status != 200) return;
  for (const auto& [name, value] : response.headers) {
    if (name != "ETag" || !Names(*known, value)) continue;
    response.status = 304;
    response.content_type.clear();
    response.body.clear();
    return;
  }
}

// Reports query parameters that the route does not know, and a bad time limit.
void CheckParams(const Route& route, const Target& target, const ApiLimits& limits,
                 Problems& problems) {
  for (const auto& [name, value] : target.params) {
    const absl::string_view given = name;
    const bool known =
        given == "timeout_ms" ||
        std::any_of(route.params.begin(), route.params.end(), [&](absl::string_view param) {
          return absl::EndsWith(param, ".") ? absl::StartsWith(given, param) : given == param;
        });
    if (known) continue;
    std::vector<absl::string_view> all = route.params;
    all.push_back("timeout_ms");
    problems.Add(absl::StrCat("?", Shortened(name)), "",
                 absl::StrCat("known parameters: ", absl::StrJoin(all, ", ")));
  }
  UintParam(target, "timeout_ms", {1, limits.max_timeout_ms}, 0, problems);
}

ApiResponse NotAcceptable(absl::Span<const absl::string_view> types) {
  return Problem(406, "not-acceptable",
                 absl::StrCat("the answer comes as ", absl::StrJoin(types, ", ")));
}

}  // namespace

absl::string_view TypeOf(RowsType type) { return kRowTypes[static_cast<size_t>(type)]; }

class Api::Impl {
 public:
  Impl(Cluster& cluster, const ApiLimits& limits, Jobs* jobs, Scope scope)
      : cluster_(cluster), limits_(limits), jobs_(jobs), scope_(scope) {}

  ApiResponse Handle(const ApiRequest& request, const Patience& patience) {
    const auto start = Clock::now();
    const Route* route = nullptr;
    ApiResponse response;
    try {
      response = Answer(request, patience, &route);
      if (route != nullptr && TypesOf(route->answer).size() > 1) {
        response.headers.emplace_back("Vary", "Accept");
      }
      LeaveOutWhatIsKnown(request, response);
    } catch (const std::exception& failure) {  // no memory: this request fails, the server goes on
      response = Problem(500, "internal", "the server has failed to answer this request");
      response.cause = failure.what();
    }
    Count(route, response.status, start);
    return response;
  }

  std::unique_ptr<Upload> StartUpload(const ApiRequest& head, const Patience& patience,
                                      ApiResponse* refusal);

  Patience PatienceFor(const ApiRequest& head) const {
    Patience patience;
    const auto target = ParseTarget(head.target);
    uint64_t timeout_ms = IsUpload(head) ? 0 : limits_.default_timeout_ms;
    Problems ignored;  // Handle reports them
    if (target.ok()) {
      timeout_ms =
          UintParam(*target, "timeout_ms", {1, limits_.max_timeout_ms}, timeout_ms, ignored);
    }
    if (timeout_ms != 0) patience.deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    return patience;
  }

  const ApiLimits& limits() const { return limits_; }
  Metrics& metrics() { return metrics_; }

 private:
  // Finds the route and checks what its row tells.  False, with `refusal` set, when that fails.
  bool Admit(const ApiRequest& request, const Target& target, RouteMatch& match,
             ApiResponse* refusal) const;
  ApiResponse Answer(const ApiRequest& request, const Patience& patience, const Route** route);
  ApiResponse AnswerWithBody(ApiCall& call, const Route& route);

  // Whether the route answers so, and the client wants the second of its types.
  static bool WantsSecond(const ApiRequest& request, const Route& route, AnswerKind kind) {
    return route.answer == kind && ChosenType(request, kind) == size_t{1};
  }

  static RowsType RowsWanted(const ApiRequest& request, const Route& route) {
    if (route.answer != AnswerKind::kRows) return RowsType::kJson;
    return static_cast<RowsType>(ChosenType(request, AnswerKind::kRows).value_or(0));
  }

  void Count(const Route* route, int status, Clock::time_point start) {
    const std::string label =
        route == nullptr ? "none" : absl::StrCat(route->method, " ", route->pattern);
    metrics_.CountRequest(label, status,
                          std::chrono::duration<double>(Clock::now() - start).count());
  }

  Cluster& cluster_;
  const ApiLimits limits_;
  Jobs* const jobs_;  // may be null
  const Scope scope_;
  Metrics metrics_;
};

bool Api::Impl::Admit(const ApiRequest& request, const Target& target, RouteMatch& match,
                      ApiResponse* refusal) const {
  match = FindRoute(request.method, target);
  if (scope_ == Scope::kProbes && match.route != nullptr && !IsProbePath(match.route->pattern)) {
    *refusal = Problem(404, "not-found",
                       "a node of a cluster tells only how it does; ask a router for the rest");
    return false;
  }
  if (match.allow.empty()) {
    *refusal =
        Problem(404, "not-found", "there is no such path; /openapi.json describes all of them");
    return false;
  }
  if (match.route == nullptr) {
    *refusal = Problem(405, "method-not-allowed", absl::StrCat("allowed here: ", match.allow));
    refusal->headers.emplace_back("Allow", match.allow);
    return false;
  }
  const auto types = TypesOf(match.route->answer);
  if (!ChosenType(request, match.route->answer)) {
    *refusal = NotAcceptable(types);
    return false;
  }
  Problems problems;
  CheckParams(*match.route, target, limits_, problems);
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

ApiResponse Api::Impl::Answer(const ApiRequest& request, const Patience& patience,
                              const Route** route) {
  const auto target = ParseTarget(request.target);
  if (!target.ok()) return Problem(400, "not-parseable", target.status().message());
  RouteMatch match;
  ApiResponse refusal;
  const bool admitted = Admit(request, *target, match, &refusal);
  *route = match.route;
  if (!admitted) return refusal;
  if (const absl::Status in_time = patience.Check(); !in_time.ok())
    return ProblemFromStatus(in_time);
  ApiCall call{.request = request,
               .target = *target,
               .names = match.names,
               .patience = patience,
               .cluster = cluster_,
               .limits = limits_,
               .metrics = metrics_,
               .jobs = jobs_,
               .geojson = WantsSecond(request, *match.route, AnswerKind::kRecords),
               .rows = RowsWanted(request, *match.route),
               .plain_text = WantsSecond(request, *match.route, AnswerKind::kText)};
  return AnswerWithBody(call, *match.route);
}

ApiResponse Api::Impl::AnswerWithBody(ApiCall& call, const Route& route) {
  if (route.body == BodyKind::kUpload) return Problem(500, "internal", "an upload is streamed");
  const bool takes_json = route.body == BodyKind::kJson || route.body == BodyKind::kOptionalJson;
  const bool optional = route.body == BodyKind::kOptionalJson;
  if (!takes_json || (optional && call.request.body.empty())) return route.serve(call);
  // Without this header a web page could send a body here without its browser asking first.
  const std::string* type = FindHeader(call.request, "content-type");
  if (type == nullptr || BareMediaType(*type) != "application/json") {
    return Problem(415, "unsupported-media-type", "this path takes a body of type application/json",
                   {{"Content-Type", type == nullptr ? "" : Shortened(*type), "application/json"}});
  }
  if (call.request.body.size() > limits_.max_body_bytes) {
    return Problem(413, "too-large",
                   absl::StrCat("a body may have ", limits_.max_body_bytes, " bytes"));
  }
  JsonDocument document;
  if (const absl::Status parsed = document.Parse(call.request.body); !parsed.ok()) {
    return absl::IsOutOfRange(parsed) ? ProblemFromStatus(parsed)
                                      : Problem(400, "not-parseable", parsed.message());
  }
  call.body = &document.root();
  return route.serve(call);
}

std::unique_ptr<Upload> Api::Impl::StartUpload(const ApiRequest& head, const Patience& patience,
                                               ApiResponse* refusal) {
  const auto start = Clock::now();
  const auto target = ParseTarget(head.target);
  RouteMatch match;
  std::unique_ptr<Upload> upload;
  if (!target.ok()) {
    *refusal = Problem(400, "not-parseable", target.status().message());
  } else if (Admit(head, *target, match, refusal)) {
    const ApiCall call{.request = head,
                       .target = *target,
                       .names = match.names,
                       .patience = patience,
                       .cluster = cluster_,
                       .limits = limits_,
                       .metrics = metrics_,
                       .jobs = jobs_};
    upload = MakeUpload(call, refusal);
  }
  if (upload == nullptr) Count(match.route, refusal->status, start);
  return upload;
}

Api::Api(Cluster& cluster, const ApiLimits& limits, Jobs* jobs, Scope scope)
    : impl_(std::make_unique<Impl>(cluster, limits, jobs, scope)) {}
Api::~Api() = default;

bool Api::IsUpload(const ApiRequest& head) {
  const auto target = ParseTarget(head.target);
  if (!target.ok()) return false;
  const RouteMatch match = FindRoute(head.method, *target);
  return match.route != nullptr && match.route->body == BodyKind::kUpload;
}

ApiResponse Api::Handle(const ApiRequest& request, const Patience& patience) {
  return impl_->Handle(request, patience);
}

std::unique_ptr<Upload> Api::StartUpload(const ApiRequest& head, const Patience& patience,
                                         ApiResponse* refusal) {
  return impl_->StartUpload(head, patience, refusal);
}

Patience Api::PatienceFor(const ApiRequest& head) const { return impl_->PatienceFor(head); }
const ApiLimits& Api::limits() const { return impl_->limits(); }
Metrics& Api::metrics() { return impl_->metrics(); }

}  // namespace spoor
