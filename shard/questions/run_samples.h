#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "shard/questions/question.h"

namespace spoor {

// Some trips of given runs.
struct RunSamplesQuestion {
  static constexpr char kMethod[] = "run_samples";
  using Answer = RunSamples;

  RunSampleQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<RunSamples> Ask(const RunSamplesQuestion& question, const EngineReader& reader,
                               const Patience& patience);

}  // namespace spoor
