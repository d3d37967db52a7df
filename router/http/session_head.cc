// What the head of a request decides by itself.
#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/http/session.h"
#include "router/message/accept.h"
#include "router/message/problem.h"

namespace spoor {
namespace {

// "http://host/path" -> "/path", "host": what a client sends to a proxy is understood too (RFC
// 9112, 3.2.2).
std::string OriginForm(absl::string_view target, std::string* authority) {
  authority->clear();
  if (!absl::StartsWithIgnoreCase(target, "http://")) return std::string(target);
  const size_t path = target.find_first_of("/?", 7);
  *authority = std::string(target.substr(7, path - 7));
  if (path == absl::string_view::npos) return "/";
  return absl::StrCat(target[path] == '?' ? "/" : "", target.substr(path));
}

size_t CountHeaders(const ApiRequest& request, absl::string_view name) {
  return static_cast<size_t>(
      std::count_if(request.headers.begin(), request.headers.end(),
                    [&](const auto& header) { return header.first == name; }));
}

}  // namespace

void Session::TakeHead(const HeadParser& parser) {
  const auto& head = parser.get();
  ApiRequest request;
  request.method = std::string(head.method_string());
  request.target = OriginForm({head.target().data(), head.target().size()}, &authority_);
  for (const auto& field : head) {
    std::string name(field.name_string());
    absl::AsciiStrToLower(&name);
    request.headers.emplace_back(std::move(name), std::string(field.value()));
  }
  const std::string* coding = FindHeader(request, "accept-encoding");
  reply_ = Reply{.head_only = request.method == "HEAD",
                 .keep_alive = head.keep_alive(),
                 .chunks = head.version() >= 11,
                 .request_id = EchoedRequestId(request),
                 .coding = coding == nullptr ? "identity" : std::string(ChooseCoding(*coding))};
  if (reply_.request_id.empty()) {
    reply_.request_id = absl::StrCat(absl::Hex(shop_.random(), absl::kZeroPad16));
  }
  if (!reply_.keep_alive) ending_ = true;
  request_ = RoutedRequest(std::move(request));
}

absl::string_view Session::Malformed(const HeadParser& parser) const {
  const std::string* coding = FindHeader(request_.request(), "transfer-encoding");
  const size_t hosts = CountHeaders(request_.request(), "host");
  if (parser.get().version() >= 11 && hosts == 0) return "a request of HTTP/1.1 has a Host header";
  if (hosts > 1) return "a request has one Host header";
  if (coding == nullptr) return "";
  if (!absl::EqualsIgnoreCase(*coding, "chunked") ||
      CountHeaders(request_.request(), "transfer-encoding") > 1) {
    return "the only Transfer-Encoding that is known is chunked; Content-Encoding may be gzip or "
           "zstd";
  }
  return parser.get().version() >= 11 ? "" : "Transfer-Encoding is of HTTP/1.1";
}

bool Session::IsForeign(ApiResponse* refusal) {
  const std::string* host = FindHeader(request_.request(), "host");
  const std::string* origin = FindHeader(request_.request(), "origin");
  const std::string* const target = authority_.empty() ? nullptr : &authority_;
  for (const std::string* name : {host, target}) {
    if (name == nullptr || shop_.origins.KnowsHost(*name)) continue;
    *refusal = Problem(421, "unknown-host",
                       "the server does not know itself by this name; --allow-host tells it",
                       {{"Host", Shortened(*name), "an address, localhost, or an allowed host"}});
    return true;
  }
  reply_.vary_origin = shop_.origins.any_allowed();
  if (origin == nullptr) return false;
  if (!shop_.origins.Allows(*origin, host == nullptr ? "" : *host)) {
    *refusal = Problem(403, "foreign-origin",
                       "pages of this origin may not use the server; --allow-origin lets them",
                       {{"Origin", Shortened(*origin), "the server's own, or an allowed origin"}});
    return true;
  }
  reply_.origin = *origin;
  return false;
}

bool Session::TakeSlot() {
  if (request_.is_probe()) return true;
  slot_ = (request_.is_upload() ? shop_.uploading : shop_.requests).Take(client_);
  return slot_ != nullptr;
}

bool Session::AnswerFromHead(const HeadParser& parser, ApiResponse* answer) {
  const ApiLimits& limits = shop_.api.limits();
  const uint64_t max_bytes = request_.is_upload() ? limits.max_upload_bytes : limits.max_body_bytes;
  if (const absl::string_view wrong = Malformed(parser); !wrong.empty()) {
    *answer = Problem(400, "not-parseable", wrong);
    ending_ = body_unread_ = true;  // nobody knows where the next request begins
  } else if (IsForeign(answer)) {
    return true;
  } else if (IsPreflight(request_.request())) {
    *answer = PreflightAnswer();
  } else if (FindHeader(request_.request(), "expect") != nullptr &&
             !ExpectsContinue(request_.request())) {
    *answer =
        Problem(417, "expectation-failed", "the only expectation that is known is 100-continue");
  } else if (parser.content_length().value_or(0) > max_bytes) {
    *answer = BodyTooLarge(max_bytes);
  } else if (!TakeSlot()) {
    *answer = Problem(429, "overload",
                      "the server has as many requests as it may, or as you may; try again");
  } else {
    return false;
  }
  return true;
}

}  // namespace spoor
