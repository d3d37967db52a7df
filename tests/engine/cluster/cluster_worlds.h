// Trips on common stamps, small enough to go over all pairs of them.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <utility>
#include <vector>

#include "engine/cluster/companions.h"
#include "engine/cluster/disjoint_sets.h"
#include "engine/cluster/step_labels.h"

namespace spoor::testing {

// Some that go together along lanes, of whom a few make a detour; `spans`: they come and go.
inline AlignedTrips GroupsOnTheMove(std::mt19937_64& rng, size_t n, uint32_t stamps, bool spans) {
  std::uniform_real_distribution<double> near(-2, 2);
  AlignedTrips out;
  for (size_t t = 0; t < n; ++t) {
    const auto lane = static_cast<double>(rng() % 4);
    const uint32_t first = spans ? static_cast<uint32_t>(rng() % (stamps / 2)) : 0;
    const uint32_t end =
        spans ? first + static_cast<uint32_t>(rng() % (stamps - first + 1)) : stamps;
    const uint32_t detour = rng() % 4 == 0 ? static_cast<uint32_t>(rng() % stamps) : stamps;
    const double x = near(rng), y = near(rng);
    std::vector<PlanePoint> places;
    for (uint32_t s = first; s < end; ++s) {
      const double off = s >= detour && s < detour + 2 ? 14 : 0;
      places.push_back({x + s * 10.0 + near(rng) / 4, y + lane * 12 + off + near(rng) / 4, 0});
    }
    out.Add(first, places);
  }
  return out;
}

// All pairs, all intervals.
inline TripGroups NaiveGroups(const StepLabels& labels, IntervalRange range, uint32_t min_overlap) {
  const AlignedTrips& trips = labels.trips();
  const auto n = static_cast<uint32_t>(trips.size());
  const auto there = [&](uint32_t t, uint32_t j) { return trips.IsIn(t, j); };
  DisjointSets sets(n);
  std::vector<bool> seen(n), out_once(n);
  for (uint32_t t = 0; t < n; ++t) {
    for (uint32_t j = range.first; j < range.end; ++j) {
      if (!there(t, j)) continue;
      seen[t] = true;
      if (labels.Of(t, j) == kOutlier) out_once[t] = true;
    }
  }
  for (uint32_t a = 0; a < n; ++a) {
    for (uint32_t b = 0; b < a; ++b) {
      if (out_once[a] || out_once[b]) continue;
      uint32_t both = 0, same = 0;
      for (uint32_t j = range.first; j < range.end; ++j) {
        if (!there(a, j) || !there(b, j)) continue;
        ++both;
        same += labels.Of(a, j) == labels.Of(b, j) ? 1 : 0;
      }
      if (both >= std::max(min_overlap, 1U) && same == both) sets.Join(a, b);
    }
  }
  std::map<uint32_t, std::vector<uint32_t>> grouped;
  TripGroups out;
  for (uint32_t t = 0; t < n; ++t) {
    if (seen[t] && out_once[t]) out.outliers.push_back(t);
    if (seen[t] && !out_once[t]) grouped[sets.Find(t)].push_back(t);
  }
  for (const auto& [root, group] : grouped) {
    if (group.size() < 2) {
      out.outliers.push_back(group[0]);
    } else {
      out.groups.push_back(group);
    }
  }
  OrderGroups(out.groups);
  std::sort(out.outliers.begin(), out.outliers.end());
  return out;
}

}  // namespace spoor::testing
