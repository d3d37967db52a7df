#include "geo/region.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <limits>
#include <random>
#include <thread>

#include "absl/strings/match.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Fixes;

constexpr Relation kRelations[] = {Relation::kIntersects, Relation::kWithin, Relation::kStarts,
                                   Relation::kEnds};

// "lat:lon, ...", closed by its first position.
Ring RingOf(absl::string_view text) {
  Ring out;
  for (const Fix& fix : Fixes(text)) out.emplace_back(fix.lat_deg(), fix.lon_deg());
  out.push_back(out.front());
  return out;
}

std::shared_ptr<const Region> RegionOf(const std::vector<PolygonRings>& polygons) {
  auto region = Region::Make(polygons);
  EXPECT_TRUE(region.ok()) << region.status();
  return region.ok() ? *region : nullptr;
}

bool Crosses(const Region& region, absl::string_view line) {
  return region.Meets(Fixes(line), Relation::kIntersects);
}

bool Holds(const Region& region, absl::string_view line) {
  return region.Meets(Fixes(line), Relation::kWithin);
}

TEST(Region, RelationsOfALineToASquare) {
  const auto square = RegionOf({{RingOf("0:0, 0:10, 10:10, 10:0")}});
  const auto meets = [&](absl::string_view line, Relation r) {
    return square->Meets(Fixes(line), r);
  };
  EXPECT_TRUE(meets("-5:5, 15:5", Relation::kIntersects));
  EXPECT_FALSE(meets("-5:5, 15:5", Relation::kWithin));
  EXPECT_FALSE(meets("-5:5, 15:5", Relation::kStarts));
  EXPECT_TRUE(meets("5:5, 15:5", Relation::kStarts));
  EXPECT_FALSE(meets("5:5, 15:5", Relation::kEnds));
  EXPECT_TRUE(meets("15:5, 5:5", Relation::kEnds));
  EXPECT_TRUE(meets("1:1, 9:9, 0:0", Relation::kWithin));
  EXPECT_TRUE(meets("0:0, 0:10", Relation::kWithin)) << "borders belong to it";
  EXPECT_TRUE(meets("-1:0, -1:10, 0:10", Relation::kEnds)) << "corners too";
  EXPECT_FALSE(meets("-1:0, -1:10", Relation::kIntersects));
  EXPECT_EQ(square->bounds(), (Box{0, 0, 100'000'000, 100'000'000}));
}

TEST(Region, LinesWithoutLengthAreOnePlace) {
  const auto square = RegionOf({{RingOf("0:0, 0:10, 10:10, 10:0")}});
  for (const Relation r : kRelations) {
    EXPECT_TRUE(square->Meets(Fixes("5:5"), r));
    EXPECT_TRUE(square->Meets(Fixes("5:5, 5:5, 5:5"), r));
    EXPECT_TRUE(square->Meets(Fixes("0:5, 0:5"), r)) << "on the border";
    EXPECT_FALSE(square->Meets(Fixes("11:5"), r));
    EXPECT_FALSE(square->Meets(Fixes("11:5, 11:5"), r));
  }
}

TEST(Region, HolesAreNotPartOfIt) {
  const auto ring = RegionOf({{RingOf("0:0, 0:10, 10:10, 10:0"), RingOf("3:3, 3:7, 7:7, 7:3")}});
  EXPECT_FALSE(Crosses(*ring, "4:4, 6:6")) << "in the hole";
  EXPECT_TRUE(Crosses(*ring, "3:4, 6:6")) << "from its border";
  EXPECT_FALSE(Holds(*ring, "1:5, 9:5")) << "over the hole";
  EXPECT_TRUE(Holds(*ring, "1:1, 1:9, 9:9"));
}

TEST(Region, MayBeSeveralPolygons) {
  const auto two = RegionOf({{RingOf("0:0, 0:1, 1:1, 1:0")}, {RingOf("0:5, 0:6, 1:6, 1:5")}});
  EXPECT_TRUE(Crosses(*two, "0.5:5.5"));
  EXPECT_TRUE(Crosses(*two, "0.5:0.5"));
  EXPECT_FALSE(Crosses(*two, "0.5:2, 0.5:4"));
  EXPECT_FALSE(Holds(*two, "0.5:0.5, 0.5:5.5")) << "the gap between them";
  EXPECT_EQ(two->bounds(), (Box{0, 0, 10'000'000, 60'000'000}));
}

