#include "shard/rpc/replica_channel.h"

#include <cassert>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/mutex.h"

namespace spoor {
namespace {

using std::chrono::microseconds;

// Does what Attempts decides.
class ReplicaCall : public Channel::Running, public std::enable_shared_from_this<ReplicaCall> {
 public:
  struct Shared {
    std::vector<std::shared_ptr<Channel>> replicas;
    std::shared_ptr<Hedging> hedging;
    Alarms& alarms;
    RetryOptions options;
  };

  ReplicaCall(std::shared_ptr<const Shared> shared, Call call, Channel::Time deadline,
              Channel::Done done)
      : shared_(std::move(shared)),
        call_(std::move(call)),
        deadline_(deadline),
        done_(std::move(done)),
        attempts_(shared_->replicas.size(), shared_->options, deadline) {}

  void Begin() {
    const auto wait = shared_->hedging ? shared_->hedging->Begin() : std::nullopt;
    Decide([&](Attempts& attempts, Alarms::Time now) ABSL_NO_THREAD_SAFETY_ANALYSIS {
      if (wait) attempts.HedgeAfter(*wait, [h = shared_->hedging] { return h->MayHedge(); });
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
      if (step.start) started_.push_back({now, nullptr});
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
    Channel& replica = *shared_->replicas[attempt % shared_->replicas.size()];
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

  void Answered(size_t attempt, Answer answer) {
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

  const std::shared_ptr<const Shared> shared_;
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
  explicit Replicas(ReplicaCall::Shared shared)
      : shared_(std::make_shared<const ReplicaCall::Shared>(std::move(shared))) {}

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
  const std::shared_ptr<const ReplicaCall::Shared> shared_;
};

}  // namespace

std::unique_ptr<Channel> ReplicaChannel(std::vector<std::shared_ptr<Channel>> replicas,
                                        std::shared_ptr<Hedging> hedging, Alarms& alarms,
                                        const RetryOptions& options) {
  assert(!replicas.empty());
  return std::make_unique<Replicas>(
      ReplicaCall::Shared{std::move(replicas), std::move(hedging), alarms, options});
}

}  // namespace spoor
