#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "engine/search/query.h"
#include "engine/store/home_key.h"
#include "geo/measure/measure.h"
#include "tests/engine/random_collection.h"
#include "tests/geo/worlds.h"

// Filters and queries with all options at random, for the world of random_collection.h.
namespace spoor::testing {

inline constexpr CollectionSize kSmall{
    .min_trajectories = 0, .max_trajectories = 40, .max_fixes = 16, .routes = 0};

inline Box RandomBox(Rng& rng) {
  const int32_t south_e7 = 515000000 + static_cast<int32_t>(Draw(rng, 10)) * 15000 - 5000;
  const int32_t west_e7 = -1200000 + static_cast<int32_t>(Draw(rng, 10)) * 24000 - 8000;
  return {.south_e7 = south_e7,
          .west_e7 = west_e7,
          .north_e7 = south_e7 + static_cast<int32_t>(Draw(rng, 6)) * 15000,
          .east_e7 = west_e7 + static_cast<int32_t>(Draw(rng, 6)) * 24000};
}

inline std::shared_ptr<const Region> RandomRegion(Rng& rng) {
  const Box b = RandomBox(rng);
  const double south = b.south_e7 / 1e7, west = b.west_e7 / 1e7;
  const double height = 0.002 + Draw(rng, 6) * 0.0015, width = 0.002 + Draw(rng, 6) * 0.0024;
  const auto region = Region::Make({{{{south, west},
                                      {south + height, west + width / 3},
                                      {south + height / 2, west + width},
                                      {south, west}}}});
  EXPECT_TRUE(region.ok()) << region.status();
  return region.ok() ? *region : nullptr;
}

// All home keys in ranges, cut up to `cuts` times where the collection's trajectories live.
inline std::vector<HomeRange> CutHomes(Rng& rng, const RandomCollection& c, size_t cuts) {
  std::vector<uint64_t> firsts = {0};
  for (size_t i = 0; i < cuts && !c.live.empty(); ++i) {
    const Trajectory& t = c.live[Draw(rng, static_cast<uint32_t>(c.live.size()))];
    firsts.push_back(HomeKey(t.view(), t.id.value()) + Draw(rng, 2));
  }
  std::sort(firsts.begin(), firsts.end());
  firsts.erase(std::unique(firsts.begin(), firsts.end()), firsts.end());
  std::vector<HomeRange> homes;
  for (size_t i = 0; i < firsts.size(); ++i) {
    homes.push_back({firsts[i], i + 1 < firsts.size() ? firsts[i + 1] - 1 : UINT64_MAX});
  }
  return homes;
}

inline HomeSet RandomHomes(Rng& rng, const RandomCollection& c) {
  std::vector<HomeRange> homes = CutHomes(rng, c, c.live.size() / 4);
  std::erase_if(homes, [&rng](const HomeRange&) { return OneIn(rng, 2); });
  return HomeSet(std::move(homes));
}

inline Filter RandomFilter(Rng& rng, const RandomCollection& c) {
  Filter f;
  if (OneIn(rng, 4)) f.homes = RandomHomes(rng, c);
  if (OneIn(rng, 2)) return f;
  f.relation = static_cast<Relation>(Draw(rng, 4));
  if (OneIn(rng, 3)) f.box = RandomBox(rng);
  if (OneIn(rng, 5)) f.region = RandomRegion(rng);
  if (OneIn(rng, 4)) {
    const int64_t from_ms = 1'700'000'000'000 + int64_t{Draw(rng, 3600)} * 1000;
    f.time_ms = {from_ms, from_ms + int64_t{Draw(rng, 1800)} * 1000};
  }
  if (OneIn(rng, 5)) f.objects = {absl::StrCat("cab", Draw(rng, 5)), OneIn(rng, 2) ? "" : "cab1"};
  if (OneIn(rng, 5)) f.tags["mode"] = {OneIn(rng, 2) ? "bus" : "taxi"};
  if (OneIn(rng, 5)) f.tags["town"] = {"t0", "t1"};
  if (OneIn(rng, 3)) {
    for (const Trajectory& t : c.live) {
      if (OneIn(rng, 8)) f.exclude.push_back(t.id.value());
    }
  }
  return f;
}

inline std::vector<Fix> RandomQueryFixes(Rng& rng, const RandomCollection& c) {
  std::vector<Fix> fixes;
  if (c.live.empty() || OneIn(rng, 6)) {
    fixes = GridWalk(rng, 16);
    if (OneIn(rng, 2)) SetTimes(rng, fixes);
    return fixes;
  }
  const std::vector<Fix>& known = c.live[Draw(rng, static_cast<uint32_t>(c.live.size()))].fixes;
  const uint32_t keep = 1 + Draw(rng, 4);  // of every so many fixes one is dropped
  for (size_t i = 0; i < known.size(); ++i) {
    if (i == 0 || i % (keep + 1) != keep) fixes.push_back(known[i]);
  }
  if (OneIn(rng, 3)) std::reverse(fixes.begin(), fixes.end());
  for (Fix& f : fixes) f.time_ms = kNoTime;
  if (OneIn(rng, 2)) SetTimes(rng, fixes);
  return fixes;
}

// By the measure called name, with parameters that suit streets.
inline Rerank SampleRerank(absl::string_view name, double scale_m = 100) {
  const MeasureParams params = SampleParams(name, scale_m);
  auto measure = MakeMeasure(name, params);
  EXPECT_TRUE(measure.ok()) << measure.status();
  return {.measure = *std::move(measure), .name = std::string(name), .params = params};
}

inline Query RandomQuery(Rng& rng, const RandomCollection& c) {
  Query q;
  q.fixes = RandomQueryFixes(rng, c);
  q.k = OneIn(rng, 4) ? 1000 : 1 + Draw(rng, 8);
  if (OneIn(rng, 3)) q.min_score = Draw(rng, 12) / 10.0;
  q.score = OneIn(rng, 3) ? Score::kContainment : Score::kJaccard;
  q.direction = static_cast<Direction>(Draw(rng, 3));
  q.filter = RandomFilter(rng, c);
  q.matches = OneIn(rng, 3);
  if (OneIn(rng, 2)) return q;
  const auto measures = static_cast<uint32_t>(AllMeasures().size());
  q.rerank = SampleRerank(AllMeasures()[Draw(rng, measures)].name, 50 + Draw(rng, 500));
  q.rerank->candidates = OneIn(rng, 3) ? 1000 : 1 + Draw(rng, 20);
  q.exact = OneIn(rng, 2);
  if (OneIn(rng, 3)) q.max_distance_m = Draw(rng, 2000);
  return q;
}

}  // namespace spoor::testing
