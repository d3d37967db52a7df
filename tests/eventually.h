#pragma once

#include <chrono>
#include <thread>

namespace spoor::testing {

// Waits for a condition that another thread makes true.  Gives up after a minute, so that a bug
// fails the test and does not hang it.
template <typename Condition>
bool Eventually(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace spoor::testing
