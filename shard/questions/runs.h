#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "shard/questions/question.h"

namespace spoor {

// How many trips have each run of geodabs (engine/motif/runs.h).
struct RunsQuestion {
  static constexpr char kMethod[] = "runs";
  using Answer = RunAnswer;

  RunQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<RunAnswer> Ask(const RunsQuestion& question, const EngineReader& reader,
                              const Patience& patience);

}  // namespace spoor
