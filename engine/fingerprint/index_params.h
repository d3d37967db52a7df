#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/trajectory.h"

namespace spoor {

// How a trajectory becomes a set of 64-bit index terms.
//   kV2     ours: smoothing, densified cells in shifted grids, canonical grams with a strand bit
//   kPaper  Chapuis & Garbinato, ICDCS 2018: one cell a fix, 16-bit prefix, 16-bit hash
//   kCells  the baseline of that paper: the cells themselves
enum class Scheme : uint8_t { kV2 = 0, kPaper = 1, kCells = 2 };

// Of scheme kPaper: the 16-bit geohash of the mean of the gram's cell centres (the authors'
// program), or of the deepest cell that covers them all (their text).
enum class Prefix : uint8_t { kCentroid = 0, kCover = 1 };

// The parameters of one index generation.  Two collections with equal parameters give a trajectory
// the same fingerprint, on every machine.
struct IndexParams {
  Scheme scheme = Scheme::kV2;
  int depth = 35;            // geohash depth of the cells, 2 ... 60
  int k = 2;                 // cells in a gram, 1 ... 16
  int t = 2;                 // a shared run of t cells shares a geodab, k ... 64
  int grids = 2;             // 1, or 2 with the second shifted by half a cell (kV2)
  double smoothing_s = 31;   // window of the moving mean, 0 ... 3600; 0 is off (kV2, with times)
  double smoothing_m = 100;  // the same along the way for trajectories without times, 0 ... 100 000
  double max_gap_s = 600;    // no gram spans a longer silence, > 0 (kV2, with times)
  double max_gap_m = 20000;  // nor a longer jump, 1 ... 1 000 000 (kV2)
  double max_speed_mps = 350;  // a fix that needs more both ways is passed over; 0 is off (kV2)
  Prefix prefix = Prefix::kCentroid;  // kPaper only

  friend bool operator==(const IndexParams&, const IndexParams&) = default;
};

// The published parameters: depth 36, k 6, t 12, one grid, nothing cleaned.
IndexParams PaperParams();
// The cells of depth 36, each a term.
IndexParams CellParams();

// Returns InvalidArgument that names the field (as in the HTTP contract), the value and what is
// allowed.
absl::Status Validate(const IndexParams& params);

// "v2", "paper", "cells" and back; no value when there is none of that name.
absl::string_view SchemeName(Scheme scheme);
bool SchemeFromName(absl::string_view name, Scheme* scheme);

// The parameters that suit trajectories like these: cells at least twice as wide as the typical
// step between fixes, but no smaller than depth 35 (a fix a second: 100 to 150 m; a fix a minute in
// a city: about 800 m); smoothing where its window holds at least three fixes; gaps no
// shorter than ten steps.  Of fewer than three trips nothing is concluded: IndexParams().
IndexParams AutoParams(absl::Span<const Trajectory> first);

}  // namespace spoor
