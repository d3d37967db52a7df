#include "shard/rpc/local_channel.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "engine/wait/mutex.h"
#include "shard/rpc/heads.h"

namespace spoor {
namespace {

// A call, answered by whoever is first: the service, the caller's cancel, or the deadline.
class LocalCall : public Channel::Running, public std::enable_shared_from_this<LocalCall> {
 public:
  LocalCall(Alarms& alarms, Call call, Channel::Time deadline, Channel::Done done)
      : alarms_(alarms), call_(std::move(call)), deadline_(deadline), done_(std::move(done)) {}

  void SetAlarm() {
    if (deadline_ == Channel::Time::max()) return;
    const Alarms::Id alarm = alarms_.At(deadline_, [weak = weak_from_this()] {
      if (const auto self = weak.lock(); self != nullptr) {
        self->GiveUp(absl::DeadlineExceededError("the service has not answered in time"));
      }
    });
    const MutexLock lock(mu_);
    alarm_ = alarm;
  }
  void Cancel() override { GiveUp(absl::CancelledError("cancelled by the caller")); }
  Answer Serve(Service& service) { return ServeInTime(service, call_, {deadline_, cancelled_}); }
  void GiveUp(absl::Status why) {
    *cancelled_ = true;
    Finish(std::move(why));
  }
  void Finish(Answer answer) {
    Channel::Done done;
    Alarms::Id alarm = 0;
    {
      const MutexLock lock(mu_);
      std::swap(done, done_);
      std::swap(alarm, alarm_);
    }
    if (done == nullptr) return;
    alarms_.Drop(alarm);
    done(std::move(answer));
  }

 private:
  Alarms& alarms_;
  const Call call_;
  const Channel::Time deadline_;
  const std::shared_ptr<std::atomic<bool>> cancelled_ = std::make_shared<std::atomic<bool>>(false);
  Mutex mu_;
  Channel::Done done_ ABSL_GUARDED_BY(mu_);  // null once it is answered
  Alarms::Id alarm_ ABSL_GUARDED_BY(mu_) = 0;
};

class Local : public Channel {
 public:
  Local(Service& service, Alarms& alarms, const LocalChannelOptions& options)
      : service_(service),
        alarms_(alarms),
        options_(options),
        pool_(std::make_shared<boost::asio::thread_pool>(Threads(options.threads))) {}

  ~Local() override {
    std::set<std::shared_ptr<LocalCall>> running;
    {
      const MutexLock lock(mu_);
      running = running_;
    }
    for (const auto& call : running) call->GiveUp(absl::CancelledError("the channel has gone"));
    {
      const MutexLock lock(mu_);
      const auto idle = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return running_.empty(); };
      returned_.Wait(mu_, idle);
    }
    if (pool_->get_executor().running_in_this_thread()) {
      // Whoever took an answer was the last to hold the channel: a thread cannot join itself.
      alarms_.At(alarms_.now(), [pool = pool_] { pool->join(); });
    } else {
      pool_->join();
    }
  }

  std::shared_ptr<Running> Start(Call call, Time deadline, Done done) override {
    absl::Status admitted = CheckCall(call, kMaxBodyBytes);
    const auto started =
        std::make_shared<LocalCall>(alarms_, std::move(call), deadline, std::move(done));
    if (admitted.ok() && deadline <= alarms_.now()) {
      admitted = absl::DeadlineExceededError("the deadline had passed before the call");
    }
    if (admitted.ok()) admitted = Enter(started);
    if (!admitted.ok()) {
      started->GiveUp(std::move(admitted));
      return started;
    }
    started->SetAlarm();
    boost::asio::post(*pool_, [this, started] {
      Answer answer = started->Serve(service_);
      {
        const MutexLock lock(mu_);
        running_.erase(started);  // whoever has the answer has room for the next call
        returned_.NotifyAll();    // under the mutex: once it is free we may be gone
      }
      started->Finish(std::move(answer));
    });
    return started;
  }

  std::optional<Answer> AnswerHere(const Call& call, const Patience& patience) override {
    if (!options_.on_callers_thread) return std::nullopt;
    if (absl::Status admitted = CheckCall(call, kMaxBodyBytes); !admitted.ok()) return admitted;
    return ServeInTime(service_, call, patience);
  }

 private:
  static size_t Threads(int asked) {
    return asked > 0 ? static_cast<size_t>(asked)
                     : std::max(1u, std::thread::hardware_concurrency());
  }

  absl::Status Enter(const std::shared_ptr<LocalCall>& call) {
    const MutexLock lock(mu_);
    if (running_.size() >= options_.max_in_flight) {
      return OverloadError(
          absl::StrCat("the service has as many calls as it may: ", running_.size()),
          options_.retry_after);
    }
    running_.insert(call);
    return absl::OkStatus();
  }

  Service& service_;
  Alarms& alarms_;
  const LocalChannelOptions options_;
  Mutex mu_;
  std::set<std::shared_ptr<LocalCall>> running_ ABSL_GUARDED_BY(mu_);  // until the service returns
  ConditionVariable returned_;
  const std::shared_ptr<boost::asio::thread_pool> pool_;
};

}  // namespace

std::unique_ptr<Channel> LocalChannel(Service& service, Alarms& alarms,
                                      const LocalChannelOptions& options) {
  return std::make_unique<Local>(service, alarms, options);
}

}  // namespace spoor
