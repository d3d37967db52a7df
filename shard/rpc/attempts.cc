#include "shard/rpc/attempts.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace spoor {
namespace {

bool AnotherMayDo(const absl::Status& status) {
  return absl::IsUnavailable(status) || RetryAfter(status).has_value();
}

}  // namespace

Attempts::Attempts(size_t replicas, const RetryOptions& options, Time deadline)
    : replicas_(replicas), options_(options), deadline_(deadline) {
  assert(replicas > 0 && options.attempts_most > 0);
}

void Attempts::HedgeAfter(std::chrono::microseconds wait, std::function<bool()> may_hedge) {
  hedge_after_ = wait;
  may_hedge_ = std::move(may_hedge);
}

Attempts::Step Attempts::Begin(Time now) { return StartNext(now); }

Attempts::Step Attempts::StartNext(Time now) {
  const size_t attempt = started_++;
  open_.insert(attempt);
  const bool can_hedge = hedge_after_ && !round_is_over() && started_ < options_.attempts_most;
  alarm_ = can_hedge ? now + *hedge_after_ : Time::max();
  return {.cancel = {}, .start = attempt, .answer = std::nullopt};
}

Attempts::Step Attempts::Finish(Answer answer) {
  over_ = true;
  Step step{.cancel = {open_.begin(), open_.end()}, .start = std::nullopt, .answer = {}};
  open_.clear();
  step.answer = std::move(answer);
  return step;
}

Attempts::Step Attempts::NextRound(absl::Status refused, Time now) {
  const size_t rounds = started_ / replicas_;
  const auto doubled = options_.pause_least * (int64_t{1} << std::min<size_t>(rounds - 1, 20));
  const auto pause = std::max(std::min(doubled, options_.pause_most),
                              std::exchange(retry_after_, std::chrono::milliseconds(0)));
  if (deadline_ != Time::max() && pause >= deadline_ - now) return Finish(std::move(refused));
  alarm_ = now + pause;
  return {};
}

Attempts::Step Attempts::Answered(size_t attempt, Answer answer, Time now) {
  if (over_ || open_.erase(attempt) == 0) return {};
  if (answer.ok() || !AnotherMayDo(answer.status())) return Finish(std::move(answer));
  const auto asked = RetryAfter(answer.status()).value_or(std::chrono::milliseconds(0));
  retry_after_ = std::max(retry_after_, asked);
  const bool may_start = started_ < options_.attempts_most;
  if (may_start && !round_is_over()) return StartNext(now);
  if (!open_.empty()) return {};  // the other one may do
  return may_start ? NextRound(answer.status(), now) : Finish(std::move(answer));
}

Attempts::Step Attempts::Rang(Time now) {
  if (over_ || now < alarm_) return {};
  alarm_ = Time::max();
  if (open_.empty()) return StartNext(now);  // after the pause
  hedge_after_.reset();
  if (!may_hedge_()) return {};
  return StartNext(now);
}

Attempts::Step Attempts::Cancelled() {
  if (over_) return {};
  return Finish(absl::CancelledError("cancelled by the caller"));
}

}  // namespace spoor
