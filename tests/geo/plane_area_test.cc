#include "geo/plane_area.h"

#include <gtest/gtest.h>

#include <random>

#include "geo/overlay.h"

namespace spoor {
namespace {

PlaneRing DrawHull(std::mt19937_64& rng) {
  std::uniform_real_distribution<double> place(-50, 50);
  PlaneRing places;
  for (int i = 0; i < 12; ++i) places.push_back({place(rng), place(rng), 0});
  return ConvexHull(places);
}

TEST(PlaneArea, WhatConvexRingsShareIsWhatTheOverlaySays) {
  std::mt19937_64 rng(1);
  const Overlay overlay;
  for (int i = 0; i < 200; ++i) {
    const PlaneRing a = DrawHull(rng), b = DrawHull(rng);
    const PlaneArea of_a = {{.rings = {a}}}, of_b = {{.rings = {b}}};
    EXPECT_NEAR(SharedOfConvexM2(a, b), *overlay.SharedM2(of_a, of_b), 1e-6);
    const PlaneArea* const both[] = {&of_a, &of_b};
    EXPECT_NEAR(AreaM2(*overlay.Union(both)), SignedM2(a) + SignedM2(b) - SharedOfConvexM2(a, b),
                1e-6);
  }
}

TEST(PlaneArea, StripsCutAreasIntoParts) {
  std::mt19937_64 rng(2);
  // Not convex.
  const PlaneRing ring = {{0, 0, 0}, {10, 0, 0}, {10, 10, 0}, {8, 2, 0}, {5, 9, 0}, {2, 2, 0}};
  double sum = 0;
  for (int i = 0; i < 10; ++i) sum += SignedM2(Strip(ring, i, i + 1, /*along_y=*/true));
  EXPECT_NEAR(sum, SignedM2(ring), 1e-9);
}

TEST(PlaneArea, AHoleIsNoPartOfIt) {
  const PlaneArea area = {{.rings = {{{0, 0, 0}, {4, 0, 0}, {4, 4, 0}, {0, 4, 0}},
                                     {{1, 1, 0}, {1, 3, 0}, {2, 3, 0}, {2, 1, 0}}}}};
  EXPECT_EQ(AreaM2(area), 14);
  EXPECT_FALSE(Contains(area, {1.5, 2, 0}));
  EXPECT_TRUE(Contains(area, {3, 2, 0}));
  EXPECT_NEAR(CentroidOf(area).x_m, (16 * 2 - 2 * 1.5) / 14, 1e-12);
}

}  // namespace
}  // namespace spoor
