#include "engine/cluster/companions.h"

#include <gtest/gtest.h>

#include <set>

#include "engine/cluster/evolution.h"
#include "tests/engine/cluster/cluster_worlds.h"

namespace spoor {
namespace {

using testing::GroupsOnTheMove;
using testing::NaiveGroups;

constexpr uint64_t kCompanySeed = 21808;
constexpr SegmentTerms kCompanyTerms{.eps_m = 3, .min_samples = 3};

TEST(Companions, AreThoseThatAllPairsTell) {
  std::mt19937_64 rng(kCompanySeed);
  size_t groups = 0;
  for (int round = 0; round < 300; ++round) {
    const AlignedTrips trips = GroupsOnTheMove(rng, 30, 8, round % 2 == 1);
    const auto labels = LabelSteps(trips, kCompanyTerms, 1 + round % 3, {});
    ASSERT_TRUE(labels.ok());
    const Companions companions(*labels);
    std::vector<uint32_t> all(trips.size());
    std::iota(all.begin(), all.end(), 0U);
    for (const uint32_t overlap : {1u, 2u, 5u}) {
      EXPECT_EQ(companions.Whole(overlap), NaiveGroups(*labels, {0, trips.intervals()}, overlap))
          << kCompanySeed << " " << round;
      for (const IntervalRange& w :
           WindowsOf(trips.intervals(), {.window = 3, .step = 2, .min_overlap = overlap})) {
        const TripGroups found = companions.Within(w, overlap, all);
        EXPECT_EQ(found, NaiveGroups(*labels, w, overlap)) << round << " from " << w.first;
        groups += found.groups.size();
      }
    }
  }
  EXPECT_GT(groups, 1000u);
}

TEST(Companions, AreTheSameWhateverTheOrderOfTheTrips) {
  std::mt19937_64 rng(kCompanySeed + 1);
  AlignedTrips forth, back;
  std::vector<std::vector<PlanePoint>> lines;
  for (int t = 0; t < 20; ++t) {
    std::vector<PlanePoint> line;
    const auto lane = static_cast<double>(rng() % 3) * 9, off = static_cast<double>(rng() % 100);
    for (int s = 0; s < 6; ++s) line.push_back({s * 10.0, lane + off / 100, 0});
    lines.push_back(line);
  }
  for (size_t t = 0; t < lines.size(); ++t) {
    forth.Add(0, lines[t]);
    back.Add(0, lines[lines.size() - 1 - t]);
  }
  const auto one = LabelSteps(forth, kCompanyTerms, 1, {}),
             two = LabelSteps(back, kCompanyTerms, 1, {});
  TripGroups turned = Companions(*two).Whole(1);
  for (auto& group : turned.groups) {
    for (uint32_t& t : group) t = static_cast<uint32_t>(lines.size()) - 1 - t;
    std::sort(group.begin(), group.end());
  }
  OrderGroups(turned.groups);
  EXPECT_EQ(turned.groups, Companions(*one).Whole(1).groups);
}

TEST(Windows, KeepTheShortOneAtTheEndAndFuseWhatIsTheSame) {
  EXPECT_EQ(WindowsOf(10, {.window = 4, .step = 3}),
            (std::vector<IntervalRange>{{0, 4}, {3, 7}, {6, 10}}));
  EXPECT_EQ(WindowsOf(5, {.window = 2, .step = 3}), (std::vector<IntervalRange>{{0, 2}, {3, 5}}));
  EXPECT_EQ(WindowsOf(5, {.window = 3, .step = 3}), (std::vector<IntervalRange>{{0, 3}, {3, 5}}));
  EXPECT_TRUE(WindowsOf(0, {.window = 3, .step = 3}).empty());
  std::vector<GroupRange> ranges;
  AddWindow({{0, 3}, false, {{{0, 1}}, {2}}}, ranges);
  AddWindow({{2, 5}, false, {{{0, 1}}, {2}}}, ranges);
  AddWindow({{4, 6}, true, {{{0, 2}}, {1}}}, ranges);
  ASSERT_EQ(ranges.size(), 2u);
  EXPECT_EQ(ranges[0].range, (IntervalRange{0, 5}));
  EXPECT_TRUE(ranges[1].is_short);
}

ClusterEvent Event(uint32_t interval, Fate fate, std::vector<uint32_t> from,
                   std::vector<uint32_t> to) {
  return {interval, fate, std::move(from), std::move(to)};
}

TEST(Evolution, TellsEveryFate) {
  const std::vector<uint32_t> in = {0, 1, 2, 3, 4, 5, 6, 7};
  Evolution e;
  e.Add(in, std::vector<int32_t>{0, 0, 0, 0, 1, 1, 1, 1}, 2);
  e.Add(in, std::vector<int32_t>{0, 0, 0, 0, 0, 0, 0, 0}, 1);    // equal parts merge
  e.Add(in, std::vector<int32_t>{0, 0, 0, 1, 1, -1, 0, 0}, 2);   // one splits
  e.Add(in, std::vector<int32_t>{0, 0, 0, 0, 0, 0, 0, 0}, 1);    // the small one is absorbed
  e.Add(in, std::vector<int32_t>{0, 0, -1, -1, 0, 0, 0, 0}, 1);  // it survives
  e.Add(in, std::vector<int32_t>{-1, -1, 0, 0, -1, -1, -1, -1}, 1);
  EXPECT_EQ(e.events(), (std::vector<ClusterEvent>{
                            Event(0, Fate::kBirth, {}, {0}), Event(0, Fate::kBirth, {}, {1}),
                            Event(1, Fate::kMerge, {0, 1}, {2}),
                            Event(2, Fate::kSplit, {2}, {3, 4}), Event(3, Fate::kSurvive, {3}, {3}),
                            Event(3, Fate::kAbsorb, {4}, {3}), Event(4, Fate::kSurvive, {3}, {3}),
                            Event(5, Fate::kBirth, {}, {5}), Event(5, Fate::kDeath, {3}, {})}));
}

TEST(Evolution, AccountsForEveryClusterOnce) {
  std::mt19937_64 rng(kCompanySeed + 2);
  for (int round = 0; round < 200; ++round) {
    const AlignedTrips trips = GroupsOnTheMove(rng, 40, 10, round % 2 == 0);
    const auto labels = LabelSteps(trips, {.eps_m = 3.5, .min_samples = 2}, 1, {});
    ASSERT_TRUE(labels.ok());
    const Evolved evolved = Evolve(*labels);
    std::multiset<uint32_t> alive;
    for (uint32_t j = 0; j < trips.intervals(); ++j) {
      std::multiset<uint32_t> from, to;
      std::set<uint32_t> survivors, absorbers;
      for (const ClusterEvent& e : evolved.events) {
        if (e.interval != j) continue;
        from.insert(e.from.begin(), e.from.end());
        if (e.fate == Fate::kAbsorb) {
          absorbers.insert(e.to[0]);
        } else {
          to.insert(e.to.begin(), e.to.end());
        }
        if (e.fate == Fate::kSurvive) survivors.insert(e.to[0]);
      }
      EXPECT_EQ(from, alive) << kCompanySeed << " " << round << " interval " << j;
      const auto& now = evolved.identities[j];
      EXPECT_EQ(to, std::multiset<uint32_t>(now.begin(), now.end()));
      EXPECT_TRUE(
          std::includes(survivors.begin(), survivors.end(), absorbers.begin(), absorbers.end()));
      alive = to;
    }
  }
}

}  // namespace
}  // namespace spoor
