#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <thread>

namespace spoor {

// Takes SIGINT and SIGTERM while it lives, so that a command can finish in order.  Construct it
// before other threads are started: they inherit that the signals are not theirs.  A second signal
// ends the process at once.
//
// Thread safety: all methods may be called from any thread.
class SignalWatch {
 public:
  SignalWatch();
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

  // Calls action, on a thread of its own, when the first signal comes; at once when it has come
  // already. Null: no more.
  void OnSignal(std::function<void()> action);
  bool signalled() const;
  // Waits that long, or until a signal comes; true when it has come.
  bool WaitFor(std::chrono::milliseconds time) const;

 private:
  void Watch();

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  bool signalled_ = false, ending_ = false;  // guarded by mutex_, as is action_
  std::function<void()> action_;
  sigset_t signals_, mask_before_;
  std::thread watcher_;
};

}  // namespace spoor
