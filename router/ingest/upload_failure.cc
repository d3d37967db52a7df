#include "router/ingest/upload_failure.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/message/problem.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

// Followers are rarely seconds behind; who wants to wait longer asks with the token.
constexpr std::chrono::seconds kAckLimit{5};

UploadFailure Failure(int status, absl::string_view name, absl::string_view detail) {
  return {.status = status, .name = name, .detail = std::string(detail)};
}

UploadFailure ByStatus(const absl::Status& status) {
  switch (status.code()) {
    case absl::StatusCode::kResourceExhausted:
      return Failure(507, "disk-full", "the disk is full: writes are refused, reads go on");
    case absl::StatusCode::kDeadlineExceeded:
      return Failure(504, "deadline",
                     "the upload was not over within the time limit (?timeout_ms=)");
    case absl::StatusCode::kCancelled:
      return Failure(503, "not-ready", "the server is stopping");
    case absl::StatusCode::kUnavailable:
      return Failure(503, "not-ready", "the log cannot be reached");
    default:
      return Failure(500, "internal", "the server has failed to write");
  }
}

}  // namespace

UploadFailure BrokenBody(absl::string_view why) { return Failure(400, "not-parseable", why); }

UploadFailure FailureToWrite(const absl::Status& status) {
  if (const auto retry_after = RetryAfter(status)) {
    UploadFailure failure =
        Failure(429, "overload", "the log has too much to do: come again after a while");
    failure.retry_after_s = static_cast<uint32_t>(1 + retry_after->count() / 1000);
    return failure;
  }
  UploadFailure failure = ByStatus(status);
  failure.cause = status.ToString();
  return failure;
}

UploadFailure FailureToRead(const absl::Status& status) {
  return absl::IsResourceExhausted(status) ? Failure(413, "too-large", status.message())
                                           : BrokenBody(status.message());
}

ApiResponse ProblemOf(const UploadFailure& failure, absl::string_view accepted_before,
                      std::function<void(JsonWriter&)> more) {
  ApiResponse response = MakeProblem(
      {.status = failure.status,
       .name = failure.name,
       .detail = absl::StrCat(failure.detail, "; ", accepted_before, " were accepted before"),
       .errors = {},
       .more = std::move(more),
       .retry_after_s = failure.retry_after_s});
  response.cause = failure.cause;
  return response;
}

Ack AwaitAck(const ClusterCollection& collection, const WrittenTo& written, Ack asked,
             const Patience& patience) {
  using Applied = ClusterCollection::Applied;
  if (asked == Ack::kLog) return asked;
  Patience limit = patience;
  limit.deadline = std::min(limit.deadline, std::chrono::steady_clock::now() + kAckLimit);
  if (!collection.AwaitApplied(written, Applied::kOnOne, limit).ok()) return Ack::kLog;
  if (asked == Ack::kApplied) return asked;
  return collection.AwaitApplied(written, Applied::kOnAll, limit).ok() ? Ack::kAll : Ack::kApplied;
}

}  // namespace spoor
