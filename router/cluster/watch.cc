#include "router/cluster/watch.h"

#include <utility>

namespace spoor {

Watch::Watch(std::chrono::milliseconds pause, std::function<void()> look)
    : look_(std::move(look)), thread_([this, pause] { Loop(pause); }) {}

Watch::~Watch() {
  {
    const MutexLock lock(mu_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  thread_.join();
}

void Watch::Loop(std::chrono::milliseconds pause) {
  const auto stopping = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return stopping_; };
  for (;;) {
    look_();
    MutexLock lock(mu_);
    if (wake_.WaitFor(mu_, pause, stopping)) return;
  }
}

}  // namespace spoor
