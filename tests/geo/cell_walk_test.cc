#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "absl/strings/str_cat.h"
#include "geo/cell.h"

namespace spoor {

std::ostream& operator<<(std::ostream& out, const Cell& c) {
  return out << c.column << ":" << c.row;
}

namespace {

using Int = __int128;

Int FloorDiv(Int a, Int b) { return a / b - (a % b < 0 ? 1 : 0); }

std::vector<Cell> Walked(WorldPoint a, WorldPoint b, Grid grid) {
  std::vector<Cell> out = {grid.At(a)};
  EXPECT_TRUE(WalkCells(a, b, grid, 1 << 20, [&out](Cell c, double) { out.push_back(c); }));
  return out;
}

// The definition in rational numbers: the cells of the points of the step at all its crossings and
// halfway between them.
class StepTwin {
 public:
  StepTwin(WorldPoint a, WorldPoint b, Grid grid) : grid_(grid) {
    column_size_ = Int{1} << (32 - grid.column_bits());
    row_size_ = Int{1} << (32 - grid.row_bits());
    x_ = a.x + (grid.shifted ? column_size_ / 2 : 0);
    y_ = a.y + (grid.shifted ? row_size_ / 2 : 0);
    dx_ = static_cast<int32_t>(b.x - a.x);
    if (dx_ == INT32_MIN && a.x < b.x) dx_ = -dx_;
    dy_ = Int{b.y} - a.y;
    unit_ = 2 * std::max<Int>(Abs(dx_), 1) * std::max<Int>(Abs(dy_), 1);
  }

  std::vector<Cell> Cells() const {
    std::vector<Int> at = {0, unit_};  // in 1 / unit_ of the step
    AddCrossings(x_, dx_, column_size_, at);
    AddCrossings(y_, dy_, row_size_, at);
    std::sort(at.begin(), at.end());
    std::vector<Cell> out;
    const auto append = [&](Int t) {
      const Cell cell = At(t);
      if (out.empty() || !(out.back() == cell)) out.push_back(cell);
    };
    for (size_t i = 0; i < at.size(); ++i) {
      if (i > 0) append((at[i - 1] + at[i]) / 2);
      append(at[i]);
    }
    return out;
  }

 private:
  static Int Abs(Int v) { return v < 0 ? -v : v; }

  void AddCrossings(Int from, Int delta, Int size, std::vector<Int>& at) const {
    if (delta == 0) return;
    const Int low = std::min(from, from + delta), high = std::max(from, from + delta);
    for (Int border = FloorDiv(low, size) * size; border <= high; border += size) {
      if (border >= low) at.push_back(unit_ / delta * (border - from));
    }
  }

  Cell At(Int t) const {
    const Int columns = Int{1} << grid_.column_bits(), rows = Int{1} << grid_.row_bits();
    const Int column = FloorDiv(x_ * unit_ + dx_ * t, column_size_ * unit_);
    const Int row = FloorDiv(y_ * unit_ + dy_ * t, row_size_ * unit_);
    return {.column = static_cast<uint32_t>((column % columns + columns) % columns),
            .row = static_cast<uint32_t>(std::min(row, rows - 1))};
  }

