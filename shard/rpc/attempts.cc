#include "shard/rpc/attempts.h"

#include <algorithm>
#include <cassert>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {

bool IsDamage(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsInternal(status);
}

bool AnotherMayDo(const absl::Status& status) {
  if (CurrentEpoch(status)) return false;  // the question is to be put anew
  return absl::IsUnavailable(status) || RetryAfter(status).has_value() || IsDamage(status) ||
         absl::IsFailedPrecondition(status);
}

namespace {

// Of those: what may be over after a pause.
bool MayPass(const absl::Status& status) {
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

bool Attempts::NextOwes() const {
  return std::any_of(open_.begin(), open_.end(),
                     [this](size_t open) { return open % replicas_ == started_ % replicas_; });
}

void Attempts::Skip() {
  ++started_;
  ++free_;
}

Attempts::Step Attempts::StartNext(Time now) {
  while (NextOwes()) Skip();  // ends: somebody has refused, or nobody was asked yet
  const size_t attempt = started_++;
  open_.insert(attempt);
  const bool another = !round_is_over() || (one_is_behind_ && open_.size() < replicas_);
  const bool can_hedge = hedge_after_ && another && may_start();
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
  const size_t rounds = std::max<size_t>(started_ / replicas_, 1);
  const auto doubled = options_.pause_least * (int64_t{1} << std::min<size_t>(rounds - 1, 20));
  const bool behind = std::exchange(one_is_behind_, false);
  const auto pause =
      std::max(std::min(doubled, behind ? options_.pause_behind : options_.pause_most),
               std::exchange(retry_after_, std::chrono::milliseconds(0)));
  passing_ = absl::OkStatus();
  if (deadline_ == Time::max() || pause < deadline_ - now) {
    alarm_ = now + pause;
    next_round_ = true;
    return {};
  }
  if (!open_.empty()) return {};  // the other one may do
  if (!behind) return Finish(std::move(refused));
  return Finish(absl::DeadlineExceededError(
      absl::StrCat("no replica has come in time to what was asked for: ", refused.message())));
}

// All of it have refused, the last one like this, or owe an answer still.
Attempts::Step Attempts::RoundIsOver(absl::Status refused, Time now) {
  if (next_round_) return {};
  if (!passing_.ok() && (one_is_behind_ || may_start())) return NextRound(passing_, now);
  if (!open_.empty()) return {};  // the other one may do
  return Finish(passing_.ok() ? std::move(refused) : passing_);
}

Attempts::Step Attempts::Answered(size_t attempt, Answer answer, Time now) {
  if (over_ || open_.erase(attempt) == 0) return {};
  if (answer.ok() || !AnotherMayDo(answer.status())) return Finish(std::move(answer));
  const auto asked = RetryAfter(answer.status()).value_or(std::chrono::milliseconds(0));
  retry_after_ = std::max(retry_after_, asked);
  if (IsBehind(answer.status())) {
    ++free_;
    one_is_behind_ = true;
  }
  if (MayPass(answer.status())) passing_ = answer.status();
  while (!round_is_over() && NextOwes()) Skip();
  if (may_start() && !round_is_over() && !next_round_) return StartNext(now);
  return RoundIsOver(answer.status(), now);
}

Attempts::Step Attempts::Rang(Time now) {
  if (over_ || now < alarm_) return {};
  alarm_ = Time::max();
  if (std::exchange(next_round_, false)) return StartNext(now);
  if (!may_hedge_()) {
    alarm_ = now + kHedgeAgain;
    return {};
  }
  hedge_after_.reset();
  return StartNext(now);
}

Attempts::Step Attempts::Cancelled() {
  if (over_) return {};
  return Finish(absl::CancelledError("cancelled by the caller"));
}

}  // namespace spoor
