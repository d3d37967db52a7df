#include "geo/box.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "geo/local_plane.h"
#include "geo/summary.h"
#include "tests/geo/worlds.h"

namespace spoor {

std::ostream& operator<<(std::ostream& out, const Box& b) {
  return out << b.south_e7 << ".." << b.north_e7 << " N, " << b.west_e7 << ".." << b.east_e7
             << " E";
}

namespace {

using testing::Fixes;

// In degrees: (south, west, north, east).
Box BoxOf(double south, double west, double north, double east) {
  const Fix sw = FixFromDegrees(south, west), ne = FixFromDegrees(north, east);
  return {.south_e7 = sw.lat_e7, .west_e7 = sw.lon_e7, .north_e7 = ne.lat_e7, .east_e7 = ne.lon_e7};
}

TEST(Box, ContainsItsBorders) {
  const Box box = BoxOf(10, 20, 30, 40);
  for (const Fix& fix : Fixes("10:20, 30:40, 10:40, 20:30")) EXPECT_TRUE(box.Contains(fix));
  for (const Fix& fix : Fixes("9.9999999:30, 30.0000001:30, 20:19.9999999, 20:40.0000001")) {
    EXPECT_FALSE(box.Contains(fix)) << fix.lat_e7 << " " << fix.lon_e7;
  }
}

TEST(Box, MayCrossTheAntimeridian) {
  const Box box = BoxOf(-10, 170, 10, -160);
  EXPECT_TRUE(box.crosses_antimeridian());
  for (const Fix& fix : Fixes("0:170, 0:180, 0:-180, 0:-160")) EXPECT_TRUE(box.Contains(fix));
  for (const Fix& fix : Fixes("0:169.9, 0:-159.9, 0:0")) EXPECT_FALSE(box.Contains(fix));
}

TEST(Box, TakesBothNamesOfTheAntimeridianForOnePlace) {
  EXPECT_TRUE(BoxOf(0, 170, 1, 180).Contains(FixFromDegrees(0, -180)));
  EXPECT_TRUE(BoxOf(0, -180, 1, -170).Contains(FixFromDegrees(0, 180)));
  EXPECT_TRUE(BoxOf(0, 170, 1, 180).Intersects(BoxOf(0, -180, 1, -170)));
  EXPECT_FALSE(BoxOf(0, 170, 1, 179).Intersects(BoxOf(0, -180, 1, -170)));
}

TEST(Box, OfTheWholeWorldContainsEverything) {
  const Box world = BoxOf(-90, -180, 90, 180);
  for (const Fix& fix : Fixes("90:180, -90:-180, 0:0")) EXPECT_TRUE(world.Contains(fix));
  EXPECT_TRUE(world.Contains(BoxOf(-90, 170, 90, -170)));
  EXPECT_FALSE(BoxOf(-90, -179, 90, -180).Contains(world));
}

// Boxes on a lattice of 30 degrees, with the set of the half steps of longitude that they hold: a
// twin in which both pairs of names and all ways round the Earth are plain to see.
class LatticeBoxes : public ::testing::Test {
 protected:
  static constexpr int kHalfTurn = 12;  // steps of 15 degrees
  static constexpr size_t kTurn = 24;

  static std::vector<Box> All() {
    std::vector<Box> out;
    for (int west = -180; west <= 180; west += 30) {
      for (int east = -180; east <= 180; east += 30) out.push_back(BoxOf(0, west, 10, east));
    }
    return out;
  }

  static std::vector<bool> Held(const Box& box) {
    std::vector<bool> out(kTurn);
    const int west = box.west_e7 / 150'000'000 + kHalfTurn,
              east = box.east_e7 / 150'000'000 + kHalfTurn;
    const size_t last = static_cast<size_t>(east < west ? east + 2 * kHalfTurn : east);
    for (size_t i = static_cast<size_t>(west); i <= last; ++i) out[i % kTurn] = true;
    return out;
  }

  static bool Includes(const std::vector<bool>& a, const std::vector<bool>& b) {
    for (size_t i = 0; i < a.size(); ++i) {
      if (b[i] && !a[i]) return false;
    }
    return true;
  }