TEST(Region, ALineMayPassFromOnePolygonIntoTheNext) {
  const auto two = RegionOf({{RingOf("0:0, 0:1, 1:1, 1:0")}, {RingOf("0:1, 0:2, 1:2, 1:1")}});
  EXPECT_TRUE(Holds(*two, "0.5:0.5, 0.5:1.5"));
  const auto overlapping =
      RegionOf({{RingOf("0:0, 0:3, 3:3, 3:0")}, {RingOf("0:2, 0:5, 3:5, 3:2")}});
  EXPECT_TRUE(Holds(*overlapping, "1:1, 1:4"));
}

TEST(Region, MayCrossTheAntimeridian) {
  const auto fiji = RegionOf({{RingOf("-20:175, -20:-175, -10:-175, -10:175")}});
  EXPECT_EQ(fiji->bounds(), (Box{-200'000'000, 1'750'000'000, -100'000'000, -1'750'000'000}));
  EXPECT_TRUE(Holds(*fiji, "-15:176, -15:-176"));
  EXPECT_TRUE(Holds(*fiji, "-15:-176, -15:176"));
  EXPECT_TRUE(Holds(*fiji, "-15:180"));
  EXPECT_TRUE(Holds(*fiji, "-15:-180"));
  EXPECT_TRUE(Crosses(*fiji, "-15:170, -15:-170"));
  EXPECT_FALSE(Crosses(*fiji, "-15:170, -15:0, -15:-170")) << "the other way round";
  EXPECT_FALSE(Holds(*fiji, "-15:176, -15:-174"));
}

TEST(Region, CutAtTheAntimeridianIsWholeAgain) {
  const auto fiji = RegionOf({{RingOf("-20:175, -20:180, -10:180, -10:175")},
                              {RingOf("-20:-180, -20:-175, -10:-175, -10:-180")}});
  EXPECT_TRUE(Holds(*fiji, "-15:176, -15:-176"));
  EXPECT_TRUE(Holds(*fiji, "-15:-176, -15:176, -12:-179"));
  EXPECT_FALSE(Crosses(*fiji, "-15:174, -15:0"));
}

TEST(Region, HolesBeyondTheAntimeridianAreFound) {
  const auto ring = RegionOf(
      {{RingOf("0:170, 0:-170, 10:-170, 10:170"), RingOf("3:-178, 3:-174, 7:-174, 7:-178")}});
  EXPECT_FALSE(Crosses(*ring, "5:-177, 5:-175"));
  EXPECT_TRUE(Holds(*ring, "5:175, 5:-179"));
  EXPECT_FALSE(Holds(*ring, "5:175, 5:-176"));
  const auto west =
      RegionOf({{RingOf("0:-170, 10:-170, 10:170, 0:170"), RingOf("3:178, 3:174, 7:174, 7:178")}});
  EXPECT_FALSE(Crosses(*west, "5:177, 5:175"));
  EXPECT_TRUE(Crosses(*west, "5:179"));
}

TEST(Region, MayGoAllRoundTheEarth) {
  const auto belt =
      RegionOf({{RingOf("-10:-180, -10:-60, -10:60, -10:180, 10:180, 10:60, 10:-60, "
                        "10:-180")}});
  EXPECT_FALSE(Crosses(*belt, "20:0, 30:0"));
  EXPECT_TRUE(Holds(*belt, "0:0, 5:120, -5:-120, 0:0, 0:-120, 0:120"));
  EXPECT_FALSE(Holds(*belt, "0:0, 5:120, -15:-120"));
}

TEST(Region, FollowsALineThatGoesRoundTheEarthTwice) {
  const auto fiji = RegionOf({{RingOf("-20:175, -20:-175, -10:-175, -10:175")}});
  const auto greenwich = RegionOf({{RingOf("-20:-5, -20:5, -10:5, -10:-5")}});
  std::string line = "0:10";
  for (int lon = 20; lon < 800; lon += 10) {
    line += ", " + std::to_string(lon < 560 ? 0 : -15) + ":" +
            std::to_string(static_cast<int>(std::remainder(lon, 360)));
  }
  EXPECT_TRUE(Crosses(*greenwich, line));
  EXPECT_FALSE(Crosses(*fiji, line)) << "passed it at latitude 0, and not again";
  EXPECT_TRUE(Crosses(*fiji, line + ", -15:90, -15:170, -15:-170"));
}

