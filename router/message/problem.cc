#include "router/message/problem.h"

#include <simdjson.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

constexpr ProblemKind kKinds[] = {
    {"not-parseable", 400, "The request cannot be parsed"},
    {"foreign-origin", 403, "Pages of this origin may not use the server"},
    {"not-found", 404, "There is no such path"},
    {"unknown-collection", 404, "There is no such collection"},
    {"unknown-trajectory", 404, "There is no such trajectory"},
    {"unknown-job", 404, "There is no such job"},
    {"not-in-this-version", 404, "This version does not have it"},
    {"method-not-allowed", 405, "The path does not take this method"},
    {"not-acceptable", 406, "The answer does not come in the types asked for"},
    {"conflict", 409, "The request contradicts what is there"},
    {"foreign-token", 409, "The token belongs to another log"},
    {"too-many-collections", 409, "The server has as many collections as it may"},
    {"overtaken", 409, "Another change came between"},
    {"precondition-failed", 412, "It is not what the condition asks for"},
    {"too-large", 413, "The request or its answer is too large"},
    {"unsupported-media-type", 415, "The body is of a type that is not read"},
    {"expectation-failed", 417, "The expectation is not known"},
    {"unknown-host", 421, "The server is not known by this name"},
    {"not-valid", 422, "The request can be parsed but is not valid"},
    {"precondition-required", 428, "The change takes a condition"},
    {"overload", 429, "The server is busy"},
    {"header-too-large", 431, "The head of the request is too large"},
    {"internal", 500, "The server has failed"},
    {"data-loss", 500, "What is stored is damaged"},
    {"not-ready", 503, "The server cannot answer now"},
    {"too-few-slots", 503, "Parts of the collection cannot be reached"},
    {"deadline", 504, "The time limit is over"},
    {"disk-full", 507, "The disk is full"},
};

absl::string_view TitleOf(absl::string_view name) {
  for (const ProblemKind& kind : kKinds) {
    if (kind.name == name) return kind.title;
  }
  return "";
}

bool IsJson(absl::string_view text) {
  constexpr size_t kMaxBytes = 200;  // longer values have been cut and are no JSON any more
  if (text.size() > kMaxBytes) return false;
  simdjson::dom::parser parser;
  return parser.parse(text.data(), text.size()).error() == simdjson::SUCCESS;
}

}  // namespace

absl::Span<const ProblemKind> AllProblemKinds() { return kKinds; }

void WriteFieldProblem(const FieldProblem& problem, JsonWriter& w) {
  w.BeginObject();
  w.Member("field", problem.field);
  if (!problem.value.empty()) {
    w.Key("value");
    if (IsJson(problem.value)) {
      w.Raw(problem.value);
    } else {
      w.String(problem.value);
    }
  }
  w.Member("allowed", problem.allowed);
  w.EndObject();
}

std::string Quoted(absl::string_view text) {
  JsonWriter w;
  w.String(Shortened(text, 80));
  return w.Take();
}

std::string Shortened(absl::string_view text, size_t max_bytes) {
  if (text.size() <= max_bytes) return std::string(text);
  size_t end = max_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return absl::StrCat(text.substr(0, end), "...");
}

ApiResponse MakeProblem(const ProblemText& text) {
  JsonWriter w;
  w.BeginObject();
  w.Member("type", absl::StrCat("/problems/", text.name));
  w.Member("title", TitleOf(text.name));
  w.MemberUint("status", static_cast<uint64_t>(text.status));
  w.Member("detail", text.detail);
  if (!text.errors.empty()) {
    w.Key("errors");
    w.BeginArray();
    for (const FieldProblem& error : text.errors) WriteFieldProblem(error, w);
    w.EndArray();
  }
  if (text.more) text.more(w);
  w.EndObject();
  decltype(ApiResponse::headers) headers;
  const uint32_t retry_after_s =
      text.status == 429 ? std::max(1u, text.retry_after_s) : text.retry_after_s;
  if (retry_after_s > 0) headers.emplace_back("Retry-After", absl::StrCat(retry_after_s));
  return {.status = text.status,
          .content_type = "application/problem+json",
          .headers = std::move(headers),
          .body = w.Take()};
}

