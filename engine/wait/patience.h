#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "absl/status/status.h"
#include "geo/measure/measure.h"

namespace spoor {

// How long a caller waits: a deadline and a flag that turns true when it has hung up.  Long loops
// ask Check() about every 100 microseconds.
struct Patience {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  std::shared_ptr<const std::atomic<bool>> cancelled;  // may be null

  // DeadlineExceeded or Cancelled once it is over, and from then on.
  absl::Status Check() const;
  // The same in a long computation, which others that take less time go before: it may have to wait
  // (engine/wait/workers.h).  REQUIRES: no lock is held that others wait for.
  absl::Status CheckInTurn() const;
  // Has measuring end when it is over: the work is stopped then.  REQUIRES: outlives the work's
  // use.
  void Limit(MeasureWork& work) const;
};

}  // namespace spoor
