#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "geo/fix.h"

// Where an object stays: runs of consecutive fixes that keep within a distance for a time
// (Mousavi, Harwood, Karunasekera, Maghrebi 2016, section 3.1; the baselines are those of Ye et al.
// 2009 and of Hariharan and Toyama 2004).
namespace spoor {

struct StayRules {
  double distance_m = 100;   // > 0
  double duration_s = 1200;  // >= 0
  // Where the next run begins when one that was too short is broken: at the fix that breaks it, or
  // at its own second fix, which finds a few more stays and takes many times as long.
  enum class Restart : uint8_t { kBreak, kSlide };
  Restart restart = Restart::kBreak;
  // A longer time between two fixes ends a run as the end of the fixes does; null: none is too
  // long, and a receiver that was switched off in a garage stayed there.
  std::optional<double> max_gap_s;
};

struct Stay {
  size_t first = 0, last = 0;  // of its fixes, both included; counted from 0 as they were added
  int64_t arrive_ms = 0;       // of the first
  int64_t last_ms = 0;         // of the last
  int64_t depart_ms = 0;       // of the first fix outside; last_ms where there is none
  bool open = false;           // the fixes end with it
  double gap_s = 0;            // the longest time without a fix, from arriving to departing
  Fix centroid;                // weighted by the time to the next fix; without a time
};
using StaySink = std::function<void(const Stay&)>;

}  // namespace spoor
