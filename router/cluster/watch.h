#pragma once

#include <chrono>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {

// Looks at something now and then, on a thread of its own, as long as it lives: at once, and then
// after each pause.
class Watch {
 public:
  Watch(std::chrono::milliseconds pause, std::function<void()> look);
  ~Watch();  // waits for a look that runs

 private:
  void Loop(std::chrono::milliseconds pause);

  const std::function<void()> look_;
  Mutex mu_;
  ConditionVariable wake_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace spoor
