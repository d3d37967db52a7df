#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "shard/questions/question.h"

namespace spoor {

// Who follows given stretches.
struct FollowQuestion {
  static constexpr char kMethod[] = "follow";
  using Answer = FollowAnswer;

  FollowQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<FollowAnswer> Ask(const FollowQuestion& question, const EngineReader& reader,
                                 const Patience& patience);

}  // namespace spoor
