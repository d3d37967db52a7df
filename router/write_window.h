#pragma once

#include <cstdint>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/engine.h"
#include "engine/mutex.h"
#include "router/metrics.h"

namespace spoor {

// The batches of one upload that are on their way to the log: a few at a time, so that the next one
// is fingerprinted while the last ones are synced, and so that memory stays bounded.
//
// Thread safety: one thread sends; the engine's committer reports back.
class WriteWindow {
 public:
  static constexpr size_t kMaxInFlight = 4;

  WriteWindow(Engine& engine, Metrics& metrics) : engine_(engine), metrics_(metrics) {}
  ~WriteWindow() { WaitFor(0); }  // the committer still knows us until then

  // Waits for room, then sends.  An error is that of an earlier batch: nothing is sent then.
  absl::Status Send(std::vector<Trajectory> batch);
  // Waits for all; the first error there was.
  absl::Status Drain();

  uint64_t accepted() const;  // records that are durable
  uint64_t position() const;  // of the last of them; 0: none yet

 private:
  void WaitFor(size_t in_flight);
  void Committed(size_t records, const absl::StatusOr<WriteResult>& result);

  Engine& engine_;
  Metrics& metrics_;
  mutable Mutex mutex_;
  ConditionVariable settled_;
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spoor
