#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/query.h"
#include "shard/questions/question.h"

namespace spoor {

// The first of two rounds of a search with rerank: what the engine would measure if it were alone.
// REQUIRES: query.rerank, not query.exact.
struct ProposeQuestion {
  static constexpr char kMethod[] = "propose";
  using Answer = Shortlist;

  Query query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<Shortlist> Ask(const ProposeQuestion& question, const EngineReader& reader,
                              const Patience& patience);

}  // namespace spoor
