#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "shard/rpc/call.h"

namespace spoor {

struct RetryOptions {
  size_t attempts_most = 4;  // of one call, hedges included
  // Between two rounds through the replicas, doubling; a longer retry-after of theirs is kept to.
  std::chrono::milliseconds pause_least{10}, pause_most{1'000};
};

// One call to the replicas of a slot, as decisions without a clock or a connection.  Attempt n goes
// to replica n mod replicas.
//
//   * attempt 0 goes out; when it has no answer after `hedge_after`, the next replica is asked as
//     well, once for a call;
//   * Unavailable and overload ask the next replica at once; when all of a round have refused, the
//     next round comes after a pause, if that ends before the deadline;
//   * the first good answer wins, any other error is final; what still runs is then cancelled.
class Attempts {
 public:
  using Time = std::chrono::steady_clock::time_point;

  // What to do now, in this order.
  struct Step {
    std::vector<size_t> cancel;    // attempts
    std::optional<size_t> start;   // an attempt
    std::optional<Answer> answer;  // for the caller; the call is over
  };

  // REQUIRES: replicas > 0, options.attempts_most > 0.  may_hedge is asked when a hedge is due.
  Attempts(size_t replicas, const RetryOptions& options, Time deadline);
  void HedgeAfter(std::chrono::microseconds wait, std::function<bool()> may_hedge);

  Step Begin(Time now);
  Step Answered(size_t attempt, Answer answer, Time now);
  Step Rang(Time now);  // next_alarm() has come; earlier ones do nothing
  Step Cancelled();

  Time next_alarm() const { return over_ ? Time::max() : alarm_; }  // max(): none
  bool over() const { return over_; }

 private:
  Step StartNext(Time now);
  Step Finish(Answer answer);
  Step NextRound(absl::Status refused, Time now);
  bool round_is_over() const { return started_ % replicas_ == 0; }

  const size_t replicas_;
  const RetryOptions options_;
  const Time deadline_;
  std::optional<std::chrono::microseconds> hedge_after_;  // none once it has been used
  std::function<bool()> may_hedge_;
  size_t started_ = 0;
  std::set<size_t> open_;                     // attempts without an answer
  std::chrono::milliseconds retry_after_{0};  // the longest of the round
  Time alarm_ = Time::max();
  bool over_ = false;
};

}  // namespace spoor
