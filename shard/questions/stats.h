#pragma once

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "shard/questions/question.h"

namespace spoor {

// `rebuilt` and `followed_ms` stay at home.
struct NodeStats {
  EngineStats stats;
  bool ready = true;
  uint32_t staleness_ms = 0;
};

// The figures of a collection.  Never refused for being behind: the answer says so.
struct StatsQuestion {
  static constexpr char kMethod[] = "stats";
  using Answer = NodeStats;

  HomeSet mask = HomeSet::All();

  const HomeSet& homes() const { return mask; }
  void Mask(HomeSet homes) { mask = std::move(homes); }
};
absl::StatusOr<NodeStats> Ask(const StatsQuestion& question, const Served& served,
                              const Patience& patience);

}  // namespace spoor
