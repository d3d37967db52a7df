#pragma once

#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "engine/search/join.h"
#include "shard/questions/question.h"

namespace spoor {

// A step of a join: the partners of some trajectories (engine/search/join.h).
struct ProbeQuestion {
  static constexpr char kMethod[] = "probe";
  using Answer = JoinAnswer;
  static constexpr size_t kMaxProbes = 10'000;

  std::vector<JoinProbe> probes;  // 1 ... kMaxProbes
  JoinQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<JoinAnswer> Ask(const ProbeQuestion& question, const EngineReader& reader,
                               const Patience& patience);

}  // namespace spoor
