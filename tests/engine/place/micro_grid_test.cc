#include "engine/place/micro_grid.h"

#include <gtest/gtest.h>

#include <random>

#include "engine/place/density.h"
#include "engine/place/nearest_destination.h"
#include "geo/overlay.h"

namespace spoor {
namespace {

PlaneArea SquareAt(double west_m, double south_m, double side_m) {
  return {{.rings = {{{west_m, south_m, 0},
                      {west_m + side_m, south_m, 0},
                      {west_m + side_m, south_m + side_m, 0},
                      {west_m, south_m + side_m, 0}}}}};
}

std::vector<PlaneArea> DrawTriangles(uint64_t seed, size_t count) {
  std::mt19937_64 rng(seed);
  std::uniform_real_distribution<double> place(-60, 60);
  std::vector<PlaneArea> out;
  while (out.size() < count) {
    PlaneRing ring;
    for (int i = 0; i < 3; ++i) ring.push_back({place(rng), place(rng), 0});
    if (SignedM2(ring) > 10) out.push_back({{.rings = {ring}}});
  }
  return out;
}

TEST(MicroGrid, WhatLiesInCellsAddsUpToTheArea) {
  for (const PlaneArea& area : DrawTriangles(1, 20)) {
    const auto cells = CellsOf(area, 5, 1'000'000, {});
    ASSERT_TRUE(cells.ok());
    double sum = 0;
    const Overlay overlay;
    for (const auto& [cell, square_m2] : *cells) {
      sum += square_m2;
      const auto shared = overlay.SharedM2(area, SquareAt(cell.x * 5.0, cell.y * 5.0, 5));
      EXPECT_NEAR(square_m2, *shared, 1e-6);
    }
    EXPECT_NEAR(sum, AreaM2(area), 1e-6);
  }
}

TEST(MicroGrid, RefusesMoreCellsThanAreAllowedAndSaysWhatIs) {
  const auto cells = CellsOf(SquareAt(0, 0, 100'000), 1, 1000, {});
  ASSERT_FALSE(cells.ok());
  EXPECT_NE(cells.status().message().find("cell_m"), std::string::npos);
}

TEST(MicroGrid, OutlinesCoverTheirCellsAndNothingElse) {
  std::mt19937_64 rng(2);
  for (int round = 0; round < 30; ++round) {
    std::vector<MicroCell> cells;
    for (int32_t y = -6; y < 6; ++y) {
      for (int32_t x = -6; x < 6; ++x) {
        if (rng() % 3 != 0) cells.push_back({x, y});
      }
    }
    const PlaneArea outline = OutlineOf(cells, 2);
    EXPECT_NEAR(AreaM2(outline), 4.0 * static_cast<double>(cells.size()), 1e-9);
    for (const PlanePolygon& polygon : outline) {
      EXPECT_GT(SignedM2(polygon.rings[0]), 0);
      for (size_t h = 1; h < polygon.rings.size(); ++h) EXPECT_LT(SignedM2(polygon.rings[h]), 0);
    }
    size_t at = 0;
    for (int32_t y = -6; y < 6; ++y) {
      for (int32_t x = -6; x < 6; ++x) {
        const bool is_in = at < cells.size() && cells[at] == MicroCell{x, y};
        at += is_in ? 1 : 0;
        EXPECT_EQ(Contains(outline, MiddleOf({x, y}, 2)), is_in);
      }
    }
  }
}

TEST(MicroGrid, EachPlaceHasOneLabelWhicheverRuleGivesIt) {
  const auto areas = DrawTriangles(3, 12);
  std::mt19937_64 rng(4);
  std::uniform_real_distribution<double> place(-70, 70);
  for (const CellRule rule : {CellRule::kSimilar, CellRule::kNearest, CellRule::kCenter}) {
    const auto partition = Partition::Make(areas, 4, rule, {});
    ASSERT_TRUE(partition.ok());
    const auto cells = partition->CellsByLabel(areas.size());
    std::vector<PlaneArea> outlines;
    size_t count = 0;
    for (const auto& own : cells) {
      outlines.push_back(OutlineOf(own, 4));
      count += own.size();
    }
    EXPECT_EQ(count, partition->size());
    for (int i = 0; i < 2000; ++i) {
      const PlanePoint p{place(rng), place(rng), 0};
      const uint32_t label = partition->LabelAt(p);
      for (uint32_t l = 0; l < areas.size(); ++l) {
        EXPECT_EQ(Contains(outlines[l], p), l == label);
      }
      const bool in_any = std::ranges::any_of(areas, [&](const auto& a) { return Contains(a, p); });
      if (in_any && rule != CellRule::kCenter) {
        EXPECT_NE(label, Partition::kNone);
      }
      const PlanePoint middle = MiddleOf(CellAt(p, 4), 4);
      if (rule == CellRule::kCenter && label != Partition::kNone) {
        EXPECT_TRUE(Contains(areas[label], middle));
      }
    }
  }
}

TEST(MicroGrid, ACellGoesToWhatIsMostLikeIt) {
  // Both meet the cell [0, 10): the small one has less of it and is more like it.
  const std::vector<PlaneArea> areas = {SquareAt(4, 0, 100), SquareAt(-4, 0, 8)};
  const auto partition = Partition::Make(areas, 10, CellRule::kSimilar, {});
  ASSERT_TRUE(partition.ok());
  EXPECT_EQ(partition->LabelAt({9, 1, 0}), 1u);
  EXPECT_EQ(partition->LabelAt({10, 1, 0}), 0u);  // half-open
  EXPECT_EQ(partition->LabelAt({-11, 1, 0}), Partition::kNone);
}

TEST(MicroGrid, DensestCellsHoldTheMassAndNoFewerDo) {
  DwellDensity density(5, 6);
  density.Add({2.5, 2.5, 0}, 100);
  density.Add({52.5, 2.5, 0}, 1);
  const auto all = density.Densest(1);
  double sum = 0;
  for (const auto& [cell, d] : all) sum += d;
  EXPECT_NEAR(sum, 101, 1.5);  // three deviations hold all but .3 % to each side
  const auto dense = density.Densest(.9);
  double held = 0, least = sum;
  for (const auto& [cell, d] : dense) {
    held += d;
    least = std::min(least, d);
    EXPECT_LT(cell.x, 6);
  }
  EXPECT_GE(held, .9 * sum);
  EXPECT_LT(held - least, .9 * sum);
}

TEST(NearestDestinations, AreThoseOfTheDefinition) {
  std::mt19937_64 rng(5);
  std::uniform_int_distribution<int> place(0, 30);  // with ties
  std::vector<PlanePoint> centroids;
  for (int i = 0; i < 200; ++i) centroids.push_back({1.0 * place(rng), 1.0 * place(rng), 0});
  const NearestDestination nearest(centroids);
  for (int i = 0; i < 500; ++i) {
    const PlanePoint p{place(rng) + .5, 1.0 * place(rng), 0};
    uint32_t best = 0;
    for (uint32_t c = 1; c < centroids.size(); ++c) {
      if (SquareM2(p, centroids[c]) < SquareM2(p, centroids[best])) best = c;
    }
    EXPECT_EQ(nearest.Of(p), best);
  }
}

}  // namespace
}  // namespace spoor
