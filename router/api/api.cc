#include "router/api/api.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "router/api/route.h"
#include "router/message/accept.h"
#include "router/message/json_reader.h"
#include "router/message/problem.h"
#include "router/message/representation.h"
#include "router/message/request_filter.h"
#include "router/message/target.h"
#include "router/metrics/metrics.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

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
    response.rest = nullptr;
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

ApiResponse NotAcceptable(absl::Span<const Representation> offered) {
  const auto write = [](std::string* out, Representation each) {
    absl::StrAppend(out, MediaTypeOf(each));
  };
  return Problem(406, "not-acceptable",
                 absl::StrCat("the answer comes as ", absl::StrJoin(offered, ", ", write)));
}

}  // namespace

class Api::Impl {
 public:
  Impl(Cluster& cluster, const ApiLimits& limits, Jobs* jobs, Scope scope)
      : cluster_(cluster), limits_(limits), jobs_(jobs), scope_(scope) {}

  ApiResponse Handle(const RoutedRequest& request, const Patience& patience) {
    const auto start = Clock::now();
    const Route* const route = request.match().route;
    ApiResponse response;
    try {
      response = Answer(request, patience);
      if (route != nullptr && route->answers.size() > 1) {
        response.headers.emplace_back("Vary", "Accept");
      }
      LeaveOutWhatIsKnown(request.request(), response);
    } catch (const std::exception& failure) {  // no memory: this request fails, the server goes on
      response = Problem(500, "internal", "the server has failed to answer this request");
      response.cause = failure.what();
    }
    Count(route, response.status, start);
    return response;
  }

  std::unique_ptr<Upload> StartUpload(const RoutedRequest& head, const Patience& patience,
                                      ApiResponse* refusal);

  Patience PatienceFor(const RoutedRequest& head) const {
    Patience patience;
    uint64_t timeout_ms = head.is_upload() ? 0 : limits_.default_timeout_ms;
    Problems ignored;  // Handle reports them
    if (head.target().ok()) {
      timeout_ms =
          UintParam(*head.target(), "timeout_ms", {1, limits_.max_timeout_ms}, timeout_ms, ignored);
    }
    if (timeout_ms != 0) patience.deadline = Clock::now() + std::chrono::milliseconds(timeout_ms);
    return patience;
  }

  const ApiLimits& limits() const { return limits_; }
  Metrics& metrics() { return metrics_; }

 private:
  // Checks what the route's row tells.  Nothing, with `refusal` set, when that fails.
  std::optional<ApiCall> Admit(const RoutedRequest& request, const Patience& patience,
                               ApiResponse* refusal);
  ApiResponse Answer(const RoutedRequest& request, const Patience& patience);
  ApiResponse AnswerWithBody(ApiCall& call, const Route& route);

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
  ObjectTurns turns_;
};

std::optional<ApiCall> Api::Impl::Admit(const RoutedRequest& request, const Patience& patience,
                                        ApiResponse* refusal) {
  const RouteMatch& match = request.match();
  const auto refuse = [&](ApiResponse why) {
    *refusal = std::move(why);
    return std::nullopt;
  };
  if (!request.target().ok()) {
    return refuse(Problem(400, "not-parseable", request.target().status().message()));
  }
  if (scope_ == Scope::kProbes && match.route != nullptr && !IsProbePath(match.route->pattern)) {
    return refuse(Problem(404, "not-found",
                          "a node of a cluster tells only how it does; ask a router for the rest"));
  }
  if (match.allow.empty()) {
    return refuse(
        Problem(404, "not-found", "there is no such path; /openapi.json describes all of them"));
  }
  if (match.route == nullptr) {
    refuse(Problem(405, "method-not-allowed", absl::StrCat("allowed here: ", match.allow)));
    refusal->headers.emplace_back("Allow", match.allow);
    return std::nullopt;
  }
  const auto wanted = ChooseRepresentation(request.request(), match.route->answers);
  if (!wanted) return refuse(NotAcceptable(match.route->answers));
  Problems problems;
  CheckParams(*match.route, *request.target(), limits_, problems);
  if (!problems.ok()) return refuse(problems.Response(match.route->not_valid));
  return ApiCall{.request = request.request(),
                 .target = *request.target(),
                 .names = match.names,
                 .patience = patience,
                 .cluster = cluster_,
                 .limits = limits_,
                 .metrics = metrics_,
                 .turns = turns_,
                 .jobs = jobs_,
                 .wanted = *wanted};
}

ApiResponse Api::Impl::Answer(const RoutedRequest& request, const Patience& patience) {
  ApiResponse refusal;
  auto call = Admit(request, patience, &refusal);
  if (!call) return refusal;
  if (const absl::Status in_time = patience.Check(); !in_time.ok())
    return ProblemFromStatus(in_time);
  return AnswerWithBody(*call, *request.match().route);
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

std::unique_ptr<Upload> Api::Impl::StartUpload(const RoutedRequest& head, const Patience& patience,
                                               ApiResponse* refusal) {
  const auto start = Clock::now();
  std::unique_ptr<Upload> upload;
  if (const auto call = Admit(head, patience, refusal)) {
    upload = head.match().route->start(*call, refusal);
  }
  if (upload == nullptr) Count(head.match().route, refusal->status, start);
  return upload;
}

Api::Api(Cluster& cluster, const ApiLimits& limits, Jobs* jobs, Scope scope)
    : impl_(std::make_unique<Impl>(cluster, limits, jobs, scope)) {}
Api::~Api() = default;

ApiResponse Api::Handle(const RoutedRequest& request, const Patience& patience) {
  return impl_->Handle(request, patience);
}

std::unique_ptr<Upload> Api::StartUpload(const RoutedRequest& head, const Patience& patience,
                                         ApiResponse* refusal) {
  return impl_->StartUpload(head, patience, refusal);
}

Patience Api::PatienceFor(const RoutedRequest& head) const { return impl_->PatienceFor(head); }
const ApiLimits& Api::limits() const { return impl_->limits(); }
Metrics& Api::metrics() { return impl_->metrics(); }

}  // namespace spoor
