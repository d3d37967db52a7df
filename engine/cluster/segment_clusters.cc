#include "engine/cluster/segment_clusters.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/cluster/disjoint_sets.h"

namespace spoor {
namespace {

// A cell of the grid over middles: so large that what is within eps lies in it or beside it.
struct GridCell {
  int64_t row, column;
  friend auto operator<=>(const GridCell&, const GridCell&) = default;
};

// Two steps of one clump begin and end within eps of each other, and so are within eps.
using ClumpKey = std::array<int64_t, 4>;

// Numbers 0 ... n - 1 in the order of their keys, of equal ones the lesser first.
std::vector<uint32_t> OrderOfKeys(const std::vector<uint64_t>& keys, uint64_t most) {
  std::vector<uint32_t> order(keys.size()), next(keys.size());
  std::iota(order.begin(), order.end(), 0U);
  constexpr uint32_t kBits = 11, kDigits = 1U << kBits;
  for (uint32_t shift = 0; shift < 64 && (most >> shift) > 0; shift += kBits) {
    std::array<uint32_t, kDigits + 1> begin{};
    for (const uint64_t key : keys) ++begin[((key >> shift) & (kDigits - 1)) + 1];
    for (uint32_t d = 0; d < kDigits; ++d) begin[d + 1] += begin[d];
    for (const uint32_t i : order) next[begin[(keys[i] >> shift) & (kDigits - 1)]++] = i;
    order.swap(next);
  }
  return order;
}

class StepGrid {
 public:
  StepGrid(absl::Span<const MovedStep> steps, const SegmentTerms& terms)
      : side_(std::max(terms.eps_m, std::numeric_limits<double>::min()) * (1 + 1e-9)) {
    order_ = OrderByCell(steps);
    SortCrowdedCells(steps, terms.min_samples);
    steps_.reserve(steps.size());
    GridCell cell{};
    ClumpKey clump{};
    for (uint32_t i = 0; i < order_.size(); ++i) {
      const MovedStep& step = steps[order_[i]];
      const GridCell cell_here = CellOf(step);
      const ClumpKey clump_here = ClumpOf(step);
      const bool new_cell = i == 0 || cell != cell_here;
      if (new_cell) cells_.push_back({cell_here, i});
      if (new_cell || clump != clump_here) clumps_.push_back(i);
      cell = cell_here, clump = clump_here;
      steps_.push_back(step);
    }
    cells_.push_back({{std::numeric_limits<int64_t>::max(), 0}, size()});
    clumps_.push_back(size());
    FindAround();
  }

  // Steps are numbered by where they lie; given(i) is the number that was given.
  uint32_t size() const { return static_cast<uint32_t>(order_.size()); }
  const MovedStep& step(uint32_t i) const { return steps_[i]; }
  uint32_t given(uint32_t i) const { return order_[i]; }
  const std::vector<uint32_t>& clumps() const { return clumps_; }
  size_t cells() const { return cells_.size() - 1; }
  uint32_t cell_begin(size_t c) const { return cells_[c].begin; }

  // Ranges of steps that hold all within eps of those in the cell: its own row first.  Of each row
  // the cells from column - 1 to column + 1 lie together.
  struct Range {
    uint32_t begin, end;
  };
  using Ranges = std::array<Range, 3>;
  const Ranges& Around(size_t c) const { return around_[c]; }

 private:
  struct Cell {
    GridCell at;
    uint32_t begin;
  };

  static int64_t Floor(double v) {
    constexpr double kFarthest = 4e18;
    return static_cast<int64_t>(std::floor(std::clamp(v, -kFarthest, kFarthest)));
  }
  GridCell CellOf(const MovedStep& s) const {
    return {Floor(s.mid_y_m() / side_), Floor(s.mid_x_m() / side_)};
  }
  ClumpKey ClumpOf(const MovedStep& s) const {
    // The diagonal of a square of this side is a little less than eps.
    const double fine = side_ * 0.70710678;
    return {Floor(s.from_x_m / fine), Floor(s.from_y_m / fine), Floor(s.to_x_m / fine),
            Floor(s.to_y_m / fine)};
  }