  static int64_t Count(const std::vector<bool>& held) { return std::ranges::count(held, true); }
};

TEST_F(LatticeBoxes, ContainAndIntersectAsSetsDo) {
  for (const Box& a : All()) {
    for (const Box& b : All()) {
      const std::vector<bool> in_a = Held(a), in_b = Held(b);
      bool meet = false;
      for (size_t i = 0; i < in_a.size(); ++i) meet = meet || (in_a[i] && in_b[i]);
      EXPECT_EQ(a.Contains(b), Includes(in_a, in_b)) << a << " and " << b;
      EXPECT_EQ(a.Intersects(b), meet) << a << " and " << b;
    }
  }
}

TEST_F(LatticeBoxes, UniteIntoTheSmallestBox) {
  for (const Box& a : All()) {
    for (const Box& b : All()) {
      const std::vector<bool> in_a = Held(a), in_b = Held(b), got = Held(a.Union(b));
      int64_t least = kTurn;
      for (const Box& c : All()) {
        const std::vector<bool> in_c = Held(c);
        if (Includes(in_c, in_a) && Includes(in_c, in_b)) least = std::min(least, Count(in_c));
      }
      EXPECT_TRUE(Includes(got, in_a) && Includes(got, in_b)) << a << " and " << b;
      EXPECT_EQ(Count(got), least) << a << " and " << b << " give " << a.Union(b);
      EXPECT_EQ(Held(b.Union(a)), got);
    }
  }
}

TEST(Box, UnionTakesTheLatitudesOfBoth) {
  EXPECT_EQ(BoxOf(0, 0, 10, 10).Union(BoxOf(-5, 20, 5, 30)), BoxOf(-5, 0, 10, 30));
  EXPECT_EQ(BoxOf(0, 170, 1, 175).Union(BoxOf(0, -175, 1, -170)), BoxOf(0, 170, 1, -170));
}

TEST(Box, DisjointLatitudesNeverIntersect) {
  EXPECT_FALSE(BoxOf(0, 0, 10, 10).Intersects(BoxOf(11, 0, 20, 10)));
  EXPECT_TRUE(BoxOf(0, 0, 10, 10).Intersects(BoxOf(10, 10, 20, 20)));
}

TEST(Cover, IsTheSmallestBoxOfTheLine) {
  EXPECT_EQ(Cover(Fixes("1:2")), BoxOf(1, 2, 1, 2));
  EXPECT_EQ(Cover(Fixes("1:180")), BoxOf(1, 180, 1, 180));
  EXPECT_EQ(Cover(Fixes("1:2, -3:5, 2:-1")), BoxOf(-3, -1, 2, 5));
  EXPECT_EQ(Cover(Fixes("0:179, 5:-179")), BoxOf(0, 179, 5, -179));
  EXPECT_EQ(Cover(Fixes("0:-179, 5:179, 1:-178")), BoxOf(0, 179, 5, -178));
  EXPECT_EQ(Cover(Fixes("0:0, 0:120, 0:-120")), BoxOf(0, 0, 0, -120)) << "240 degrees eastwards";
  EXPECT_EQ(Cover(Fixes("0:0, 0:120, 0:-120, 0:0")), BoxOf(0, -180, 0, 180)) << "all round";
  EXPECT_EQ(Cover(Fixes("0:170, 0:180")), BoxOf(0, 170, 0, 180));
  EXPECT_EQ(Cover(Fixes("0:-170, 0:180")), BoxOf(0, -180, 0, -170));
}

// Clips each step to the four sides in rational numbers: the slow twin of Meets.
class ClipTwin {
 public:
  static bool Meets(TrajectoryView fixes, const Box& box, Relation relation) {
    if (relation == Relation::kStarts) fixes = fixes.first(1);
    if (relation == Relation::kEnds) fixes = fixes.last(1);
    if (fixes.size() == 1) return Inside(fixes[0], fixes[0], box, false);
    const bool within = relation == Relation::kWithin;
    for (size_t i = 1; i < fixes.size(); ++i) {
      if (Inside(fixes[i - 1], fixes[i], box, within) != within) return !within;
    }
    return within;
  }

 private:
  using Int = __int128;
  struct Span {  // of the step, in 1 / unit
    Int from, to, unit;
  };

  // Cuts the span to where low <= at + t * delta <= high.
  static void Clip(Int at, Int delta, Int low, Int high, Span& s) {
    if (delta == 0) {
      if (at < low || at > high) s.to = -1;
      return;
    }
    Int enter = (low - at) * (s.unit / delta), leave = (high - at) * (s.unit / delta);
    if (delta < 0) std::swap(enter, leave);
    s.from = std::max(s.from, enter);
    s.to = std::min(s.to, leave);
  }

