#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/metrics/metrics.h"

namespace spoor {

// The batches of one upload that are on their way to the log: a few at a time, so that the next one
// is read while the last ones are synced, and so that memory stays bounded.
//
// A log may refuse a batch because too much waits already.  The first of an upload then fails with
// that refusal, so that the client can come again; a later one is sent anew after a pause, and so
// is what was sent behind it, because of two records of an id the later one must win.  A record
// that is written twice does no harm.
//
// Thread safety: one thread sends; the log reports back on others.
class WriteWindow {
 public:
  static constexpr size_t kMaxInFlight = 4;

  WriteWindow(ClusterCollection& collection, const Patience& patience, Metrics& metrics)
      : collection_(collection), patience_(patience), metrics_(metrics) {}
  ~WriteWindow() { WaitFor(0); }  // the log still knows us until then

  // Waits for room, then sends.  An error is that of an earlier batch, or of the patience while a
  // refused batch waits: nothing is sent then.
  absl::Status Send(std::vector<Trajectory> batch);
  // Waits for all; the first error there was.
  absl::Status Drain();

  uint64_t accepted() const;                 // records that are durable
  uint64_t accepted_fixes() const;           // in these
  std::optional<WrittenTo> written() const;  // where they are; absent: there are none yet

 private:
  // A batch that is not durable yet, or behind one that is not.
  struct Batch {
    uint64_t number = 0;
    std::vector<Trajectory> records;  // kept to be sent anew
    bool in_flight = false;
    bool accepted = false;  // and nothing in front of it is to be sent anew
    bool counted = false;
  };

  void WaitFor(size_t in_flight);
  // Sends a batch of batches_, by its number.
  void Start(uint64_t number);
  void Settled(uint64_t number, absl::StatusOr<WrittenTo> result);
  // While there is a refused batch: pauses, and sends it and those behind it one by one.
  absl::Status SendRefused();
  void Pause(std::chrono::milliseconds pause);
  // The oldest batch that was not accepted, when nothing is in flight.
  std::optional<uint64_t> OldestRefused();

  ClusterCollection& collection_;
  const Patience patience_;
  Metrics& metrics_;
  mutable Mutex mutex_;
  ConditionVariable settled_;
  size_t in_flight_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t next_number_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<Batch> batches_ ABSL_GUARDED_BY(mutex_);
  std::chrono::milliseconds retry_after_ ABSL_GUARDED_BY(mutex_){0};  // of the last refusal
  bool refused_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t accepted_ ABSL_GUARDED_BY(mutex_) = 0;
  uint64_t accepted_fixes_ ABSL_GUARDED_BY(mutex_) = 0;
  std::optional<WrittenTo> written_ ABSL_GUARDED_BY(mutex_);
  absl::Status failed_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace spoor
