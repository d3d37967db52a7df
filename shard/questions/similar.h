#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/query.h"
#include "shard/questions/question.h"

namespace spoor {

// The whole of a search (engine/search/search.h).
struct SimilarQuestion {
  static constexpr char kMethod[] = "search";
  using Answer = SearchAnswer;

  Query query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<SearchAnswer> Ask(const SimilarQuestion& question, const EngineReader& reader,
                                 const Patience& patience);

}  // namespace spoor
