#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/query.h"
#include "shard/questions/question.h"

namespace spoor {

// A page of what meets a filter.
struct RangeQuestion {
  static constexpr char kMethod[] = "range";
  using Answer = RangeAnswer;

  RangeQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<RangeAnswer> Ask(const RangeQuestion& question, const EngineReader& reader,
                                const Patience& patience);

}  // namespace spoor
