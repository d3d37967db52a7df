#pragma once

#include <utility>

#include "absl/status/statusor.h"
#include "engine/reader.h"
#include "shard/map/mapper.h"
#include "shard/questions/question.h"

namespace spoor {

// A step of a job: records as a mapper sees them (shard/map/mapper.h).  Overload when as many run
// in this process as may.
struct MapQuestion {
  static constexpr char kMethod[] = "map";
  using Answer = MapAnswer;

  MapQuery query;

  const HomeSet& homes() const { return query.filter.homes; }
  void Mask(HomeSet homes) { query.filter.homes = std::move(homes); }
};
absl::StatusOr<MapAnswer> Ask(const MapQuestion& question, const EngineReader& reader,
                              const Patience& patience);

}  // namespace spoor
