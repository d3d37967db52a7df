#include "shard/rpc/call.h"

#include <algorithm>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

constexpr absl::string_view kRetryAfterUrl = "spoor/retry_after_ms";
constexpr absl::string_view kBehindUrl = "spoor/behind";
constexpr absl::string_view kEpochUrl = "spoor/current_epoch";
constexpr absl::string_view kDetailUrl = "spoor/detail";

void Attach(absl::Status& status, absl::string_view url, uint64_t value) {
  status.SetPayload(url, absl::Cord(absl::StrCat(value)));
}

std::optional<uint64_t> Attached(const absl::Status& status, absl::string_view url) {
  const auto text = status.GetPayload(url);
  uint64_t value = 0;
  if (!text || !absl::SimpleAtoi(std::string(*text), &value)) return std::nullopt;
  return value;
}

}  // namespace

absl::Status OverloadError(absl::string_view message, std::chrono::milliseconds retry_after) {
  absl::Status status = absl::ResourceExhaustedError(message);
  const auto ms = std::max<std::chrono::milliseconds::rep>(0, retry_after.count());
  Attach(status, kRetryAfterUrl, static_cast<uint64_t>(ms));
  return status;
}

std::optional<std::chrono::milliseconds> RetryAfter(const absl::Status& status) {
  const auto ms = Attached(status, kRetryAfterUrl);
  if (!ms) return std::nullopt;
  return std::chrono::milliseconds(*ms);
}

absl::Status BehindError(absl::string_view message) {
  absl::Status status = absl::UnavailableError(message);
  Attach(status, kBehindUrl, 1);
  return status;
}

bool IsBehind(const absl::Status& status) { return Attached(status, kBehindUrl).has_value(); }

absl::Status StaleEpochError(const StaleEpoch& epochs) {
  absl::Status status = absl::FailedPreconditionError(
      absl::StrCat("the call goes by placement ", epochs.asked, "; in force is ", epochs.current));
  Attach(status, kEpochUrl, epochs.current);
  return status;
}

std::optional<uint64_t> CurrentEpoch(const absl::Status& status) {
  return Attached(status, kEpochUrl);
}

absl::Status WithDetail(absl::Status status, absl::string_view detail) {
  if (!detail.empty()) status.SetPayload(kDetailUrl, absl::Cord(detail));
  return status;
}

std::string Detail(const absl::Status& status) {
  const auto detail = status.GetPayload(kDetailUrl);
  return detail ? std::string(*detail) : "";
}

absl::Status ToStatus(const Refusal& refusal) {
  absl::Status status(refusal.code, refusal.message);
  if (status.ok()) status = absl::UnknownError(refusal.message);
  if (refusal.retry_after) status = OverloadError(refusal.message, *refusal.retry_after);
  if (refusal.behind) Attach(status, kBehindUrl, 1);
  if (refusal.current_epoch != 0) Attach(status, kEpochUrl, refusal.current_epoch);
  return WithDetail(std::move(status), refusal.detail);
}

Refusal ToRefusal(const absl::Status& status) {
  return {.code = status.code(),
          .message = std::string(status.message().substr(0, kMaxMessageBytes)),
          .detail = Detail(status),
          .current_epoch = CurrentEpoch(status).value_or(0),
          .retry_after = RetryAfter(status),
          .behind = IsBehind(status)};
}

}  // namespace spoor
