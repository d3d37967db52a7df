#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/join.h"
#include "shard/questions/question.h"

namespace spoor {

// A step of a join: records in the order of their homes (engine/search/join.h).
struct WalkQuestion {
  static constexpr char kMethod[] = "walk";
  using Answer = WalkAnswer;

  WalkQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<WalkAnswer> Ask(const WalkQuestion& question, const EngineReader& reader,
                               const Patience& patience);

}  // namespace spoor
