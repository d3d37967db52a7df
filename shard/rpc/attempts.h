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
  // Of one call, hedges included; without those that found a replica behind.
  size_t attempts_most = 4;
  // Between two rounds through the replicas, doubling; a longer retry-after of theirs is kept to.
  std::chrono::milliseconds pause_least{10}, pause_most{1'000};
  // The most between two rounds of which one replica was only behind.
  std::chrono::milliseconds pause_behind{50};
};

// A hedge that must not be sent yet is thought of again after so long.
inline constexpr std::chrono::milliseconds kHedgeAgain{20};

// What a replica says of itself, and another one may do better: that it is away, has too much to
// do, is behind, has not what is asked for, or has failed.
bool AnotherMayDo(const absl::Status& status);
// That it is damaged or has failed, which is not as it should be.
bool IsDamage(const absl::Status& status);

// One call to the replicas of a slot, as decisions without a clock or a connection.  Attempt n goes
// to replica n mod replicas.
//
//   * attempt 0 goes out; when it has no answer after `hedge_after`, and a hedge may be sent, the
//     next replica is asked as well, once for a call: also one again that was only behind;
//   * where AnotherMayDo the next replica is asked at once.  When all of a round have said so, the
//     next round comes after a pause, if that ends before the deadline, and if waiting may help: it
//     does not mend damage.  As long as a replica is only behind, rounds go on until the deadline.
//     Who still owes an answer to this call holds up no round and is not asked again;
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
  Step RoundIsOver(absl::Status refused, Time now);
  bool round_is_over() const { return started_ % replicas_ == 0; }
  bool may_start() const { return started_ - free_ < options_.attempts_most; }
  bool NextOwes() const;  // the replica of the next attempt has not answered an earlier one
  void Skip();            // the next attempt

  const size_t replicas_;
  const RetryOptions options_;
  const Time deadline_;
  std::optional<std::chrono::microseconds> hedge_after_;  // none once it has been used
  std::function<bool()> may_hedge_;
  size_t started_ = 0;     // the next attempt's number
  size_t free_ = 0;        // of these, not counted: they were skipped, or found a replica behind
  std::set<size_t> open_;  // attempts without an answer
  // Of the round: the longest retry-after, whether a replica was only behind, and an error that may
  // pass, if there was one.
  std::chrono::milliseconds retry_after_{0};
  bool one_is_behind_ = false;
  absl::Status passing_;
  Time alarm_ = Time::max();
  bool next_round_ = false;  // the alarm begins it
  bool over_ = false;
};

}  // namespace spoor