  std::vector<uint32_t> OrderByCell(absl::Span<const MovedStep> steps) const {
    std::vector<GridCell> cells;
    cells.reserve(steps.size());
    for (const MovedStep& s : steps) cells.push_back(CellOf(s));
    GridCell low{std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::max()};
    GridCell high{std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::min()};
    for (const GridCell& c : cells) {
      low = {std::min(low.row, c.row), std::min(low.column, c.column)};
      high = {std::max(high.row, c.row), std::max(high.column, c.column)};
    }
    constexpr double kMostCells = 9e18;
    const double rows = static_cast<double>(high.row) - static_cast<double>(low.row) + 1;
    const double columns = static_cast<double>(high.column) - static_cast<double>(low.column) + 1;
    if (rows * columns > kMostCells) {
      std::vector<uint32_t> order(steps.size());
      std::iota(order.begin(), order.end(), 0U);
      std::stable_sort(order.begin(), order.end(),
                       [&](uint32_t a, uint32_t b) { return cells[a] < cells[b]; });
      return order;
    }
    std::vector<uint64_t> keys;
    keys.reserve(steps.size());
    uint64_t most = 0;
    const auto width = static_cast<uint64_t>(high.column - low.column + 1);
    for (const GridCell& c : cells) {
      keys.push_back(static_cast<uint64_t>(c.row - low.row) * width +
                     static_cast<uint64_t>(c.column - low.column));
      most = std::max(most, keys.back());
    }
    return OrderOfKeys(keys, most);
  }

  // Brings clumps together where there may be one that is all cores.
  void SortCrowdedCells(absl::Span<const MovedStep> steps, uint32_t min_samples) {
    constexpr uint32_t kCrowd = 32;
    std::vector<std::pair<ClumpKey, uint32_t>> keyed;
    for (uint32_t begin = 0; begin < order_.size();) {
      const GridCell cell = CellOf(steps[order_[begin]]);
      uint32_t end = begin + 1;
      while (end < order_.size() && CellOf(steps[order_[end]]) == cell) ++end;
      if (end - begin >= std::max(min_samples, kCrowd)) {
        keyed.clear();
        for (uint32_t i = begin; i < end; ++i) {
          keyed.emplace_back(ClumpOf(steps[order_[i]]), order_[i]);
        }
        std::sort(keyed.begin(), keyed.end());
        for (uint32_t i = begin; i < end; ++i) order_[i] = keyed[i - begin].second;
      }
      begin = end;
    }
  }

  void FindAround() {
    around_.resize(cells());
    for (size_t k = 0; k < 3; ++k) {
      const int64_t by = k == 0 ? 0 : k == 1 ? -1 : 1;
      size_t from = 0, to = 0;
      for (size_t c = 0; c < cells(); ++c) {
        const GridCell& at = cells_[c].at;
        while (cells_[from].at < GridCell{at.row + by, at.column - 1}) ++from;
        while (cells_[to].at < GridCell{at.row + by, at.column + 2}) ++to;
        around_[c][k] = {cells_[from].begin, cells_[to].begin};
      }
    }
  }

  const double side_;
  std::vector<MovedStep> steps_;
  std::vector<uint32_t> order_;
  std::vector<Cell> cells_;
  std::vector<uint32_t> clumps_;  // where each begins, and the end
  std::vector<Ranges> around_;
};

// One pass over a grid.
class StepClustering {
 public:
  StepClustering(const StepGrid& grid, const SegmentTerms& terms)
      : grid_(grid),
        terms_(terms),
        within_(terms.eps_m),
        core_(grid.size()),
        whole_(grid.size()),
        clump_end_(grid.size()),
        sets_(grid.size()) {}

  SegmentClusters Run() {
    JoinClumps();
    for (size_t c = 0; c < grid_.cells(); ++c) FindCores(c);
    for (size_t c = 0; c < grid_.cells(); ++c) Connect(c);
    return terms_.rule == SegmentRule::kExact ? WithBorders() : WithoutComponentsThatHaveNoCore();
  }

 private:
  bool Connects(uint32_t i) const { return terms_.rule == SegmentRule::kComponent || core_[i]; }

  // All of a clump are within eps of each other: where they are enough, all are cores.
  void JoinClumps() {
    const auto& clumps = grid_.clumps();
    for (size_t k = 0; k + 1 < clumps.size(); ++k) {
      const uint32_t begin = clumps[k], end = clumps[k + 1];
      const bool cores = end - begin >= terms_.min_samples;
      for (uint32_t i = begin; i < end; ++i) {
        clump_end_[i] = end;
        core_[i] = cores;
        whole_[i] = cores || terms_.rule == SegmentRule::kComponent;
        if (whole_[i]) sets_.Join(begin, i);
      }
    }
  }