  Grid grid_;
  Int column_size_, row_size_, x_, y_, dx_, dy_, unit_;
};

// Calls law(a, b, grid) with steps between random points, of which many lie on a lattice a quarter
// of a cell wide, so that steps start, end and turn on borders and corners.
template <typename Law>
void ForRandomSteps(Law law) {
  std::mt19937_64 rng(7);
  for (int i = 0; i < 20000; ++i) {
    const Grid grid{.depth = 2 + static_cast<int>(rng() % 9), .shifted = rng() % 2 == 1};
    const auto coordinate = [&](int bits) {
      const uint32_t any = static_cast<uint32_t>(rng());
      return i % 4 == 0 ? any : any & ~uint32_t{0} << (30 - bits);
    };
    const WorldPoint a{coordinate(grid.column_bits()), coordinate(grid.row_bits())};
    const WorldPoint b{coordinate(grid.column_bits()), coordinate(grid.row_bits())};
    SCOPED_TRACE(absl::StrCat("step ", i, " from ", a.x, ":", a.y, " to ", b.x, ":", b.y, " depth ",
                              grid.depth, grid.shifted ? " shifted" : ""));
    law(a, b, grid);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(WalkCells, VisitsTheCellsOfTheDefinition) {
  ForRandomSteps([](WorldPoint a, WorldPoint b, Grid grid) {
    EXPECT_EQ(Walked(a, b, grid), StepTwin(a, b, grid).Cells());
  });
}

TEST(WalkCells, GoesTheSameWayBack) {
  ForRandomSteps([](WorldPoint a, WorldPoint b, Grid grid) {
    std::vector<Cell> back = Walked(b, a, grid);
    std::reverse(back.begin(), back.end());
    EXPECT_EQ(Walked(a, b, grid), back);
  });
}

TEST(WalkCells, EndsInTheCellOfTheEnd) {
  ForRandomSteps([](WorldPoint a, WorldPoint b, Grid grid) {
    EXPECT_EQ(Walked(a, b, grid).back(), grid.At(b));
  });
}

TEST(WalkCells, SmallStepsInDeepGridsFollowTheDefinitionToo) {
  std::mt19937_64 rng(8);
  for (int i = 0; i < 5000; ++i) {
    const Grid grid{.depth = 30 + static_cast<int>(rng() % 31), .shifted = rng() % 2 == 1};
    const uint32_t reach = uint32_t{8} << (32 - grid.column_bits());
    const auto step = [&] { return static_cast<uint32_t>(rng() % (2 * uint64_t{reach})) - reach; };
    const WorldPoint a{static_cast<uint32_t>(rng()), static_cast<uint32_t>(rng() >> 33)};
    const WorldPoint b{a.x + step(), std::max(a.y, reach) + step()};
    ASSERT_EQ(Walked(a, b, grid), StepTwin(a, b, grid).Cells()) << "step " << i;
  }
}

TEST(WalkCells, FractionsRiseFromZeroToOne) {
  ForRandomSteps([](WorldPoint a, WorldPoint b, Grid grid) {
    double last = 0;
    WalkCells(a, b, grid, 1 << 20, [&last](Cell, double fraction) {
      EXPECT_GE(fraction, last);
      EXPECT_LE(fraction, 1);
      last = fraction;
    });
  });
}

TEST(WalkCells, FractionSaysWhereTheBorderIs) {
  const Grid grid{.depth = 4};
  const WorldPoint a = ToWorld(FixFromDegrees(10, 60)), b = ToWorld(FixFromDegrees(10, 100));
  WalkCells(a, b, grid, 9, [](Cell c, double fraction) {
    EXPECT_EQ(c, (Cell{3, 2}));
    EXPECT_NEAR(fraction, 0.75, 1e-8);
  });
}

TEST(WalkCells, StaysSilentInsideOneCell) {
  const Grid grid{.depth = 34};
  const WorldPoint a = ToWorld(FixFromDegrees(51.5, -0.1));
  EXPECT_TRUE(WalkCells(a, a, grid, 0, [](Cell, double) { FAIL(); }));
}

TEST(WalkCells, CrossesTheAntimeridianTheShortWay) {
  const Grid grid{.depth = 8};  // 22.5 degrees wide
  const WorldPoint east = ToWorld(FixFromDegrees(1, 179)), west = ToWorld(FixFromDegrees(1, -179));
  EXPECT_EQ(Walked(east, west, grid), (std::vector<Cell>{{15, 8}, {0, 8}}));
  EXPECT_EQ(Walked(west, east, grid), (std::vector<Cell>{{0, 8}, {15, 8}}));
}

TEST(WalkCells, HalfTheWorldDoesNotCrossTheAntimeridian) {
  const Grid grid{.depth = 4};
  const WorldPoint west = ToWorld(FixFromDegrees(1, -90)), east = ToWorld(FixFromDegrees(1, 90));
  EXPECT_EQ(Walked(west, east, grid), (std::vector<Cell>{{1, 2}, {2, 2}, {3, 2}}));
  EXPECT_EQ(Walked(east, west, grid), (std::vector<Cell>{{3, 2}, {2, 2}, {1, 2}}));
}

TEST(WalkCells, CornersGoDiagonallyOrTouchTheCellNorthEast) {
  const Grid grid{.depth = 4};
  const auto at = [](double lat_deg, double lon_deg) {
    return ToWorld(FixFromDegrees(lat_deg, lon_deg));
  };
  const WorldPoint sw = at(-22.5, -45), ne = at(22.5, 45), nw = at(22.5, -45), se = at(-22.5, 45);
  EXPECT_EQ(Walked(sw, ne, grid), (std::vector<Cell>{{1, 1}, {2, 2}}));
  EXPECT_EQ(Walked(ne, sw, grid), (std::vector<Cell>{{2, 2}, {1, 1}}));
  EXPECT_EQ(Walked(nw, se, grid), (std::vector<Cell>{{1, 2}, {2, 2}, {2, 1}}));
  EXPECT_EQ(Walked(se, nw, grid), (std::vector<Cell>{{2, 1}, {2, 2}, {1, 2}}));
}

TEST(WalkCells, StopsAtTheLimitAndSaysSo) {
  const Grid grid{.depth = 20};
  const WorldPoint a = ToWorld(FixFromDegrees(0.1, 0.1)), b = ToWorld(FixFromDegrees(0.1, 3.6));
  const int crossed = static_cast<int>(Walked(a, b, grid).size()) - 1;
  ASSERT_EQ(crossed, 10);
  for (const int limit : {0, 1, 9, 10, 11}) {
    int calls = 0;
    EXPECT_EQ(WalkCells(a, b, grid, limit, [&calls](Cell, double) { ++calls; }), limit >= crossed);
    EXPECT_EQ(calls, std::min(limit, crossed));
  }
}

}  // namespace
}  // namespace spoor
