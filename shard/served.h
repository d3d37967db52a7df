#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/engine.h"
#include "engine/store/home_set.h"
#include "engine/store/log_position.h"

namespace spoor {

class SlotBook;

// What an answer must reflect.
struct ReadDemand {
  std::optional<LogPosition> written;        // at least this
  std::optional<uint32_t> max_staleness_ms;  // and not older than that
};

// A collection as a node serves it: an engine that is its own log and has all homes, or one that
// follows a log and has the homes of the slots placed here (shard/follow/follower.h).
//
// Thread safety: all methods may be called from any number of threads.
class Served {
 public:
  virtual ~Served() = default;
  virtual Engine& engine() const = 0;

  // Whether a read may be answered, which may mean to wait until it can:
  //   StaleEpochError      the caller's placement (0: none) is not the one in force here
  //   FailedPrecondition   `homes` are not all served here
  //   Unavailable          the node has not yet followed the log to where it ended at its start,
  //                        or is staler than demanded: ask another replica
  //   FailedPrecondition   the demand is of another log
  //   and as AwaitPosition
  virtual absl::Status Admit(const ReadDemand& demand, uint64_t epoch, const HomeSet& homes,
                             const Patience& patience) const = 0;
  // Waits until readers see the position.  One that follows a log waits a moment only, and for few
  // callers at a time, since it is the log's time and not its own: then BehindError.
  // FailedPrecondition: it is of another log.  DeadlineExceeded, Cancelled.
  virtual absl::Status AwaitPosition(const LogPosition& position,
                                     const Patience& patience) const = 0;
  // How long ago readers were known to see the log's end; 0 for an engine that is its own log.
  virtual uint32_t staleness_ms() const = 0;
  virtual bool ready() const = 0;

  // Of one that follows a log; null, 0, 0 and 0 for an engine that is its own.
  virtual const SlotBook* book() const { return nullptr; }
  virtual uint64_t epoch() const { return 0; }  // of the placement
  virtual uint32_t slots() const { return 0; }  // that are served
  virtual uint64_t lag() const { return 0; }    // records that the log has and readers do not see
};

// An engine that is its own log.
std::shared_ptr<Served> ServeEngine(std::shared_ptr<Engine> engine);

}  // namespace spoor
