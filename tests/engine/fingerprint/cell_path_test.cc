#include "engine/fingerprint/cell_path.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace spoor {
namespace {

constexpr int kCellPathRounds = 500;

// A line in a world of 5 x 5 cells, one unit wide and high, called A ... Y from the south-west:
//
//   U V W X Y
//   P Q R S T
//   K L M N O
//   F G H I J
//   A B C D E
using Points = std::vector<std::pair<double, double>>;
constexpr Grid kWorld{.depth = 20};
constexpr Cell kA{300, 700};

SmoothLine Draw(const std::vector<Points>& stretches) {
  const double width = std::ldexp(1, 32 - kWorld.column_bits());
  const double height = std::ldexp(1, 32 - kWorld.row_bits());
  SmoothLine line;
  for (const Points& points : stretches) {
    for (const auto& [x, y] : points) {
      line.points.push_back({static_cast<uint32_t>((kA.column + x) * width),
                             static_cast<uint32_t>((kA.row + y) * height)});
      line.fixes.push_back(static_cast<uint32_t>(line.fixes.size()));
    }
    line.ends.push_back(static_cast<uint32_t>(line.points.size()));
  }
  return line;
}

std::string Letters(const CellPath& path) {
  std::string text;
  size_t i = 0;
  for (const uint32_t end : path.ends) {
    if (i > 0) text += '|';
    for (; i < end; ++i) {
      const Cell c = path.visits[i].cell;
      text += static_cast<char>('A' + 5 * (c.row - kA.row) + c.column - kA.column);
    }
  }
  return text;
}

CellPath Raw(const SmoothLine& line) {
  CellPath path;
  Densify(line, kWorld, path);
  return path;
}

CellPath CalmPath(const SmoothLine& line) {
  CellPath path = Raw(line);
  RemoveBackTracks(line, kWorld, path);
  return path;
}

std::string Calm(const Points& points) { return Letters(CalmPath(Draw({points}))); }

TEST(BackTracks, TremblingOnABorderGoes) {
  const Points points = {{.5, .5},  {.95, .5}, {1.05, .5}, {.95, .5},
                         {1.1, .5}, {1.5, .5}, {2.5, .5}};
  EXPECT_EQ(Letters(Raw(Draw({points}))), "ABABC");
  EXPECT_EQ(Calm(points), "ABC");
}

TEST(BackTracks, WhoOnlyTouchesTheNextCellWasNotThere) {
  EXPECT_EQ(Calm({{.5, .5}, {1.1, .5}, {.5, .5}}), "A");
  EXPECT_EQ(Calm({{.5, .5}, {1.1, .5}, {.5, .5}, {.5, 1.5}}), "AF");
}

TEST(BackTracks, WhoDrivesIntoTheNextCellWasThere) {
  EXPECT_EQ(Calm({{.5, .5}, {1.2, .5}, {.5, .5}}), "ABA");
  EXPECT_EQ(Calm({{.5, .5}, {4.5, .5}, {.5, .5}}), "ABCDEDCBA");
}

TEST(BackTracks, AWaitAtACornerCollapses) {
  // Drift around the corner of A, B, G and F.
  Points points = {{.5, .5}};
  for (int i = 0; i < 10; ++i) {
    points.insert(points.end(), {{1.05, .95}, {1.02, 1.1}, {.9, 1.05}, {.95, .93}});
  }
  points.push_back({.5, 1.5});
  EXPECT_EQ(Letters(Raw(Draw({points}))).size(), 42u);
  EXPECT_EQ(Calm(points), "AF");
}

TEST(BackTracks, AWalkAroundABlockStays) {
  EXPECT_EQ(Calm({{.5, .5}, {1.5, .5}, {1.5, 1.5}, {.5, 1.5}, {.5, .5}}).size(), 5u);
}

TEST(BackTracks, StretchesDoNotMix) {
  const Points touch = {{.5, .5}, {1.1, .5}};
  EXPECT_EQ(Letters(CalmPath(Draw({touch, touch, {{1.1, .5}, {.9, .5}, {1.1, .5}}}))), "AB|AB|B");
}

TEST(BackTracks, AKeptCellSpansItsVisits) {
  const CellPath path = CalmPath(Draw({{{.5, .5}, {1.05, .5}, {.95, .5}, {1.5, .5}}}));
  ASSERT_EQ(path.visits.size(), 2u);
  EXPECT_EQ(path.visits.front().from, 0u);
  EXPECT_EQ(path.visits.back().to, 3u);
  EXPECT_LE(path.visits.front().to, path.visits.back().from);
}

// A walk about the corner of four cells, with some longer steps.
SmoothLine RandomWalk(unsigned seed) {
  std::mt19937 random(seed);
  const auto jitter = [&] { return (static_cast<double>(random() % 1000) - 500) / 1000; };
  Points points;
  double x = 2, y = 2;
  for (int i = 0; i < 60; ++i) {
    const double size = random() % 5 == 0 ? 1.5 : 0.2;
    points.push_back(
        {std::clamp(x + size * jitter(), .01, 4.99), std::clamp(y + size * jitter(), .01, 4.99)});
    if (random() % 10 == 0) x = std::clamp(x + 2 * jitter(), .5, 4.5);
    if (random() % 10 == 0) y = std::clamp(y + 2 * jitter(), .5, 4.5);
  }
  return Draw({points});
}

TEST(BackTracks, BackwardsIsTheSameBackwards) {
  size_t removed = 0;
  for (unsigned seed = 0; seed < kCellPathRounds; ++seed) {
    SmoothLine line = RandomWalk(seed);
    std::string there = Letters(CalmPath(line));
    removed += Letters(Raw(line)).size() - there.size();
    std::reverse(there.begin(), there.end());
    std::reverse(line.points.begin(), line.points.end());
    EXPECT_EQ(Letters(CalmPath(line)), there) << "seed " << seed;
  }
  EXPECT_GT(removed, size_t{kCellPathRounds});  // else this shows nothing
}

TEST(BackTracks, WhatIsLeftAreNeighboursInOrder) {
  for (unsigned seed = 0; seed < kCellPathRounds; ++seed) {
    const CellPath path = CalmPath(RandomWalk(seed));
    for (size_t i = 1; i < path.visits.size(); ++i) {
      EXPECT_NE(path.visits[i - 1].cell, path.visits[i].cell) << "seed " << seed;
      EXPECT_LE(path.visits[i - 1].from, path.visits[i].from) << "seed " << seed;
    }
  }
}

// A line through the middles of cells of a grid, "column row" each.
SmoothLine LineThrough(const std::vector<std::pair<int, int>>& cells, const Grid& grid) {
  SmoothLine line;
  for (const auto& [column, row] : cells) {
    const Cell c{static_cast<uint32_t>(column), static_cast<uint32_t>(row)};
    line.points.push_back(ToWorld(FixFromDegrees(grid.MiddleLatDeg(c), grid.MiddleLonDeg(c))));
    line.fixes.push_back(static_cast<uint32_t>(line.fixes.size()));
  }
  line.ends = {static_cast<uint32_t>(line.points.size())};
  return line;
}

TEST(Densify, EmitsEveryCellOnTheWayAndTheFixesAroundIt) {
  const Grid grid{.depth = 20};
  CellPath path;
  Densify(LineThrough({{10, 500}, {10, 500}, {13, 500}, {13, 500}, {14, 500}}, grid), grid, path);
  const std::vector<Visit> wanted = {{{10, 500}, 0, 1},
                                     {{11, 500}, 1, 2},
                                     {{12, 500}, 1, 2},
                                     {{13, 500}, 2, 3},
                                     {{14, 500}, 4, 4}};
  EXPECT_EQ(path.visits, wanted);
  EXPECT_EQ(path.ends, std::vector<uint32_t>{5});
}

TEST(Densify, StepsAcrossTheAntimeridianGoTheShortWay) {
  const Grid grid{.depth = 20};  // columns 0 ... 1023
  CellPath path;
  Densify(LineThrough({{1022, 500}, {1, 500}}, grid), grid, path);
  ASSERT_EQ(path.visits.size(), 4u);
  EXPECT_EQ(path.visits[1].cell, (Cell{1023, 500}));
  EXPECT_EQ(path.visits[2].cell, (Cell{0, 500}));
}

TEST(Densify, AStepOfTooManyCellsIsAGap) {
  const Grid grid{.depth = 30};
  CellPath path;
  Densify(
      LineThrough({{0, 500}, {1, 500}, {2 + kMaxStepCells, 500}, {3 + kMaxStepCells, 500}}, grid),
      grid, path);
  EXPECT_EQ(path.ends, (std::vector<uint32_t>{2, 4}));
  EXPECT_EQ(path.visits.size(), 4u);
  EXPECT_EQ(path.visits[2], (Visit{{2 + kMaxStepCells, 500}, 2, 2}));
}

TEST(Densify, APathOfTooManyCellsBreaksAtItsLongerSteps) {
  const Grid grid{.depth = 30};
  std::vector<std::pair<int, int>> cells;
  for (int i = 0; i < 4000; ++i) cells.push_back({i % 2 == 0 ? 0 : kMaxStepCells - 1, 500});
  cells.push_back({0, 500});
  cells.push_back({1, 500});
  CellPath path;
  Densify(LineThrough(cells, grid), grid, path);
  EXPECT_LE(static_cast<int64_t>(path.visits.size()), kMaxPathCells);
  EXPECT_GT(path.ends.size(), 3000u);
  EXPECT_EQ(path.visits.size() - path.ends[path.ends.size() - 2], 2u);  // short steps still hold
}

}  // namespace
}  // namespace spoor
