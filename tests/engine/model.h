#pragma once

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/search/search.h"
#include "tests/engine/walks.h"

namespace spoor::testing {

// What a collection should hold.
using Model = std::map<std::string, Trajectory>;

inline std::vector<Trajectory> Values(const Model& model) {
  std::vector<Trajectory> out;
  for (const auto& [id, t] : model) out.push_back(t);
  return out;
}

inline std::string Text(const Hit& h) {
  return absl::StrCat(h.id.value(), " ", h.score, " ", static_cast<int>(h.direction), " ",
                      h.distance_m.value_or(-1));
}

inline std::vector<std::string> Texts(const std::vector<Hit>& hits) {
  std::vector<std::string> out;
  for (const Hit& h : hits) out.push_back(Text(h));
  return out;
}

// The engine holds the model's records, no other, and answers as brute force over them does.
inline void ExpectHolds(const Engine& engine, const Model& model, std::mt19937_64& rng,
                        int queries = 3) {
  const auto all = engine.Range({.limit = 10'000}, {});
  ASSERT_TRUE(all.ok()) << all.status();
  std::vector<std::string> ids, expected;
  for (const TrajectoryId& id : all->ids) ids.push_back(id.value());
  for (const auto& [id, t] : model) expected.push_back(id);
  ASSERT_EQ(ids, expected);
  for (const auto& [id, t] : model) {
    const auto found = engine.Get(TrajectoryId(id));
    ASSERT_TRUE(found.ok()) << found.status();
    ASSERT_EQ(found->trajectory, t);
  }
  if (model.empty()) return;
  const std::vector<Trajectory> values = Values(model);
  const IndexParams params = *engine.Stats().params;
  for (int i = 0; i < queries; ++i) {
    Query q;
    q.fixes = values[rng() % values.size()].fixes;
    q.k = 1 + rng() % 20;
    if (rng() % 2) q.direction = static_cast<Direction>(rng() % 3);
    if (rng() % 3 == 0) q.rerank = Rerank{*MakeMeasure("discrete_frechet", {}), 1 + rng() % 30};
    const auto answer = engine.Search(q, {});
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(Texts(answer->hits), Texts(BruteForceSearch(values, params, q).hits));
  }
}

}  // namespace spoor::testing
