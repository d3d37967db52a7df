#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/query.h"
#include "shard/questions/question.h"

namespace spoor {

// The second of two rounds: the distances of those of its own that are among the best of all.
// Aborted: one of them has changed, start over.  REQUIRES: query.rerank.
struct RefineQuestion {
  static constexpr char kMethod[] = "refine";
  using Answer = SearchAnswer;

  Query query;
  std::vector<Hit> chosen;  // as they were proposed

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<SearchAnswer> Ask(const RefineQuestion& question, const EngineReader& reader,
                                 const Patience& patience);

}  // namespace spoor
