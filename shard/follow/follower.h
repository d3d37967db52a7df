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
#include "engine/wait/mutex.h"
#include "shard/follow/slot_book.h"
#include "shard/log/log.h"
#include "shard/place/placement.h"
#include "shard/served.h"

namespace spoor {

// What one node serves of one collection.
struct SlotsHere {
  Epoch epoch;                  // of the placement
  std::vector<uint64_t> cuts;   // of its slots
  std::vector<uint32_t> slots;  // ascending
  friend bool operator==(const SlotsHere&, const SlotsHere&) = default;
};
HomeSet HomesOf(const SlotsHere& here);

struct FollowerOptions {
  LogName log;
  uint32_t partitions = 16;
  IndexParams params;
  EngineOptions engine;  // follow, params and on_change are the follower's to set
  // One that last saw the log's end longer ago than this when it is opened may have missed
  // deletions, which the log forgets after a while (delete.retention.ms): it goes on no more.
  std::chrono::milliseconds max_away = std::chrono::hours(12);
  uint64_t chunk_bytes = 4 << 20;  // of a read of the log
  // A read that is early waits here for the log so long, and no more than one does at once: the
  // threads are there to answer, and another replica may be there already.
  std::chrono::milliseconds await_log{20};
  uint64_t digest_every = SlotBook::kEvery;
  std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
  std::function<int64_t()> wall_ms = [] {  // since the Unix epoch
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  };
};

// Follows the log of a collection, all partitions of it, and keeps what is at home in the slots
// that are placed here; everything else it looks up and drops, if a former place was here (design
// D5). It only ever moves on: whoever holds it calls Step again and again.
//
// Thread safety: Step and Place from one thread; the rest from any number of threads.
class Follower : public Served {
 public:
  // Opens the store in directory path, or makes it (options.engine.access).  Errors as
  // Engine::Open; DataLoss or
  // FailedPrecondition mean that the directory is of no use: begin a new one.  `logs` outlives it.
  static absl::StatusOr<std::unique_ptr<Follower>> Open(const std::string& path,
                                                        const FollowerOptions& options,
                                                        SlotsHere here, LogStore& logs);
  ~Follower() override;

  // From now on serves these slots and keeps what is at home in `kept`.  REQUIRES: the slots are
  // covered by `kept`, and that by what was kept since it was opened: what it has not kept it
  // cannot serve.
  void Place(SlotsHere here, HomeSet kept);
  void Place(SlotsHere here);  // and keeps no more than that

  // Reads what there is in the log, waiting for it at most so long, and takes it over. Unavailable:
  // try again after a while.  Where log_is_broken(), the log is to blame for any other error.
  // OutOfRange, DataLoss, FailedPrecondition without that: this store goes on no more; begin a new
  // directory.
  absl::Status Step(std::chrono::milliseconds wait);
  // The log cannot be followed from here: it is gone, ends before what was followed, no longer has
  // what comes next, has a damaged record, or settings with which it may lose some.  What there is
  // may then be the last copy.  A step that succeeds ends it.  Of the thread that steps.
  bool log_is_broken() const { return log_is_broken_; }
  // Counts as ready although the log's end cannot be reached.  REQUIRES: it was ready once.
  void ServeAsItIs();
  // Waits until all that was read can be seen; the first error there was, which the next Step will
  // tell as well before it goes back and reads again.
  absl::Status Settle();

  // Visits everything to fill the book, when it is due (book()->IsDue()); from any thread, one at a
  // time.
  absl::Status FillBook(const Patience& patience);

  // Served.
  Engine& engine() const override { return *engine_; }
  absl::Status Admit(const ReadDemand& demand, uint64_t epoch, const HomeSet& homes,
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
  absl::Status Blame(const absl::Status& of_log);
  void Take(LogChunk chunk, Time read_at);
  std::vector<LogChange> ChangesOf(std::vector<LogRecord> records);
  void Taken(const LogPosition& after, std::optional<Time> whole_at,
             const absl::StatusOr<WriteResult>& result);

  const FollowerOptions options_;
  LogStore& logs_;
  std::unique_ptr<SlotBook> book_;     // before the engine, which tells it what changes
  std::unique_ptr<LogReader> reader_;  // of the thread that steps, as the two below
  HomeSet kept_;
  LogPosition read_;  // to here
  bool log_is_broken_ = false;
  bool was_away_too_long_ = false;

  mutable std::atomic<int> waiting_{0};  // in AwaitPosition
  mutable Mutex mu_;
  ConditionVariable taken_;
  SlotsHere here_ ABSL_GUARDED_BY(mu_);
  HomeSet served_ ABSL_GUARDED_BY(mu_);
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
