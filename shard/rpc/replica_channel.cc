#include "shard/rpc/replica_channel.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <numeric>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {
namespace {

using std::chrono::microseconds;

// Where nothing is known of how long calls take, silence is looked for after so long.
constexpr microseconds kLookForSilence{50'000};
// A replica that was behind or damaged is asked last for so long.
constexpr std::chrono::milliseconds kAvoid{500};

// What the calls of one channel share.
struct SharedReplicas {
  SharedReplicas(std::vector<std::shared_ptr<Channel>> channels, std::shared_ptr<Hedging> hedges,
                 Alarms& clock, const RetryOptions& retry, DamageHeard damage)
      : replicas(std::move(channels)),
        hedging(std::move(hedges)),
        alarms(clock),
        options(retry),
        damage_heard(std::move(damage)),
        avoided_until(std::make_unique<std::atomic<Alarms::Time>[]>(replicas.size())) {}

  // All replicas, those to be asked first in front.
  std::vector<size_t> Order() const {
    std::vector<size_t> order(replicas.size());
    std::iota(order.begin(), order.end(), 0);
    if (order.size() == 1) return order;
    const Alarms::Time now = alarms.now();
    std::stable_partition(order.begin(), order.end(),
                          [&](size_t r) { return avoided_until[r].load() <= now; });
    std::stable_partition(order.begin(), order.end(),
                          [&](size_t r) { return !replicas[r]->IsSilent(); });
    return order;
  }

  // What a replica has answered says about asking it next time.
  void Note(size_t replica, const absl::Status& status) const {
    if (IsDamage(status) && damage_heard != nullptr) damage_heard(replica, status);
    if (IsDamage(status) || IsBehind(status)) avoided_until[replica] = alarms.now() + kAvoid;
  }

  const std::vector<std::shared_ptr<Channel>> replicas;
  const std::shared_ptr<Hedging> hedging;
  Alarms& alarms;
  const RetryOptions options;
  const DamageHeard damage_heard;
  const std::unique_ptr<std::atomic<Alarms::Time>[]> avoided_until;
};

// Does what Attempts decides.
class ReplicaCall : public Channel::Running, public std::enable_shared_from_this<ReplicaCall> {
 public:
  ReplicaCall(std::shared_ptr<const SharedReplicas> shared, Call call, Channel::Time deadline,
              Channel::Done done)
      : shared_(std::move(shared)),
        order_(shared_->Order()),
        call_(std::move(call)),
        deadline_(deadline),
        done_(std::move(done)),
        attempts_(shared_->replicas.size(), shared_->options, deadline) {}

  void Begin() {
    const auto wait = shared_->hedging ? shared_->hedging->Begin() : std::nullopt;
    Decide([&](Attempts& attempts, Alarms::Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      attempts.HedgeAfter(wait.value_or(kLookForSilence),
                          [this, known = wait.has_value()]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
                            return shared_->replicas[ReplicaOf(started_.size() - 1)]->IsSilent() ||
                                   (known && shared_->hedging->MayHedge());
                          });
      return attempts.Begin(now);
    });
  }
  void Cancel() override {
    Decide([](Attempts& attempts, Alarms::Time) { return attempts.Cancelled(); });
  }

 private:
  struct Attempt {
    Alarms::Time since;
    std::shared_ptr<Channel::Running> running;
  };

  // Lets Attempts decide under the lock, and does it without.
  template <typename Decision>
  void Decide(Decision decision) {
    Attempts::Step step;
    std::vector<Attempt> cancelled;
    const Alarms::Time now = shared_->alarms.now();
    {
      const MutexLock lock(mu_);
      step = decision(attempts_, now);
      if (step.start) {
        started_.resize(*step.start + 1);  // numbers between were skipped
        started_.back().since = now;
      }
      for (const size_t attempt : step.cancel) cancelled.push_back(started_[attempt]);
      if (step.answer) {  // they may hold this call in turn
        for (Attempt& attempt : started_) attempt.running = nullptr;
      }
      SetAlarm();
    }
    for (const Attempt& attempt : cancelled) {
      // That it took so long already is known too; else only the quick would be remembered.
      if (step.answer->ok()) Observe(now - attempt.since);
      if (attempt.running != nullptr) attempt.running->Cancel();
    }
    if (step.start) Start(*step.start);
    if (step.answer) done_(*std::move(step.answer));
  }

  void Start(size_t attempt) {
    Channel& replica = *shared_->replicas[ReplicaOf(attempt)];
    auto running = replica.Start(call_, deadline_, [self = shared_from_this(), attempt](Answer a) {
      self->Answered(attempt, std::move(a));
    });
    bool over;
    {
      const MutexLock lock(mu_);
      over = attempts_.over();
      if (!over) started_[attempt].running = running;
    }
    if (over) running->Cancel();  // another one has answered meanwhile
  }

  size_t ReplicaOf(size_t attempt) const { return order_[attempt % order_.size()]; }

  void Answered(size_t attempt, Answer answer) {
    if (!answer.ok()) shared_->Note(ReplicaOf(attempt), answer.status());
    Decide([&](Attempts& attempts, Alarms::Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (answer.ok() && !attempts.over()) Observe(now - started_[attempt].since);
      return attempts.Answered(attempt, std::move(answer), now);
    });
  }

  void Observe(Alarms::Time::duration took) {
    if (shared_->hedging == nullptr) return;
    shared_->hedging->Observe(std::chrono::duration_cast<microseconds>(took));
  }

  void SetAlarm() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    if (attempts_.next_alarm() == alarm_at_) return;
    shared_->alarms.Drop(alarm_);
    alarm_ = 0;
    alarm_at_ = attempts_.next_alarm();
    if (alarm_at_ == Alarms::Time::max()) return;
    // It keeps the call: nothing else does in a pause.
    alarm_ = shared_->alarms.At(alarm_at_, [self = shared_from_this()] {
      self->Decide([](Attempts& a, Alarms::Time now) { return a.Rang(now); });
    });
  }

