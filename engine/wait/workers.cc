#include "engine/wait/workers.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "engine/wait/patience.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// How late a waiting computation may notice that its patience is over.
constexpr std::chrono::milliseconds kLook{20};
// Who has had so many slices or more takes turns with all the others that have.
constexpr uint32_t kCounted = 10;

}  // namespace

thread_local Workers::Running* Workers::running_ = nullptr;

Workers::Workers(size_t at_once) : at_once_(at_once) {
  const MutexLock lock(mu_);
  threads_.emplace_back([this] { Work(); });
}

void Workers::Post(std::function<void()> work) {
  const MutexLock lock(mu_);
  waiting_.push_back(std::move(work));
  Wake();
}

void Workers::Wake() {
  if (waiting_.empty() || quick_ >= at_once_) return;
  if (free_ > 0) return posted_.NotifyAll();
  try {
    threads_.emplace_back([this] { Work(); });
  } catch (const std::system_error&) {
    // The system has no more: those that there are come to it.
  }
}

void Workers::Join() {
  std::vector<std::thread> threads;
  {
    const MutexLock lock(mu_);
    joining_ = true;
    posted_.NotifyAll();
  }
  // What runs may start more threads as long as something waits.
  for (;;) {
    {
      const MutexLock lock(mu_);
      threads.swap(threads_);
    }
    if (threads.empty()) return;
    for (std::thread& thread : threads) thread.join();
    threads.clear();
  }
}

void Workers::Work() {
  for (;;) {
    std::function<void()> work;
    {
      const MutexLock lock(mu_);
      ++free_;
      posted_.Wait(mu_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return (!waiting_.empty() && quick_ < at_once_) || (joining_ && waiting_.empty());
      });
      --free_;
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
      ++quick_;
      Wake();
    }
    Running running{.workers = this, .since = Clock::now(), .turn = Turn::kQuick, .slices = 0};
    TakeTurns(running, work);
  }
}

void Workers::TakeTurns(Running& running, const std::function<void()>& work) {
  running_ = &running;
  work();
  running_ = nullptr;
  const MutexLock lock(mu_);
  if (running.turn == Turn::kQuick) --quick_;
  if (running.turn == Turn::kLong) {
    --long_;
    long_ended_.NotifyAll();
  }
  Wake();
  if (joining_) posted_.NotifyAll();
}

void Workers::GiveWay(const Patience& patience) {
  Running* const running = running_;
  if (running == nullptr || running->turn == Turn::kNone) return;
  const Clock::time_point now = Clock::now();
  const bool is_quick = running->turn == Turn::kQuick;
  if (now < running->since + (is_quick ? kQuick : kSlice)) return;
  if (is_quick || running->workers->SomebodyWaitsForALongTurn()) {
    running->workers->WaitForLongTurn(*running, patience);
  } else {
    running->since = now;
  }
}

bool Workers::SomebodyWaitsForALongTurn() {
  const MutexLock lock(mu_);
  return !long_waiting_.empty();
}

void Workers::WaitForLongTurn(Running& running, const Patience& patience) {
  const MutexLock lock(mu_);
  running.turn == Turn::kQuick ? --quick_ : --long_;
  running.turn = Turn::kNone;
  const Rank rank(std::min(running.slices, kCounted), came_++);
  long_waiting_.insert(rank);
  Wake();
  long_ended_.NotifyAll();
  const auto may_run = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return long_ < at_once_ && *long_waiting_.begin() == rank;
  };
  bool runs = false, waits = true;
  while (waits) {
    runs = long_ended_.WaitFor(mu_, kLook, may_run);
    waits = !runs && patience.Check().ok();
  }
  long_waiting_.erase(rank);
  long_ended_.NotifyAll();  // another is the first now
  if (!runs) return;
  ++long_;
  ++running.slices;
  running.turn = Turn::kLong;
  running.since = Clock::now();
}

}  // namespace spoor