  static bool Inside(const Fix& a, const Fix& b, const Box& box, bool all) {
    const Int turn = 2 * Int{kMaxLonE7};
    const Int dx = LonDeltaE7(a.lon_e7, b.lon_e7), dy = Int{b.lat_e7} - a.lat_e7;
    const Int width = Int{box.east_e7} - box.west_e7 + (box.crosses_antimeridian() ? turn : 0);
    const bool round = width == turn;
    for (int k = -3; k <= 3; ++k) {
      Span s{.from = 0, .to = (dx == 0 ? 1 : dx) * (dy == 0 ? 1 : dy), .unit = 0};
      s.unit = s.to = s.to < 0 ? -s.to : s.to;
      const Int west = box.west_e7 + k * turn;
      Clip(a.lon_e7, dx, round ? west - turn : west, west + width + (round ? turn : 0), s);
      Clip(a.lat_e7, dy, box.south_e7, box.north_e7, s);
      if (all ? s.from == 0 && s.to == s.unit : s.from <= s.to) return true;
    }
    return false;
  }
};

TEST(Meets, AgreesWithClippingForEveryRelation) {
  std::mt19937_64 rng(3);
  const auto lat = [&rng] { return static_cast<double>(rng() % 9) * 10 - 40; };
  const auto lon = [&rng] {
    return std::remainder(140 + static_cast<double>(rng() % 9) * 10, 360);
  };
  int met = 0;
  for (int i = 0; i < 20000; ++i) {
    std::vector<Fix> fixes;
    for (uint64_t n = 1 + rng() % 4; n > 0; --n) fixes.push_back(FixFromDegrees(lat(), lon()));
    const double south = lat();
    const Box box =
        BoxOf(south, lon(), std::min(south + static_cast<double>(rng() % 4) * 10, 90.0), lon());
    for (const Relation r :
         {Relation::kIntersects, Relation::kWithin, Relation::kStarts, Relation::kEnds}) {
      ASSERT_EQ(Meets(fixes, box, r), ClipTwin::Meets(fixes, box, r))
          << "case " << i << " relation " << static_cast<int>(r) << " box " << box;
      met += Meets(fixes, box, r) ? 1 : 0;
    }
  }
  EXPECT_GT(met, 10000);
  EXPECT_LT(met, 70000);
}

TEST(Meets, SeesStepsThatOnlyPassThrough) {
  const Box box = BoxOf(-1, -1, 1, 1);
  EXPECT_TRUE(Meets(Fixes("-5:0, 5:0"), box, Relation::kIntersects));
  EXPECT_TRUE(Meets(Fixes("0:2, 2:0"), box, Relation::kIntersects)) << "through the corner";
  EXPECT_FALSE(Meets(Fixes("0:2.0000001, 2.0000001:0"), box, Relation::kIntersects));
  EXPECT_FALSE(Meets(Fixes("-5:0, 5:0"), box, Relation::kWithin));
}

TEST(Meets, AStepMayLeaveAWideBoxBetweenTwoOfItsPlaces) {
  const Box wide = BoxOf(-10, -170, 10, 170);
  EXPECT_FALSE(Meets(Fixes("0:160, 0:-160"), wide, Relation::kWithin));
  EXPECT_TRUE(Meets(Fixes("0:160, 0:0, 0:-160"), wide, Relation::kWithin));
  EXPECT_TRUE(Meets(Fixes("0:160, 0:-160"), BoxOf(-10, -180, 10, 180), Relation::kWithin));
}

TEST(Summary, HoldsWhatFiltersAndBoundsNeed) {
  const std::vector<Fix> fixes = Fixes("51:179@1000, 51.5:-179@2000, 52:-178@4000");
  const Summary s = Summarise(fixes);
  EXPECT_EQ(s.box, Cover(fixes));
  EXPECT_EQ(s.start, fixes.front());
  EXPECT_EQ(s.end, fixes.back());
  EXPECT_EQ(s.fixes, 3u);
  EXPECT_EQ(s.length_m, HaversineM(fixes[0], fixes[1]) + HaversineM(fixes[1], fixes[2]));
}

TEST(Summary, OfOneFixHasNoLength) {
  const Summary s = Summarise(Fixes("1:2"));
  EXPECT_EQ(s.length_m, 0);
  EXPECT_EQ(s.fixes, 1u);
  EXPECT_FALSE(s.start.has_time());
}

}  // namespace
}  // namespace spoor
