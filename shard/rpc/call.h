#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shard/rpc/body.h"

namespace spoor {

// What one process asks of another.  The transport knows nothing of what it means.
struct Call {
  std::string method;  // 1 ... kMaxMethodBytes bytes
  Body body;
  uint64_t epoch = 0;        // of the placement that the caller goes by; 0: none
  std::string trace_parent;  // W3C traceparent, or empty; at most kMaxTraceBytes
};

inline constexpr size_t kMaxMethodBytes = 128;
inline constexpr size_t kMaxTraceBytes = 128;  // the text of version 00 has 55

// The body of the answer, or why there is none.  A status crosses the wire with its code, its
// message (the first kMaxMessageBytes) and what the functions below attach to it.
using Answer = absl::StatusOr<Body>;

inline constexpr size_t kMaxMessageBytes = 8 << 10;

// Not done, and nothing was tried, because there is too much to do: ask another replica, or the
// same one after a while.  ResourceExhausted; unlike any other one it has a RetryAfter.
absl::Status OverloadError(absl::string_view message, std::chrono::milliseconds retry_after);
std::optional<std::chrono::milliseconds> RetryAfter(const absl::Status& status);

// The node has not come yet to what the answer must reflect, and nothing holds it there: ask
// another replica, or the same one again, until the deadline.  Unavailable, with IsBehind.
absl::Status BehindError(absl::string_view message);
bool IsBehind(const absl::Status& status);

// The call goes by a placement that is over; `current` is the epoch of the one in force.
// FailedPrecondition, with a CurrentEpoch.
struct StaleEpoch {
  uint64_t asked = 0, current = 0;
};
absl::Status StaleEpochError(const StaleEpoch& epochs);
std::optional<uint64_t> CurrentEpoch(const absl::Status& status);

// Bytes beside the message, for programs; empty when there are none.  REQUIRES: status is an error.
absl::Status WithDetail(absl::Status status, absl::string_view detail);
std::string Detail(const absl::Status& status);

// The status of something that came from a wire or a caller: attaches what is set.
struct Refusal {
  absl::StatusCode code = absl::StatusCode::kUnknown;
  std::string message, detail;
  uint64_t current_epoch = 0;
  std::optional<std::chrono::milliseconds> retry_after;
  bool behind = false;
};
absl::Status ToStatus(const Refusal& refusal);
Refusal ToRefusal(const absl::Status& status);

}  // namespace spoor