  const std::shared_ptr<const SharedReplicas> shared_;
  const std::vector<size_t> order_;
  const Call call_;
  const Channel::Time deadline_;
  const Channel::Done done_;
  Mutex mu_;
  Attempts attempts_ ABSL_GUARDED_BY(mu_);
  std::vector<Attempt> started_ ABSL_GUARDED_BY(mu_);
  Alarms::Id alarm_ ABSL_GUARDED_BY(mu_) = 0;
  Alarms::Time alarm_at_ ABSL_GUARDED_BY(mu_) = Alarms::Time::max();
};

class Replicas : public Channel {
 public:
  explicit Replicas(std::shared_ptr<const SharedReplicas> shared) : shared_(std::move(shared)) {}

  std::shared_ptr<Running> Start(Call call, Time deadline, Done done) override {
    const auto started =
        std::make_shared<ReplicaCall>(shared_, std::move(call), deadline, std::move(done));
    started->Begin();
    return started;
  }
  // Of several replicas another one may be needed: that takes a call that goes on by itself.
  std::optional<Answer> AnswerHere(const Call& call, const Patience& patience) override {
    if (shared_->replicas.size() > 1) return std::nullopt;
    return shared_->replicas[0]->AnswerHere(call, patience);
  }

 private:
  const std::shared_ptr<const SharedReplicas> shared_;
};

}  // namespace

std::unique_ptr<Channel> ReplicaChannel(std::vector<std::shared_ptr<Channel>> replicas,
                                        std::shared_ptr<Hedging> hedging, Alarms& alarms,
                                        const RetryOptions& options, DamageHeard damage) {
  assert(!replicas.empty());
  return std::make_unique<Replicas>(std::make_shared<const SharedReplicas>(
      std::move(replicas), std::move(hedging), alarms, options, std::move(damage)));
}

}  // namespace spoor
