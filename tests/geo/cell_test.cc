#include "geo/cell.h"

#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"

namespace spoor {
namespace {

// Bisects as geohash does, longitude first: the slow twin of ToWorld, At and ZOrder.
uint64_t ZOrderByBisection(const Fix& fix, int depth) {
  double west = -180, east = 180, south = -90, north = 90;
  uint64_t z = 0;
  for (int bit = 0; bit < depth; ++bit) {
    double &low = bit % 2 == 0 ? west : south, &high = bit % 2 == 0 ? east : north;
    const double middle = (low + high) / 2;
    const bool upper = (bit % 2 == 0 ? fix.lon_deg() : fix.lat_deg()) >= middle;
    z = z << 1 | (upper ? 1 : 0);
    (upper ? low : high) = middle;
  }
  return z;
}

Fix RandomFix(std::mt19937_64& rng) {
  return {.lat_e7 = std::uniform_int_distribution<int32_t>(-kMaxLatE7, kMaxLatE7)(rng),
          .lon_e7 = std::uniform_int_distribution<int32_t>(-kMaxLonE7, kMaxLonE7 - 1)(rng)};
}

TEST(Geohash, MatchesPublishedVectors) {
  EXPECT_EQ(Geohash(FixFromDegrees(57.64911, 10.40744), 11), "u4pruydqqvj");
  EXPECT_EQ(Geohash(FixFromDegrees(57.64911, 10.40744), 1), "u");
  EXPECT_EQ(Geohash(FixFromDegrees(42.6, -5.6), 5), "ezs42");
  EXPECT_EQ(Geohash(FixFromDegrees(37.8324, 112.5584), 9), "ww8p1r4t8");
  EXPECT_EQ(Geohash(FixFromDegrees(-25.382708, -49.265506), 12), "6gkzwgjzn820");
  EXPECT_EQ(Geohash(FixFromDegrees(-90, -180), 12), "000000000000");
}

TEST(Cell, ZOrderIsWhatBisectionGivesAtEveryDepth) {
  std::mt19937_64 rng(1);
  for (int depth = 2; depth <= kMaxDepth; ++depth) {
    for (int i = 0; i < 50; ++i) {
      const Fix fix = RandomFix(rng);
      const Cell cell = Grid{.depth = depth}.At(ToWorld(fix));
      ASSERT_EQ(ZOrder(cell, depth), ZOrderByBisection(fix, depth))
          << "depth " << depth << " at " << fix.lat_e7 << " " << fix.lon_e7;
    }
  }
}

TEST(Cell, BordersBelongToTheCellNorthEastOfThem) {
  const Grid grid{.depth = 4};  // 90 by 45 degrees
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(0, 0))), (Cell{2, 2}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(-1e-7, -1e-7))), (Cell{1, 1}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(45, 90))), (Cell{3, 3}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(-45, -90))), (Cell{1, 1}));
}

TEST(Cell, EastAndWestOfTheWorldAreOnePlace) {
  EXPECT_EQ(ToWorld(FixFromDegrees(10, 180)), ToWorld(FixFromDegrees(10, -180)));
  EXPECT_EQ(ToWorld(FixFromDegrees(10, 180)).x, 0u);
  EXPECT_EQ(ToWorld(FixFromDegrees(10, 179.9999999)).x, ~uint32_t{0} - 1);
}

TEST(Cell, PolesLieInTheOutermostRows) {
  EXPECT_EQ(ToWorld(FixFromDegrees(-90, 0)).y, 0u);
  EXPECT_EQ(ToWorld(FixFromDegrees(90, 0)).y, ~uint32_t{0});
  for (int depth = 2; depth <= kMaxDepth; ++depth) {
    for (const bool shifted : {false, true}) {
      const Grid grid{.depth = depth, .shifted = shifted};
      const uint32_t rows = uint32_t{1} << grid.row_bits();
      EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(-90, 0))).row, 0u);
      EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(90, 0))).row, rows - 1) << depth;
    }
  }
}

