#pragma once

#include <cstdint>
#include <vector>

#include "engine/fingerprint/smooth_line.h"
#include "geo/cell.h"

namespace spoor {

// A cell that a line goes through, and the points of the line, first and last, in it; where a step
// jumps over the cell, the points at both ends of that step.
struct Visit {
  Cell cell;
  uint32_t from = 0, to = 0;

  friend bool operator==(const Visit&, const Visit&) = default;
};

// The cells that a line goes through, in order, in stretches without gaps; neighbours differ.
struct CellPath {
  std::vector<Visit> visits;
  std::vector<uint32_t> ends;  // of each stretch the index past its last visit
};

// A step that crosses more cells than this is a gap.
inline constexpr int kMaxStepCells = 1 << 12;
// Lines that would cross more cells than this get a lower limit per step: this divided by their
// points, at least one.  Bounds time and memory whatever the fixes and the depth are.
inline constexpr int64_t kMaxPathCells = 1 << 22;

// All cells of the grid that the straight steps of the line touch.  Overwrites out.
void Densify(const SmoothLine& line, const Grid& grid, CellPath& out);

// Takes the trembling out of the path of a line: a closed loop of at most kMaxLoop steps (A B A, A
// B C B A, A B C D A) that goes nowhere may be skipped, where nowhere means that the line stays
// within its cell A or within 1/kTremble of the cell's size around it.  Of all ways along a stretch
// the one that keeps the fewest cells is taken, among equals the one with the least sum of hashes
// of its cells, so that the reversed line gives the reversed path.  Who drives into B before
// turning round has been there.
//
//   A B A B C    -> A B C     trembling on the border between A and B
//   A B D C A E  -> A E       waiting at the corner where A, B, C and D meet
inline constexpr uint32_t kMaxLoop = 4;
inline constexpr int64_t kTremble = 8;
void RemoveBackTracks(const SmoothLine& line, const Grid& grid, CellPath& path);

}  // namespace spoor