  void FindCores(size_t c) {
    const StepGrid::Ranges& around = grid_.Around(c);
    for (uint32_t i = grid_.cell_begin(c); i < grid_.cell_begin(c + 1); ++i) {
      if (!core_[i]) core_[i] = HasEnough(i, around);
    }
  }
  bool HasEnough(uint32_t i, const StepGrid::Ranges& around) const {
    const MovedStep& step = grid_.step(i);
    uint32_t found = 0;
    for (const StepGrid::Range& r : around) {
      for (uint32_t j = r.begin; j < r.end; ++j) {
        if (within_(step, grid_.step(j)) && ++found >= terms_.min_samples) return true;
      }
    }
    return false;
  }

  // Every pair once, by its later step; of one that is of the same set already nothing is asked.
  void Connect(size_t c) {
    const StepGrid::Ranges& around = grid_.Around(c);
    for (uint32_t i = grid_.cell_begin(c); i < grid_.cell_begin(c + 1); ++i) {
      if (!Connects(i)) continue;
      for (const StepGrid::Range& r : around) ConnectTo(i, {r.begin, std::min(r.end, i)});
    }
  }
  void ConnectTo(uint32_t i, StepGrid::Range range) {
    for (uint32_t j = range.begin; j < range.end;) {
      const bool joined = Connects(j) && sets_.Find(j) == sets_.Find(i);
      if (joined && whole_[j]) {  // and so is the rest of its clump
        j = clump_end_[j];
        continue;
      }
      if (!joined && Connects(j) && within_(grid_.step(i), grid_.step(j))) sets_.Join(i, j);
      ++j;
    }
  }

  SegmentClusters Numbered(const std::vector<int64_t>& set_of) const {
    SegmentClusters out{std::vector<int32_t>(grid_.size(), kOutlier),
                        std::vector<bool>(grid_.size()), 0};
    std::vector<int64_t> by_given(grid_.size());
    for (uint32_t i = 0; i < grid_.size(); ++i) {
      by_given[grid_.given(i)] = set_of[i];
      out.core[grid_.given(i)] = core_[i] != 0;
    }
    std::vector<int32_t> number(grid_.size(), kOutlier);
    for (uint32_t g = 0; g < grid_.size(); ++g) {
      if (by_given[g] < 0) continue;
      int32_t& n = number[static_cast<size_t>(by_given[g])];
      if (n == kOutlier) n = static_cast<int32_t>(out.clusters++);
      out.labels[g] = n;
    }
    return out;
  }

  SegmentClusters WithBorders() {
    std::vector<int64_t> set_of(grid_.size(), -1);
    for (size_t c = 0; c < grid_.cells(); ++c) {
      const StepGrid::Ranges& around = grid_.Around(c);
      for (uint32_t i = grid_.cell_begin(c); i < grid_.cell_begin(c + 1); ++i) {
        set_of[i] = core_[i] ? sets_.Find(i) : NearestCore(i, around);
      }
    }
    return Numbered(set_of);
  }
  int64_t NearestCore(uint32_t i, const StepGrid::Ranges& around) {
    double nearest = terms_.eps_m;
    int64_t core = -1;
    for (const StepGrid::Range& r : around) {
      for (uint32_t j = r.begin; j < r.end; ++j) {
        if (!core_[j] || !within_(grid_.step(i), grid_.step(j))) continue;
        const double d = std::min(StepDistanceM(grid_.step(i), grid_.step(j)), terms_.eps_m);
        const bool first = core < 0 || grid_.given(j) < grid_.given(static_cast<uint32_t>(core));
        if (core >= 0 && (d > nearest || (d == nearest && !first))) continue;
        nearest = d;
        core = j;
      }
    }
    return core < 0 ? -1 : int64_t{sets_.Find(static_cast<uint32_t>(core))};
  }

  SegmentClusters WithoutComponentsThatHaveNoCore() {
    std::vector<bool> has_core(grid_.size());
    for (uint32_t i = 0; i < grid_.size(); ++i) {
      if (core_[i]) has_core[sets_.Find(i)] = true;
    }
    std::vector<int64_t> set_of(grid_.size(), -1);
    for (uint32_t i = 0; i < grid_.size(); ++i) {
      if (has_core[sets_.Find(i)]) set_of[i] = sets_.Find(i);
    }
    return Numbered(set_of);
  }

  const StepGrid& grid_;
  const SegmentTerms& terms_;
  const StepsWithin within_;
  std::vector<uint8_t> core_;
  std::vector<uint8_t> whole_;  // its clump is of one set
  std::vector<uint32_t> clump_end_;
  DisjointSets sets_;
};

}  // namespace

SegmentClusters ClusterSteps(absl::Span<const MovedStep> steps, const SegmentTerms& terms) {
  const StepGrid grid(steps, terms);
  return StepClustering(grid, terms).Run();
}

}  // namespace spoor
