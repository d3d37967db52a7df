#include "router/command/signal_watch.h"

#include <pthread.h>

#include <utility>

namespace spoor {

SignalWatch::SignalWatch() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &mask_before_);
  watcher_ = std::thread([this] { Watch(); });
}

SignalWatch::~SignalWatch() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
    // Wakes sigwait.  After a first signal nobody waits there, and another would end the process.
    if (!signalled_) pthread_kill(watcher_.native_handle(), SIGTERM);
  }
  watcher_.join();
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalWatch::Watch() {
  int signal = 0;
  sigwait(&signals_, &signal);
  std::unique_lock lock(mutex_);
  if (ending_) return;
  signalled_ = true;
  changed_.notify_all();
  if (action_) action_();
  pthread_sigmask(SIG_UNBLOCK, &signals_, nullptr);
  changed_.wait(lock, [this] { return ending_; });
}

void SignalWatch::OnSignal(std::function<void()> action) {
  const std::lock_guard lock(mutex_);
  action_ = std::move(action);
  if (signalled_ && action_) action_();
}

bool SignalWatch::signalled() const {
  const std::lock_guard lock(mutex_);
  return signalled_;
}

bool SignalWatch::WaitFor(std::chrono::milliseconds time) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return signalled_; });
}

}  // namespace spoor
