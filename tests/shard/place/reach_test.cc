#include "shard/place/reach.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "absl/strings/str_cat.h"
#include "engine/store/crc32c.h"
#include "engine/store/home_key.h"
#include "shard/place/placement_plan.h"
#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::RandomParams;
using testing::Rng;

Fix At(double lat, double lon) { return FixFromDegrees(lat, lon); }

int32_t Clamped(int64_t value, int32_t limit) {
  return static_cast<int32_t>(std::clamp<int64_t>(value, -limit, limit));
}

// Places where arithmetic goes wrong, and others: poles, the antimeridian, borders of cells.
Fix AwkwardFix(Rng& rng) {
  constexpr int64_t kColumn = 2 * int64_t{kMaxLonE7} >> 14, kRow = 2 * int64_t{kMaxLatE7} >> 14;
  const int64_t near = static_cast<int64_t>(rng() % 7) - 3;
  const int64_t lon_e7[] = {-kMaxLonE7 + near, kMaxLonE7 + near, near, kColumn * 17 + near,
                            static_cast<int64_t>(rng() % 3'600'000'001) - kMaxLonE7};
  const int64_t lat_e7[] = {-kMaxLatE7 + near, kMaxLatE7 + near, near, kRow * 23 + near,
                            static_cast<int64_t>(rng() % 1'800'000'001) - kMaxLatE7};
  return {.lat_e7 = Clamped(lat_e7[rng() % 5], kMaxLatE7),
          .lon_e7 = Clamped(lon_e7[rng() % 5], kMaxLonE7)};
}

std::vector<Fix> AwkwardLine(Rng& rng) {
  std::vector<Fix> fixes = {AwkwardFix(rng)};
  const uint64_t more = rng() % 4;
  for (uint64_t i = 0; i < more; ++i) {
    Fix next = AwkwardFix(rng);
    if (OneIn(rng, 4)) {  // exactly half round the world
      const int32_t lon = fixes.back().lon_e7;
      next.lon_e7 = lon > 0 ? lon - kMaxLonE7 : lon + kMaxLonE7;
    }
    fixes.push_back(next);
  }
  return fixes;
}

// A box that touches the line in a point of it, mostly from outside.
Box BoxAtLine(Rng& rng, const std::vector<Fix>& fixes) {
  const size_t i = rng() % fixes.size();
  const Fix a = fixes[i], b = fixes[std::min(i + 1, fixes.size() - 1)];
  const double share = static_cast<double>(rng() % 1001) / 1000;
  const auto lat = a.lat_e7 + std::llround(share * (double{1} * b.lat_e7 - a.lat_e7));
  const auto lon = a.lon_e7 + std::llround(share * LonDeltaE7(a.lon_e7, b.lon_e7));
  const auto wrap = [](int64_t v) {
    if (v > kMaxLonE7) v -= 2 * int64_t{kMaxLonE7};
    if (v < -kMaxLonE7) v += 2 * int64_t{kMaxLonE7};
    return static_cast<int32_t>(v);
  };
  const int64_t size = int64_t{1} << rng() % 30;
  Box box{.south_e7 = Clamped(lat, kMaxLatE7),
          .west_e7 = wrap(lon),
          .north_e7 = Clamped(lat + size, kMaxLatE7),
          .east_e7 = wrap(lon + size)};
  if (OneIn(rng, 2))
    box.south_e7 = Clamped(lat - size, kMaxLatE7), box.north_e7 = Clamped(lat, kMaxLatE7);
  if (OneIn(rng, 2)) box.west_e7 = wrap(lon - size), box.east_e7 = wrap(lon);
  return box;
}

TEST(ReachCells, ZOrderIsUndone) {
  Rng rng(1);
  for (int i = 0; i < 1000; ++i) {
    const int depth = 2 + static_cast<int>(rng() % 31);
    const Cell cell =
        Grid{.depth = depth}.At({static_cast<uint32_t>(rng()), static_cast<uint32_t>(rng())});
    EXPECT_EQ(CellOfZOrder(static_cast<uint32_t>(ZOrder(cell, depth)), depth), cell) << depth;
  }
}

TEST(Reach, NothingMeetsAnEmptyOne) {
  const Reach reach;
  EXPECT_FALSE(reach.MayMeet(ReachCellsOf({-kMaxLatE7, -kMaxLonE7, kMaxLatE7, kMaxLonE7})));
  EXPECT_FALSE(reach.MayShare(PrefixesOf({1, 2})));
  EXPECT_EQ(reach.position(), LogPosition());
}

TEST(Reach, RulesOutWhatIsFarAway) {
  Reach reach;
  reach.Add({At(51.5, -.12), At(51.52, -.1)}, {uint64_t{0x7AC12345} << 32});
  EXPECT_TRUE(reach.MayShare({0x7AC1234}));
  EXPECT_FALSE(reach.MayShare({0x7AC1233, 0x7AC1235}));
  EXPECT_TRUE(reach.MayMeet(ReachCellsOf({514900000, -1300000, 515100000, -1100000})));
  EXPECT_FALSE(reach.MayMeet(ReachCellsOf({516000000, -1300000, 517000000, -1100000})));
  EXPECT_FALSE(reach.MayMeet(ReachCellsOf({514900000, 1100000, 515100000, 1300000})));
}

TEST(Reach, FollowsALineAcrossTheAntimeridian) {
  Reach reach;
  reach.Add({At(10, 179), At(10, -179)}, {});
  const auto box = [](double west, double east) {
    return Box{.south_e7 = 99'000'000,
               .west_e7 = static_cast<int32_t>(west * 1e7),
               .north_e7 = 101'000'000,
               .east_e7 = static_cast<int32_t>(east * 1e7)};
  };
  EXPECT_TRUE(reach.MayMeet(ReachCellsOf(box(179.5, -179.5))));
  EXPECT_TRUE(reach.MayMeet(ReachCellsOf(box(-179.9, -179.8))));
  EXPECT_TRUE(reach.MayMeet(ReachCellsOf(box(180, 180))));
  EXPECT_FALSE(reach.MayMeet(ReachCellsOf(box(-178, 178))));
}

TEST(Reach, NeverPrunesALineThatMeetsTheBox) {
  int met = 0, pruned = 0;
  for (uint64_t seed = 1; seed <= 4000; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const std::vector<Fix> fixes = AwkwardLine(rng);
    Reach reach;
    reach.Add(fixes, {});
    for (int i = 0; i < 5; ++i) {
      const Box box = BoxAtLine(rng, OneIn(rng, 5) ? AwkwardLine(rng) : fixes);
      const bool meets = Meets(fixes, box, Relation::kIntersects);
      const bool may = reach.MayMeet(ReachCellsOf(box));
      met += meets ? 1 : 0;
      pruned += may ? 0 : 1;
      ASSERT_TRUE(may || !meets) << "box " << box.south_e7 << ' ' << box.west_e7 << ' '
                                 << box.north_e7 << ' ' << box.east_e7;
    }
  }
  EXPECT_GT(met, 5000);
  EXPECT_GT(pruned, 500) << "or nothing was tested";
}

// Slots of trips on shared streets, in every scheme: pruned == unpruned.
TEST(Reach, NeverPrunesASlotWithASharedGeodab) {
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Rng rng(seed);
    const IndexParams params = RandomParams(rng);
    std::vector<Trajectory> trips;
    KeySample keys;
    for (int i = 0; i < 80; ++i) {
      trips.push_back(testing::RandomTrajectory(rng, absl::StrCat("t", i), {1, 1, 40, 10}));
      for (Fix& f : trips.back().fixes) f.lon_e7 += i % 2 * 30'000'000;  // two towns
      keys.push_back(HomeKey(trips.back().view(), trips.back().id.value()));
    }
    KeySample sorted = keys;
    std::ranges::sort(sorted);
    const std::vector<uint64_t> cuts = CutByLoad(sorted, 8);
    std::vector<Reach> reaches(8);
    std::vector<std::vector<Geodab>> geodabs;
    for (size_t i = 0; i < trips.size(); ++i) {
      geodabs.push_back(MakeFingerprint(trips[i].view(), params).geodabs);
      reaches[SlotOf(cuts, keys[i])].Add(trips[i].view(), geodabs[i]);
    }
    for (size_t q = 0; q < trips.size(); ++q) {
      const std::vector<Geodab> asked =
          HasStrand(params) && OneIn(rng, 2) ? FlipStrand(geodabs[q]) : geodabs[q];
      const ReachPrefixes prefixes = PrefixesOf(asked);
      EXPECT_TRUE(std::ranges::is_sorted(prefixes));
      for (size_t i = 0; i < trips.size(); ++i) {
        std::vector<Geodab> common;
        std::ranges::set_intersection(asked, geodabs[i], std::back_inserter(common));
        const bool may = reaches[SlotOf(cuts, keys[i])].MayShare(prefixes);
        ASSERT_TRUE(may || common.empty());
      }
      const auto asks =
          std::ranges::count_if(reaches, [&](const Reach& r) { return r.MayShare(prefixes); });
      EXPECT_LE(asks, 6) << "the other town is never asked";
    }
  }
}

TEST(Reach, CountsALineOfTooManyCellsAsEverywhere) {
  std::vector<Fix> zigzag;
  for (int i = 0; i < 1000; ++i) zigzag.push_back(At(i % 2 == 0 ? -89 : 89, i % 2 * 100));
  Reach reach;
  reach.Add(zigzag, {});
  EXPECT_TRUE(reach.MayMeet(ReachCellsOf({0, -1, 1, 0})));
  reach.Add({At(1, 1)}, {});
  const auto back = Reach::Decode(reach.Encode());
  ASSERT_TRUE(back.ok());
  EXPECT_TRUE(back->MayMeet(ReachCellsOf({-100, -1'700'000'000, 100, -1'600'000'000})));
}

TEST(Reach, StaysTooLargeUntilItIsBuiltAnew) {
  Reach reach;
  for (int i = 0; i < 10; ++i) reach.Add({At(i, i)}, {uint64_t(i) << 60});
  reach.NoteRemoval();
  reach.NoteRemoval();
  EXPECT_FALSE(reach.IsWorthRebuilding());
  EXPECT_TRUE(reach.MayShare({uint32_t{9} << 24}));
  reach.NoteRemoval();
  EXPECT_TRUE(reach.IsWorthRebuilding());
  EXPECT_FALSE(Reach().IsWorthRebuilding());
}

TEST(Reach, IncludesAnother) {
  Reach a, b;
  a.set_position({1, {5}});
  a.Add({At(1, 1)}, {uint64_t{1} << 40});
  b.Add({At(2, 2)}, {uint64_t{2} << 40});
  a.Include(b);
  EXPECT_TRUE(a.MayShare(PrefixesOf({uint64_t{2} << 40})));
  EXPECT_TRUE(a.MayMeet(ReachCellsOf({20000000, 20000000, 20000000, 20000000})));
  EXPECT_EQ(a.position(), (LogPosition{1, {5}}));
  EXPECT_EQ(b.cells(), 1u);
}

Reach Sample() {
  Reach reach;
  reach.Add({At(51.5, -.12), At(51.7, .1)}, {0, uint64_t{0x7AC12345} << 32, ~uint64_t{0}});
  reach.NoteRemoval();
  reach.set_position({.log_id = 77, .next = {123456, 7}});
  return reach;
}

TEST(Reach, SurvivesEncoding) {
  const std::string bytes = Sample().Encode();
  const auto back = Reach::Decode(bytes);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->Encode(), bytes);
  EXPECT_EQ(back->position(), Sample().position());
  EXPECT_EQ(back->prefixes(), 3u);
  EXPECT_EQ(back->cells(), Sample().cells());
  EXPECT_TRUE(back->MayShare({0}) && back->MayShare({0xFFFFFFF}) && back->MayShare({0x7AC1234}));
  EXPECT_TRUE(back->MayMeet(ReachCellsOf({515000000, -1200000, 515000000, -1200000})));
  EXPECT_TRUE(Reach::Decode(Reach().Encode()).ok());
}

TEST(Reach, DecodeRejectsFlippedBitsAndCutBytes) {
  const std::string good = Sample().Encode();
  for (size_t n = 0; n < good.size(); ++n) {
    EXPECT_EQ(Reach::Decode(good.substr(0, n)).status().code(), absl::StatusCode::kDataLoss);
  }
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    EXPECT_EQ(Reach::Decode(bad).status().code(), absl::StatusCode::kDataLoss) << "bit " << bit;
  }
}

// Right checksums around nonsense: nothing may crash, and what is accepted encodes to itself.
TEST(Reach, DecodeSurvivesNonsenseWithARightChecksum) {
  Rng rng(2);
  const std::string good = Sample().Encode();
  int refused = 0;
  for (int i = 0; i < 3000; ++i) {
    std::string bad = good.substr(0, 6 + rng() % (good.size() - 5));
    for (uint64_t flips = rng() % 4; flips > 0; --flips) {
      bad[5 + rng() % (bad.size() - 5)] = static_cast<char>(rng());
    }
    const uint32_t sum = Crc32c(absl::string_view(bad).substr(5));
    std::memcpy(bad.data() + 1, &sum, sizeof sum);
    const auto reach = Reach::Decode(bad);
    refused += reach.ok() ? 0 : 1;
    EXPECT_TRUE(!reach.ok() || Reach::Decode(reach->Encode()).ok());
  }
  EXPECT_GT(refused, 300);
}

}  // namespace
}  // namespace spoor
