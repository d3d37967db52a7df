#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/wait/patience.h"
#include "geo/plane_area.h"

// Which places stays make (Mousavi, Harwood, Karunasekera, Maghrebi 2016, section 3.2).
namespace spoor {

struct DestinationRules {
  // Of what both have, the share that they have in common: regions of as much are one destination.
  // 0: all that overlap; 1: none.
  double similarity = 0;  // 0 ... 1
  // Which pair is merged next: always the most similar one of all, so that the order of stays does
  // not matter; or region by region, each with the one most similar to it, again and again.
  enum class Order : uint8_t { kGlobal, kPaper };
  Order order = Order::kGlobal;
  // Regions are also one where so much of the smaller lies in a larger one of at most four times
  // its area; null: not for that.
  std::optional<double> containment = 0.5;  // above 0 ... 1
  uint64_t min_visits = 1;                  // stays; destinations of fewer are dropped
};

struct Destination {
  std::vector<uint32_t> stays;  // ascending
  PlaneArea area;
};

// Of convex regions, counter-clockwise, one for each stay.  Destinations are in the order of their
// first stays; with similarity 0 no two overlap.
//
// Time: with similarity 0 about O(n log n) and what pairs of boxes overlap, else the logarithm of
// the pairs that are similar for each of them.  InvalidArgument: these are too many.
absl::StatusOr<std::vector<Destination>> MergeRegions(absl::Span<const PlaneRing> regions,
                                                      const DestinationRules& rules,
                                                      const Patience& patience);

}  // namespace spoor
