#include "router/http/exchange.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "engine/format/reader.h"
#include "router/http/origins.h"
#include "router/message/accept.h"
#include "router/message/problem.h"
#include "router/message/representation.h"

namespace spoor {
namespace {

constexpr size_t kMinCompressedBytes = 1024;  // below, the head outweighs the gain
constexpr size_t kMaxRequestIdBytes = 128;

absl::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

void Pace::Moved(size_t bytes, HttpClock::time_point now) {
  bytes_ += bytes;
  last_ = now;
}

HttpClock::time_point Pace::deadline() const {
  const auto silent = last_ + silence_;
  if (bytes_per_s_ == 0) return silent;
  const std::chrono::milliseconds earned(bytes_ * 1000 / bytes_per_s_);
  return std::min<HttpClock::time_point>(silent, start_ + silence_ + earned);
}

void Compress(ApiResponse& response, absl::string_view coding) {
  const bool flows = response.rest != nullptr;
  const bool worth_it = flows ? !response.rest->bytes_left().has_value() &&
                                    response.content_type != ContentTypeOf(Representation::kEvents)
                              : response.body.size() > kMinCompressedBytes;
  if (!worth_it) return;
  response.headers.emplace_back("Vary", "Accept-Encoding");
  if (coding == "identity") return;
  if (!flows) response.body = Deflate(response.body, coding);
  response.headers.emplace_back("Content-Encoding", coding);
}

namespace {

// How the client finds the end of the body.
void AppendFraming(const ApiResponse& response, const Reply& reply, std::string& head) {
  if (response.status == 204 || response.status == 304) return;
  const auto left =
      response.rest == nullptr ? std::optional<uint64_t>(0) : response.rest->bytes_left();
  if (left) {
    absl::StrAppend(&head, "Content-Length: ", response.body.size() + *left, "\r\n");
  } else if (reply.chunks) {
    absl::StrAppend(&head, "Transfer-Encoding: chunked\r\n");
  }  // else the end of the connection
}

}  // namespace

std::string ResponseHead(const ApiResponse& response, const Reply& reply) {
  std::string head =
      absl::StrCat("HTTP/1.1 ", response.status, " ", ReasonOf(response.status), "\r\n");
  absl::StrAppend(&head, "Date: ",
                  absl::FormatTime("%a, %d %b %Y %H:%M:%S GMT", absl::Now(), absl::UTCTimeZone()),
                  "\r\n");
  if (!response.content_type.empty())
    absl::StrAppend(&head, "Content-Type: ", response.content_type, "\r\n");
  AppendFraming(response, reply, head);
  for (const auto& [name, value] : response.headers)
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  if (reply.vary_origin) absl::StrAppend(&head, "Vary: Origin\r\n");
  if (!reply.origin.empty()) {
    for (const auto& [name, value] : SharingHeaders(reply.origin))
      absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  absl::StrAppend(&head, "X-Request-Id: ", reply.request_id, "\r\n");
  absl::StrAppend(&head, "Connection: ", reply.keep_alive ? "keep-alive" : "close", "\r\n\r\n");
  return head;
}

bool DecodeBody(const ApiRequest& head, std::string& body, uint64_t max_bytes,
                ApiResponse* refusal) {
  const std::string* coding = FindHeader(head, "content-encoding");
  if (coding == nullptr || body.empty()) return true;
  const auto inflater = MakeInflater(BareMediaType(*coding), max_bytes);
  if (!inflater.ok()) {
    *refusal = Problem(415, "unsupported-media-type", inflater.status().message(),
                       {{"Content-Encoding", *coding, "identity, gzip, zstd"}});
    return false;
  }
  std::string decoded;
  absl::Status status = (*inflater)->Feed(body, [&](absl::string_view piece) {
    decoded.append(piece.data(), piece.size());
    return absl::OkStatus();
  });
  if (status.ok()) status = (*inflater)->Finish();
  if (!status.ok()) {
    const bool large = status.code() == absl::StatusCode::kResourceExhausted;
    *refusal = Problem(large ? 413 : 400, large ? "too-large" : "not-parseable", status.message());
    return false;
  }
  body = std::move(decoded);
  return true;
}

std::string EchoedRequestId(const ApiRequest& request) {
  const std::string* id = FindHeader(request, "x-request-id");
  if (id == nullptr || id->size() > kMaxRequestIdBytes) return "";
  const bool visible =
      std::all_of(id->begin(), id->end(), [](char c) { return c > ' ' && c <= '~'; });
  return visible ? *id : "";
}

bool ExpectsContinue(const ApiRequest& request) {
  const std::string* expect = FindHeader(request, "expect");
  return expect != nullptr && absl::EqualsIgnoreCase(*expect, "100-continue");
}

ApiResponse BodyTooLarge(uint64_t max_bytes) {
  return Problem(413, "too-large", absl::StrCat("the body may have ", max_bytes, " bytes"));
}

}  // namespace spoor
