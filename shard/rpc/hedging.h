#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/rpc/latency_window.h"

namespace spoor {

struct HedgingOptions {
  double share = 0.95;        // of the calls should be answered before a second replica is asked
  size_t samples_least = 50;  // before that nothing is hedged
  std::chrono::microseconds wait_least{500};  // below, a second call costs more than it saves
  // A hedge for so many calls at most, in the long run, and so many in a row: when all replicas
  // become slow, hedges would make them slower.
  uint32_t calls_per_hedge = 10, hedges_in_a_row = 10;
};

// When to ask a second replica, from what the calls of one kind (a method of a collection) took
// lately.  Shared by them.  Thread-safe.
class Hedging {
 public:
  explicit Hedging(const HedgingOptions& options) : options_(options) {}

  // A call begins: how long its first replica has, or nothing while too little is known.
  std::optional<std::chrono::microseconds> Begin();
  // A hedge is due: whether it may be sent.
  bool MayHedge();
  // What an attempt took that was answered well, or had taken when it was given up for another.
  void Observe(std::chrono::microseconds latency);

 private:
  const HedgingOptions options_;
  Mutex mu_;
  LatencyWindow window_ ABSL_GUARDED_BY(mu_);
  uint64_t credit_ ABSL_GUARDED_BY(mu_) = 0;  // calls not yet used up by hedges
};

}  // namespace spoor
