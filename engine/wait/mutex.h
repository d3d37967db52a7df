#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

#include "absl/base/thread_annotations.h"

namespace spoor {

// std::mutex with the annotations that clang checks.  Not absl::Mutex: as packaged it is opaque to
// the thread sanitizer, which then reports races that are none.
class ABSL_LOCKABLE Mutex {
 public:
  void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mu_.lock(); }
  void unlock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }

 private:
  friend class ConditionVariable;
  std::mutex mu_;
};

// Holds a mutex while it lives.
class ABSL_SCOPED_LOCKABLE MutexLock {
 public:
  explicit MutexLock(Mutex& mu) ABSL_EXCLUSIVE_LOCK_FUNCTION(mu) : mu_(mu) { mu_.lock(); }
  ~MutexLock() ABSL_UNLOCK_FUNCTION() { mu_.unlock(); }
  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

// Waits for what another thread does under the mutex; tell it by NotifyAll.
class ConditionVariable {
 public:
  // Until ready() is true, asked under the mutex.
  template <typename Ready>
  void Wait(Mutex& mu, Ready ready) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock lock(mu.mu_, std::adopt_lock);
    cv_.wait(lock, ready);
    lock.release();
  }
  // The same, at most so long; whether ready() was true.
  template <typename Ready>
  bool WaitFor(Mutex& mu, std::chrono::milliseconds limit, Ready ready)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu) {
    std::unique_lock lock(mu.mu_, std::adopt_lock);
    const bool was_ready = cv_.wait_for(lock, limit, ready);
    lock.release();
    return was_ready;
  }
  void NotifyAll() { cv_.notify_all(); }

 private:
  std::condition_variable cv_;
};

}  // namespace spoor