// The same rectangle as a box and as a polygon: two implementations of one relation.
TEST(Region, OfARectangleAgreesWithItsBox) {
  std::mt19937_64 rng(6);
  const auto lat = [&rng] { return static_cast<double>(rng() % 9) * 10 - 40; };
  const auto lon = [&rng] {
    return std::remainder(140 + static_cast<double>(rng() % 9) * 10, 360);
  };
  for (int i = 0; i < 1500; ++i) {
    const double south = lat(), north = south + 10 + static_cast<double>(rng() % 3) * 10;
    const double west = lon(),
                 east = std::remainder(west + 10 + static_cast<double>(rng() % 8) * 10, 360);
    const Ring ring = {{south, west}, {south, east}, {north, east}, {north, west}, {south, west}};
    const auto region = RegionOf({{ring}});
    const Fix sw = FixFromDegrees(south, west), ne = FixFromDegrees(north, east);
    const Box box{sw.lat_e7, sw.lon_e7, ne.lat_e7, ne.lon_e7};
    for (int j = 0; j < 10; ++j) {
      std::vector<Fix> fixes;
      for (uint64_t n = 1 + rng() % 4; n > 0; --n) fixes.push_back(FixFromDegrees(lat(), lon()));
      for (const Relation r : kRelations) {
        ASSERT_EQ(region->Meets(fixes, r), Meets(fixes, box, r))
            << "case " << i << "." << j << " relation " << static_cast<int>(r);
      }
    }
  }
}

TEST(Region, RefusesWhatIsNoAreaAndSaysWhy) {
  struct Row {
    const char* what;
    Ring ring;
    absl::string_view message;
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Row& row : {
           Row{"open", {{0, 0}, {0, 1}, {1, 1}, {1, 0}}, "ring 0 is open"},
           Row{"short", {{0, 0}, {0, 1}, {0, 0}}, "ring 0 has 3 positions, needed: at least 4"},
           Row{"empty", {}, "ring 0 has 0 positions"},
           Row{"high", {{0, 0}, {0, 1}, {91, 1}, {0, 0}}, "ring 0 position 2 is out of range"},
           Row{"wide", {{0, 0}, {0, 181}, {1, 1}, {0, 0}}, "ring 0 position 1 is out of range"},
           Row{"nan", {{0, 0}, {0, nan}, {1, 1}, {0, 0}}, "ring 0 position 1 is out of range"},
           Row{"eight", RingOf("0:0, 0:10, 10:0, 10:10"), "Self-intersection at latitude 5"},
           Row{"flat", RingOf("0:0, 0:5, 0:10"), "is not valid"},
           Row{"round a pole", RingOf("80:0, 80:120, 80:-120"), "goes round a pole"},
       }) {
    SCOPED_TRACE(row.what);
    const auto region = Region::Make({{RingOf("0:0, 0:1, 1:1")}, {row.ring}});
    ASSERT_FALSE(region.ok());
    EXPECT_EQ(region.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_TRUE(absl::StrContains(region.status().message(), row.message)) << region.status();
    EXPECT_TRUE(absl::StartsWith(region.status().message(), "polygon 1")) << region.status();
  }
  EXPECT_FALSE(Region::Make({}).ok());
  EXPECT_FALSE(Region::Make({{}}).ok());
}

TEST(Region, RefusesAHoleOutsideItsRing) {
  EXPECT_FALSE(Region::Make({{RingOf("0:0, 0:1, 1:1, 1:0"), RingOf("5:5, 5:6, 6:6")}}).ok());
}

TEST(Region, MayBeAskedByManyThreads) {
  const auto region = RegionOf({{RingOf("0:0, 0:10, 10:10, 10:0"), RingOf("3:3, 3:7, 7:7, 7:3")}});
  const auto in = Fixes("1:1, 1:9, 9:9"), out = Fixes("4:4, 6:6");
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  threads.reserve(4);
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        right += region->Meets(in, Relation::kWithin) && !region->Meets(out, Relation::kIntersects);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(right, 800);
}

}  // namespace
}  // namespace spoor
