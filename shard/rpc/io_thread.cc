#include "shard/rpc/io_thread.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {

namespace asio = boost::asio;

// All alarms share one timer.  It is set only for an alarm that is earlier than the one it is set
// for; dropped alarms leave it set, so that a stream of calls with deadlines far away costs a map
// entry each and no system call.
class IoThread::Impl {
 public:
  Impl() : timer_(io_), work_(asio::make_work_guard(io_)), thread_([this] { io_.run(); }) {}

  void Join() {
    if (!thread_.joinable()) return;
    {
      const MutexLock lock(mu_);
      joining_ = true;
      if (alarms_.empty()) Rest();
    }
    work_.reset();
    thread_.join();
  }

  Id At(Time when, std::function<void()> ring) {
    const MutexLock lock(mu_);
    const Id id = next_++;
    when_.emplace(id, when);
    alarms_.emplace(std::make_pair(when, id), std::move(ring));
    if (when < set_for_) {
      set_for_ = when;
      asio::post(io_, [this] { Set(); });
    }
    return id;
  }

  void Drop(Id id) {
    std::function<void()> dropped;  // goes after the lock: what it holds may end other things
    const MutexLock lock(mu_);
    const auto found = when_.find(id);
    if (found == when_.end()) return;
    const auto alarm = alarms_.find({found->second, id});
    dropped = std::move(alarm->second);
    alarms_.erase(alarm);
    when_.erase(found);
    if (joining_ && alarms_.empty()) Rest();
  }

  asio::io_context& io() { return io_; }

 private:
  void Set() {
    Time when;
    {
      const MutexLock lock(mu_);
      when = set_for_;
    }
    if (when == Time::max()) return;
    timer_.expires_at(when);
    timer_.async_wait([this](const boost::system::error_code& error) {
      if (!error) Ring();
    });
  }

  void Ring() {
    std::vector<std::function<void()>> due;
    {
      const MutexLock lock(mu_);
      const Time at = std::chrono::steady_clock::now();
      while (!alarms_.empty() && alarms_.begin()->first.first <= at) {
        due.push_back(std::move(alarms_.begin()->second));
        when_.erase(alarms_.begin()->first.second);
        alarms_.erase(alarms_.begin());
      }
      set_for_ = alarms_.empty() ? Time::max() : alarms_.begin()->first.first;
    }
    Set();
    for (const auto& ring : due) ring();
  }

  // With nothing to wait for the timer must not keep the thread.
  void Rest() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    set_for_ = Time::max();
    asio::post(io_, [this] {
      const MutexLock lock(mu_);
      if (set_for_ == Time::max()) timer_.cancel();
    });
  }

  asio::io_context io_{1};
  asio::steady_timer timer_;  // of the thread
  Mutex mu_;
  std::map<std::pair<Time, Id>, std::function<void()>> alarms_ ABSL_GUARDED_BY(mu_);
  std::unordered_map<Id, Time> when_ ABSL_GUARDED_BY(mu_);
  Time set_for_ ABSL_GUARDED_BY(mu_) = Time::max();
  Id next_ ABSL_GUARDED_BY(mu_) = 1;
  bool joining_ ABSL_GUARDED_BY(mu_) = false;
  asio::executor_work_guard<asio::io_context::executor_type> work_;
  std::thread thread_;
};

IoThread::IoThread() : impl_(std::make_unique<Impl>()) {}
IoThread::~IoThread() { Join(); }
void IoThread::Join() { impl_->Join(); }
IoThread::Id IoThread::At(Time when, std::function<void()> ring) {
  return impl_->At(when, std::move(ring));
}
void IoThread::Drop(Id id) { impl_->Drop(id); }
boost::asio::io_context& IoThread::io() { return impl_->io(); }

}  // namespace spoor