ApiResponse Problem(int status, absl::string_view name, absl::string_view detail,
                    std::vector<FieldProblem> errors) {
  return MakeProblem({.status = status,
                      .name = name,
                      .detail = std::string(detail),
                      .errors = std::move(errors),
                      .more = nullptr,
                      .retry_after_s = 0});
}

namespace {

// Whole seconds, as the header has them.
uint32_t SecondsOf(std::chrono::milliseconds pause) {
  return static_cast<uint32_t>(std::clamp<int64_t>((pause.count() + 999) / 1000, 1, 3600));
}

ApiResponse Overload(std::chrono::milliseconds retry_after) {
  return MakeProblem({.status = 429,
                      .name = "overload",
                      .detail = "there is too much to do: come again after a while",
                      .errors = {},
                      .more = nullptr,
                      .retry_after_s = SecondsOf(retry_after)});
}

}  // namespace

namespace {

ApiResponse WithoutCause(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
      return Problem(422, "not-valid", status.message());
    case absl::StatusCode::kNotFound:
      return Problem(404, "not-found", status.message());
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kAborted:
      return Problem(409, "conflict", status.message());
    case absl::StatusCode::kResourceExhausted:
      if (const auto retry_after = RetryAfter(status)) return Overload(*retry_after);
      return Problem(507, "disk-full", "the disk is full: writes are refused, reads go on");
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kCancelled:
      return Problem(503, "not-ready", "the server is not ready, or is stopping");
    case absl::StatusCode::kDeadlineExceeded:
      return Problem(504, "deadline",
                     "the answer was not ready within the time limit (?timeout_ms=)");
    case absl::StatusCode::kDataLoss:
      return Problem(500, "data-loss",
                     "what is stored is damaged and cannot be read: sending the record again mends "
                     "it, spoor check names the damage");
    default:  // the message may name files and code: it is not for clients
      return Problem(500, "internal", "the server has failed to answer this request");
  }
}

ApiResponse WithCause(ApiResponse response, const absl::Status& status) {
  if (response.status >= 500) response.cause = status.ToString();
  return response;
}

std::string TooFewSlots(const ReadTerms* terms) {
  if (terms != nullptr && terms->allow_partial)
    return "no slot that has to be asked can answer now";
  return absl::StrCat("not all slots that have to be asked can answer now",
                      terms == nullptr ? "" : "; allow_partial takes what the others have");
}

}  // namespace

ApiResponse ProblemFromStatus(const absl::Status& status) {
  return WithCause(WithoutCause(status), status);
}

ApiResponse ForeignToken() {
  return Problem(409, "foreign-token",
                 "the token is of another collection, or of one that was dropped");
}

ApiResponse ProblemFromRead(const absl::Status& status, const ReadTerms* terms) {
  switch (status.code()) {
    case absl::StatusCode::kFailedPrecondition:
      return ForeignToken();
    case absl::StatusCode::kUnavailable:
      return WithCause(MakeProblem({.status = 503,
                                    .name = "too-few-slots",
                                    .detail = TooFewSlots(terms),
                                    .errors = {},
                                    .more = nullptr,
                                    .retry_after_s = 1}),
                       status);
    default:
      return ProblemFromStatus(status);
  }
}

void Problems::Add(std::string field, absl::string_view value, std::string allowed) {
  if (!full()) list_.push_back({std::move(field), Shortened(value), std::move(allowed)});
}

ApiResponse Problems::Response(int status) const {
  const std::string detail =
      list_.size() == 1
          ? absl::StrCat(list_[0].field, " is not valid: allowed is ", list_[0].allowed)
          : absl::StrCat(list_.size(), " fields are not valid");
  return Problem(status, "not-valid", detail, list_);
}

}  // namespace spoor
