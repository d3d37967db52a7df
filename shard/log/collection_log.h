#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "engine/store/log_position.h"
#include "shard/log/log.h"

namespace spoor {

// A change of one id that is only to be made while its record has a version.
struct ConditionalChange {
  TrajectoryId id;
  std::optional<Trajectory> record;  // of this id; absent: it is deleted
  uint64_t version = 0;              // 0: there is no record
};

// Where the writes of a collection go, as trajectories.  Two kinds: an engine that is its own log
// (one machine, nothing else installed), and a log that engines follow.
//
// Thread safety: all methods may be called from any number of threads.
class CollectionLog {
 public:
  // The position that includes all of the batch.
  using Done = std::function<void(absl::StatusOr<LogPosition>)>;

  virtual ~CollectionLog() = default;
  // Calls done once all are durable, or have failed as a whole; errors as LogWriter::Append, and
  // ResourceExhausted when the disk is full.  REQUIRES: each trajectory keeps its invariants.
  virtual void Write(std::vector<Trajectory> batch, Done done) = 0;
  // Deletes; of an engine that is its own log only what still has the version (0: any).  A log that
  // is compacted cannot keep such a condition: there the id goes whatever it was.
  virtual void Delete(std::vector<Engine::Deletion> items, Done done) = 0;
  // Aborted, and nothing is changed, when the version is another one.  A log that is compacted
  // cannot keep the condition here either: who asks looks before, and again afterwards.  The
  // position, in the id's partition, is the version that the record has then.
  virtual void ChangeIf(ConditionalChange change, Done done) = 0;
};

std::unique_ptr<CollectionLog> LogOfEngine(std::shared_ptr<Engine> engine);
std::unique_ptr<CollectionLog> LogOfWriter(std::shared_ptr<LogWriter> writer);

}  // namespace spoor
