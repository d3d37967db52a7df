#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/engine.h"
#include "engine/mutex.h"
#include "shard/log/log.h"
#include "shard/placement.h"
#include "shard/served.h"
#include "shard/slot_book.h"

namespace spoor {

// What one node serves of one collection.
struct SlotsHere {
  Epoch epoch;                  // of the placement
  std::vector<uint64_t> cuts;   // of its slots
  std::vector<uint32_t> slots;  // ascending
  friend bool operator==(const SlotsHere&, const SlotsHere&) = default;
};
// Ascending, disjoint, neighbours joined.
std::vector<HomeRange> RangesOf(const SlotsHere& here);
// Whether every key of `inner` is in `outer`.  REQUIRES: both as RangesOf gives them.
bool Covers(const std::vector<HomeRange>& outer, const std::vector<HomeRange>& inner);

struct FollowerOptions {
  LogName log;
  uint32_t partitions = 16;
  IndexParams params;
  EngineOptions engine;  // follow, params and on_change are the follower's to set
  // One that was away for longer may have missed deletions, which the log forgets after a while
  // (delete.retention.ms): it does not open.
  std::chrono::milliseconds max_away = std::chrono::hours(12);
  uint64_t chunk_bytes = 4 << 20;  // of a read of the log
  uint64_t digest_every = SlotBook::kEvery;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

// Follows the log of a collection, all partitions of it, and keeps what is at home in the slots
// that are placed here; everything else it looks up and drops, if a former place was here (design
// D5). It only ever moves on: whoever holds it calls Step again and again.
//
// Thread safety: Step and Place from one thread; the rest from any number of threads.
class Follower : public Served {
 public:
  // Opens the store in directory path, or makes it.  Errors as Engine::Open; DataLoss or
  // FailedPrecondition mean that the directory is of no use: begin a new one.  `logs` outlives it.
  static absl::StatusOr<std::unique_ptr<Follower>> Open(const std::string& path,
                                                        const FollowerOptions& options,
                                                        SlotsHere here, LogStore& logs);
  ~Follower() override;

  // Other slots, or the same in a new epoch.  REQUIRES: their ranges are covered by those of the
  // slots it was opened with and of all since: what it has not kept it cannot serve.
  void Place(SlotsHere here);

  // Reads what there is in the log, waiting for it at most so long, and takes it over. Unavailable:
  // try again after a while.  OutOfRange, DataLoss, FailedPrecondition: the log goes on no more
  // from here; begin a new directory.
  absl::Status Step(std::chrono::milliseconds wait);
  // Waits until all that was read can be seen; the first error there was, which the next Step will
  // tell as well before it goes back and reads again.
  absl::Status Settle();

  // Visits everything to fill the book, when it is due (book()->IsDue()); from any thread, one at a
  // time.
  absl::Status FillBook(const Patience& patience);

  // Served.
  Engine& engine() const override { return *engine_; }
  absl::Status Admit(const ReadDemand& demand, uint64_t epoch, const std::vector<HomeRange>* homes,
                     const Patience& patience) const override;
  absl::Status AwaitPosition(const LogPosition& position, const Patience& patience) const override;
  uint32_t staleness_ms() const override;
  // Has reached the end that the log had when it was opened.
  bool ready() const override;

  const SlotBook* book() const override { return book_.get(); }
  uint64_t epoch() const override;
  uint32_t slots() const override;
  uint64_t lag() const override;

  uint64_t bad_records() const;  // that were no trajectories
  SlotsHere here() const;

 private:
  using Time = std::chrono::steady_clock::time_point;
  Follower(const FollowerOptions& options, LogStore& logs);

  absl::Status OpenReader();
  absl::Status GoBack();
  void Take(LogChunk chunk, Time read_at);
  std::vector<LogChange> ChangesOf(std::vector<LogRecord> records);
  void Taken(const LogPosition& after, std::optional<Time> whole_at,
             const absl::StatusOr<WriteResult>& result);

  const FollowerOptions options_;
  LogStore& logs_;
  std::unique_ptr<SlotBook> book_;     // before the engine, which tells it what changes
  std::unique_ptr<LogReader> reader_;  // of the thread that steps, as the two below
  std::vector<HomeRange> ranges_;
  LogPosition read_;  // to here

  mutable std::atomic<int> waiting_{0};  // in AwaitPosition
  mutable Mutex mu_;
  ConditionVariable taken_;
  SlotsHere here_ ABSL_GUARDED_BY(mu_);
  std::vector<HomeRange> served_ ABSL_GUARDED_BY(mu_);
  size_t in_flight_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
  std::optional<LogPosition> goal_ ABSL_GUARDED_BY(mu_);  // the log's end when it was opened
  bool ready_ ABSL_GUARDED_BY(mu_) = false;
  // A moment of which readers see all that the log had (LogChunk::whole_ago), the latest known.
  std::optional<Time> whole_at_ ABSL_GUARDED_BY(mu_);
  uint64_t end_total_ ABSL_GUARDED_BY(mu_) = 0, seen_total_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t bad_records_ ABSL_GUARDED_BY(mu_) = 0;

  std::unique_ptr<Engine> engine_;  // goes first: its committer knows all of the above
};

}  // namespace spoor
