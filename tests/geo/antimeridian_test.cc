#include "geo/antimeridian.h"

#include <gtest/gtest.h>

#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Fixes;
using Parts = std::vector<std::vector<Fix>>;

TEST(Antimeridian, ALineThatDoesNotCrossIsOnePart) {
  const auto line = Fixes("0:170, 0:180, 1:170, 1:-10");
  EXPECT_FALSE(CrossesAntimeridian(line));
  EXPECT_EQ(CutAtAntimeridian(line), (Parts{line}));
}

TEST(Antimeridian, EachCrossingIsCutWithAPositionOnEitherSide) {
  const auto line = Fixes("0:178@0, 3:-179@3000, 3:-178@4000, 0:179@7000");
  ASSERT_TRUE(CrossesAntimeridian(line));
  EXPECT_EQ(CutAtAntimeridian(line),
            (Parts{Fixes("0:178@0, 2:180@2000"),
                   Fixes("2:-180@2000, 3:-179@3000, 3:-178@4000, 1:-180@6000"),
                   Fixes("1:180@6000, 0:179@7000")}));
}

TEST(Antimeridian, AFixOn180DegreesKeepsItsPlaceBesideTheCut) {
  const auto parts = CutAtAntimeridian(Fixes("0:179, 5:180, 5:-180, 0:-179"));
  EXPECT_EQ(parts, (Parts{Fixes("0:179, 5:180, 5:180"), Fixes("5:-180, 5:-180, 0:-179")}));
}

}  // namespace
}  // namespace spoor
