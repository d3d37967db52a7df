#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "engine/reader.h"
#include "shard/questions/question.h"

namespace spoor {

// Of records that were asked for: a node sends them as they are stored, who asked decodes and
// checks them (Decode).
struct GetAnswer {
  Engine::StoredRecords records;
  LogPosition seen;  // of the log, at least
};

// Records by id; of those that live elsewhere nothing.
struct GetQuestion {
  static constexpr char kMethod[] = "get";
  using Answer = GetAnswer;
  // A page of the HTTP interface is no longer; a request of more is a mistake.
  static constexpr size_t kMaxIds = 10'000;

  std::vector<TrajectoryId> ids;  // at most kMaxIds
  HomeSet mask = HomeSet::All();

  const HomeSet& homes() const { return mask; }
  void Mask(HomeSet homes) { mask = std::move(homes); }
};
absl::StatusOr<GetAnswer> Ask(const GetQuestion& question, const EngineReader& reader,
                              const Patience& patience);

// For each id what there is of it; a null where there is none.  DataLoss for a record that is none.
using FoundRecords = std::vector<std::optional<Engine::Found>>;
absl::StatusOr<FoundRecords> Decode(const Engine::StoredRecords& records,
                                    absl::Span<const TrajectoryId> ids);

}  // namespace spoor
