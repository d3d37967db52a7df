#include "engine/fingerprint/cell_path.h"

#include <algorithm>
#include <cstdlib>

#include "absl/types/span.h"
#include "engine/fingerprint/hash.h"

namespace spoor {
namespace {

// Densify under a limit per step; false once more than kMaxPathCells were walked.
bool TryDensify(const SmoothLine& line, const Grid& grid, int max_step_cells, CellPath& out) {
  std::vector<Visit>& visits = out.visits;
  visits.clear();
  out.ends.clear();
  int64_t walked = 0;
  uint32_t i = 0;
  for (const uint32_t end : line.ends) {
    visits.push_back({.cell = grid.At(line.points[i]), .from = i});
    for (++i; i < end; ++i) {
      const Cell cell = grid.At(line.points[i]);
      if (cell == visits.back().cell) continue;
      visits.back().to = i - 1;
      const size_t left = visits.size();
      const bool whole =
          WalkCells(line.points[i - 1], line.points[i], grid, max_step_cells,
                    [&](Cell entered, double) { visits.push_back({entered, i - 1, i}); });
      walked += static_cast<int64_t>(visits.size() - left);
      if (!whole) {
        visits.resize(left);
        out.ends.push_back(static_cast<uint32_t>(left));
        visits.push_back({.cell = cell});
      }
      visits.back().from = i;
      if (walked > kMaxPathCells) return false;
    }
    visits.back().to = end - 1;
    out.ends.push_back(static_cast<uint32_t>(visits.size()));
  }
  return true;
}

// A cell and a margin around it, in world units.
class Surroundings {
 public:
  Surroundings(const Grid& grid, Cell cell)
      : width_(int64_t{1} << (32 - grid.column_bits())),
        height_(int64_t{1} << (32 - grid.row_bits())),
        west_(cell.column * width_ - (grid.shifted ? width_ / 2 : 0)),
        south_(cell.row * height_ - (grid.shifted ? height_ / 2 : 0)) {}

  bool Contain(WorldPoint p) const {
    // Eastwards from the middle of the cell, the short way round.
    const auto x = static_cast<int32_t>(static_cast<uint32_t>(p.x - west_ - width_ / 2));
    const int64_t y = p.y - south_ - height_ / 2;
    return std::abs(int64_t{x}) <= width_ / 2 + width_ / kTremble &&
           std::abs(y) <= height_ / 2 + height_ / kTremble;
  }

 private:
  const int64_t width_, height_, west_, south_;
};

// Whether the line stays around the cell of `there` until it is `back` in it.
bool GoesNowhere(const SmoothLine& line, const Grid& grid, const Visit& there, const Visit& back) {
  const Surroundings around(grid, there.cell);
  for (uint32_t i = there.to; i <= back.from; ++i) {
    if (!around.Contain(line.points[i])) return false;
  }
  return true;
}

// One cell kept costs this plus a hash below it, so that fewer cells always win.
constexpr uint64_t kCellCost = uint64_t{1} << 32;

uint64_t CostOf(Cell c) { return kCellCost + (Mix64(uint64_t{c.column} << 32 | c.row) >> 32); }

// The cheapest ways from the first visit of a stretch to each other one.
struct Way {
  uint64_t cost = 0;
  uint32_t before =
      0;  // the visit that comes before on the way, or an earlier one of the same cell
};

// Finds the cheapest ways along a stretch.
void FindWays(const SmoothLine& line, const Grid& grid, absl::Span<const Visit> stretch,
              std::vector<Way>& ways) {
  ways.assign(stretch.size(), {});
  for (uint32_t j = 1; j < stretch.size(); ++j) {
    ways[j] = {.cost = ways[j - 1].cost + CostOf(stretch[j].cell), .before = j - 1};
    for (uint32_t steps = 2; steps <= std::min(j, kMaxLoop); ++steps) {
      const uint32_t i = j - steps;
      if (stretch[i].cell == stretch[j].cell && ways[i].cost < ways[j].cost &&
          GoesNowhere(line, grid, stretch[i], stretch[j])) {
        ways[j] = {.cost = ways[i].cost, .before = i};
      }
    }
  }
}

// Moves what the cheapest way keeps to the end of the stretch; returns how much that is.
size_t KeepWay(absl::Span<Visit> stretch, const std::vector<Way>& ways) {
  size_t write = stretch.size();
  for (auto j = static_cast<uint32_t>(stretch.size() - 1);;) {
    Visit merged = stretch[j];
    while (j > 0 && stretch[ways[j].before].cell == merged.cell) {
      j = ways[j].before;
      merged.from = stretch[j].from;
    }
    stretch[--write] = merged;
    if (j == 0) return stretch.size() - write;
    j = ways[j].before;
  }
}

}  // namespace

void Densify(const SmoothLine& line, const Grid& grid, CellPath& out) {
  if (TryDensify(line, grid, kMaxStepCells, out)) return;
  const int64_t share = kMaxPathCells / static_cast<int64_t>(line.points.size());
  TryDensify(line, grid, static_cast<int>(std::max<int64_t>(share, 1)), out);
}

void RemoveBackTracks(const SmoothLine& line, const Grid& grid, CellPath& path) {
  thread_local std::vector<Way> ways;
  uint32_t begin = 0, kept = 0;
  for (uint32_t& end : path.ends) {
    const auto stretch = absl::MakeSpan(path.visits).subspan(begin, end - begin);
    FindWays(line, grid, stretch, ways);
    const auto rest = stretch.last(KeepWay(stretch, ways));
    std::copy(rest.begin(), rest.end(), path.visits.begin() + kept);
    kept += static_cast<uint32_t>(rest.size());
    begin = end;
    end = kept;
  }
  path.visits.resize(kept);
}

}  // namespace spoor