TEST(Cell, OddDepthsHaveTwiceAsManyColumnsAsRows) {
  const Grid grid{.depth = 5};
  EXPECT_EQ(grid.column_bits(), 3);
  EXPECT_EQ(grid.row_bits(), 2);
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(89, 179))), (Cell{7, 3}));
  EXPECT_EQ(ZOrder(Cell{7, 0}, 5), 0b10101u);
  EXPECT_EQ(ZOrder(Cell{0, 3}, 5), 0b01010u);
  EXPECT_EQ(ZOrder(Cell{3, 0}, 4), 0b1010u);
}

TEST(Cell, HasTheStatedSizeAtDepth36) {
  const Grid grid{.depth = 36};
  struct Row {
    double lat_deg, width_m;
  };
  for (const Row& row : {Row{0, 153}, Row{51.5, 95}}) {
    const Cell cell = grid.At(ToWorld(FixFromDegrees(row.lat_deg, 0)));
    const Cell east{cell.column + 1, cell.row}, north{cell.column, cell.row + 1};
    const auto middle = [&grid](Cell c) {
      return FixFromDegrees(grid.MiddleLatDeg(c), grid.MiddleLonDeg(c));
    };
    EXPECT_NEAR(HaversineM(middle(cell), middle(east)), row.width_m, 0.5);
    EXPECT_NEAR(HaversineM(middle(cell), middle(north)), 76.4, 0.1);
  }
}

TEST(Cell, MiddleLiesInItsCellAndIsExact) {
  std::mt19937_64 rng(2);
  for (int depth = 2; depth <= 44; ++depth) {  // deeper cells are smaller than the unit of a fix
    const Grid grid{.depth = depth};
    for (int i = 0; i < 20; ++i) {
      const Cell cell = grid.At(ToWorld(RandomFix(rng)));
      const Fix middle = FixFromDegrees(grid.MiddleLatDeg(cell), grid.MiddleLonDeg(cell));
      EXPECT_EQ(grid.At(ToWorld(middle)), cell) << depth;
    }
  }
  EXPECT_EQ(Grid{.depth = 2}.MiddleLonDeg({0, 0}), -90);
  EXPECT_EQ(Grid{.depth = 2}.MiddleLatDeg({0, 1}), 45);
  // 2^-30 of the world: all digits of the sum are kept.
  EXPECT_EQ(Grid{.depth = 60}.MiddleLonDeg({0, 0}) + 180, 180 * std::ldexp(1, -30));
}

TEST(Cell, ShiftedGridLiesHalfACellSouthWest) {
  const Grid grid{.depth = 4, .shifted = true};  // borders at -45, 45, 135 and at -67.5, -22.5 ...
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(0, 0))), (Cell{2, 2}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(22.5, 45))), (Cell{3, 3}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(22.4, 44.9))), (Cell{2, 2}));
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(0, 135))).column, 0u) << "columns wrap";
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(0, -180))).column, 0u);
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(80, 0))).row, 3u) << "rows are clamped";
  EXPECT_EQ(grid.At(ToWorld(FixFromDegrees(-80, 0))).row, 0u);
}

TEST(Cell, PrefixIsTheTopOfTheZOrderAndZeroPaddedWhereCellsAreCoarser) {
  const Fix fix = FixFromDegrees(57.64911, 10.40744);
  const auto prefix = [&fix](int depth) {
    return ZPrefix(Grid{.depth = depth}.At(ToWorld(fix)), depth);
  };
  EXPECT_EQ(prefix(32), prefix(60));
  EXPECT_EQ(prefix(32), prefix(33));
  EXPECT_EQ(prefix(20), prefix(32) & 0xfffff000);
  EXPECT_EQ(prefix(2), prefix(32) & 0xc0000000);
  EXPECT_EQ(prefix(32) >> 27, 26u);  // 'u' in base 32
}

}  // namespace
}  // namespace spoor
