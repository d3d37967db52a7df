#pragma once

#include <chrono>
#include <cstdint>

#include "engine/search/query.h"

namespace spoor {

// Tells the phases of a search how long they took.  One look at the clock a phase.
//
// Thread safety: none.
class PhaseClock {
 public:
  // REQUIRES: cost outlives it.
  explicit PhaseClock(SearchCost& cost) : cost_(cost) {}

  // What went by since the last call belongs to nobody.
  void Skip() { last_ = std::chrono::steady_clock::now(); }

  // What went by since the last call belongs to this phase.  Whole microseconds are added; the rest
  // of one is the next phase's.
  void Add(uint64_t SearchCost::* phase) {
    const auto now = std::chrono::steady_clock::now();
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(now - last_);
    cost_.*phase += static_cast<uint64_t>(us.count());
    last_ += us;
  }

 private:
  SearchCost& cost_;
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace spoor
