#pragma once

// The inside of Engine.  One thread, the committer, owns the state and runs tasks one after
// another; it publishes immutable views, which are all that readers see.  Three more kinds of
// thread meet it only through tasks: callers (Prepare, reads), the maintainer (seal, merge),
// whoever re-indexes.
//
// * engine.cc: the facade and the reads;
// * commit.cc: a group of writes becomes one WriteBatch;
// * recover.cc: from the store to a view;
// * maintain.cc: sealing and merging segments;
// * mend.cc: damaged segments are made anew;
// * reindex.cc: a new generation;
// * segment_list.cc: the committer's list of segments;
// * walk.cc: records in the order of their homes;
// * reopen.cc: another handle of the store;
// * check.cc: CheckStore.

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/engine.h"
#include "engine/search/search.h"
#include "engine/segment/segment.h"
#include "engine/segment/segment_scrub.h"
#include "engine/store/codec.h"
#include "engine/store/damage_book.h"
#include "engine/store/disk_guard.h"
#include "engine/store/log_value.h"
#include "engine/store/memory.h"
#include "engine/store/store.h"
#include "engine/wait/mutex.h"

namespace spoor {

struct PreparedRecord {
  Trajectory trajectory;
  Summary summary;
  uint64_t home = 0;
  std::string sketch;   // SketchOf
  std::string payload;  // of PackedTrajectory
  // Of this generation; the committer makes it anew when another one has taken over.
  Fingerprint fingerprint;
  std::optional<uint64_t> generation;
};

// A segment of the current generation as the committer knows it.
struct LiveSegment {
  SegmentView view;
  uint64_t uid = 0;      // never reused in this process: names it in the geometry cache
  uint64_t file = 0;     // number of its file; 0: in memory
  bool frozen = false;   // the maintainer is merging it: the committer must not
  bool damaged = false;  // in no view any more, and its file is gone: it is to be made anew
};

// One snapshot: segments and store at the same log position.  Immutable.
struct View {
  std::shared_ptr<void> reader;  // tells when the view goes; last, when nothing of it is left
  std::optional<IndexParams> params;
  uint64_t generation = 0;
  LogPosition log;
  std::vector<SegmentView> segments;
  std::vector<uint64_t> uids;
  Store::SnapshotPtr snapshot;
  uint32_t memory_segments = 0;
  uint64_t mending = 0;  // trajectories of damaged segments, which are being made anew
  uint64_t lost = 0;     // records that are in no segment, because they cannot be read
  uint64_t left_out() const { return mending + lost; }
};
// Places in a view whose records cannot be read.
using Unreadable = std::set<SegmentOrdinal>;
using LostIds = std::set<std::string, std::less<>>;
using ViewPtr = std::shared_ptr<const View>;

using WriteDone = std::function<void(absl::StatusOr<WriteResult>)>;

struct WriteTask {
  PreparedBatch batch;
  WriteDone done;
  std::optional<uint64_t> only_if = {};  // of a batch of one: the version that its id has to have
};
struct DeleteTask {
  struct Item {
    std::string id;
    uint64_t version = 0;  // delete only this one; 0: any
  };
  std::vector<Item> items;
  WriteDone done;
};
struct FollowTask {
  LogPart part;
  WriteDone done;
};
// Anything else that must see the state alone.
struct CallTask {
  std::function<void()> call;
};
using Task = std::variant<WriteTask, DeleteTask, FollowTask, CallTask>;

class CommitGroup;

class Engine::Impl {
 public:
  Impl(std::string path, EngineOptions options);
  ~Impl();

  absl::Status Recover();  // once, before anything else
  void Start();            // the threads

  // --- engine.cc
  ViewPtr view() const;
  void Post(Task task);
  void RunOnCommitter(const std::function<void()>& call);  // waits
  // With unreadable, what is damaged is noted there and left out; else it is DataLoss.
  FetchGeometry Fetcher(const View& view, Unreadable* unreadable) const;
  // The same status; damage is told.
  absl::Status Told(absl::Status status) const;
  bool follows() const { return options_.follow.has_value(); }
  absl::StatusOr<std::optional<Found>> Read(const TrajectoryId& id, const View& view) const;
  absl::StatusOr<std::optional<Stored>> ReadStored(const TrajectoryId& id, const HomeSet& homes,
                                                   const View& view) const;
  absl::StatusOr<std::vector<Trajectory>> Sample(size_t n, uint64_t seed,
                                                 const Patience& patience) const;
  std::optional<IndexParams> params() const { return view()->params; }
  int64_t followed_ms() const { return followed_at_start_ms_; }
  EngineStats Stats(const HomeSet& homes) const;
  absl::Status WaitFor(const LogPosition& position, const Patience& patience) const;
  absl::Status Visit(const std::function<void()>& begin,
                     const std::function<void(const EngineChange&)>& visit,
                     const Patience& patience);

  // --- walk.cc
  absl::StatusOr<WalkAnswer> Walk(const WalkQuery& query, const Patience& patience) const;
  absl::StatusOr<WalkAnswer> Walk(const WalkQuery& query, const WalkVisit& visit,
                                  const Patience& patience) const;

  // --- commit.cc
  static std::unique_ptr<PreparedRecord> PrepareOne(PackedTrajectory packed,
                                                    const std::optional<IndexParams>& params,
                                                    uint64_t generation);

  // --- maintain.cc
  absl::Status Seal() ABSL_LOCKS_EXCLUDED(maintain_mu_);
  // Merges sealed segments while a set of at least min_count is worth it.
  absl::Status Merge(size_t min_count, bool all) ABSL_LOCKS_EXCLUDED(maintain_mu_);

  // --- mend.cc
  absl::Status Scrub();
  // Whether segments of the view that a read has found suspicious are damaged: then it must not be
  // believed, and the next view does without them.
  bool Condemns(const View& view);
  bool records_damaged() const { return damage_.records(); }

  // --- reindex.cc
  absl::Status Reindex(const IndexParams& params, const Patience& patience,
                       const std::function<void(double)>& progress);

  Store& store() const { return *store_; }
  Memory& memory() const { return *memory_; }
  std::string SegmentPath(uint64_t file) const;

 private:
  friend class CommitGroup;
  class FileBuild;  // engine/file_build.h

  // --- commit.cc
  void CommitterLoop();
  void CommitTasks(std::vector<Task> tasks);
  void RefuseWithoutRoom(std::vector<Task>& tasks);
  absl::Status CheckRoom();
  void LeaveFailedStore(const CommitGroup& group);
  void Publish();
  bool writes() const { return options_.access != Access::kRead; }
  // FailedPrecondition when it was opened for reading, ResourceExhausted while its store is.
  absl::Status CheckWrites() const;

  // --- reopen.cc, on the committer
  struct CommitterState;
  void SwapState(CommitterState& other);
  absl::Status AwaitReaders();
  absl::Status ExchangeStore(Access access);
  bool NeedsReopening() const;
  absl::Status Reopen();

  // --- the committer's list of segments, segment_list.cc
  void Remove(std::vector<LiveSegment>& list, uint64_t home, absl::string_view id,
              uint64_t below_version) const;
  void AddMemorySegment(std::vector<LiveSegment>& list,
                        absl::Span<const SegmentEntry> entries) const;
  void MergeSmall(std::vector<LiveSegment>& list) const;
  void CountMemory();

  // --- maintain.cc
  void MaintainerLoop();
  void LookAtTheDisk();
  absl::Status CheckWritesFromOutside();  // CheckWrites, from another thread than the committer
  absl::Status MergeInto(std::vector<LiveSegment> inputs, uint64_t file,
                         std::optional<uint64_t> sealed_position);
  absl::Status Swap(const std::vector<LiveSegment>& inputs, LiveSegment merged,
                    std::optional<uint64_t> sealed_position);
  bool SealIsDue() const;
  void SealWhereLate();
  std::vector<LiveSegment> PickMerge(size_t min_count, bool all);
  Manifest ManifestOf(const std::vector<LiveSegment>& list) const;
  uint64_t JournalEnd(uint64_t sealed_position) const;
  void RemoveFiles(const std::vector<LiveSegment>& list) const;

  // --- mend.cc
  void ScrubSome();
  void Condemn(uint64_t uid, const absl::Status& why);
  absl::Status Mend() ABSL_LOCKS_EXCLUDED(maintain_mu_);
  absl::StatusOr<std::vector<LiveSegment>> BuildMissing(const std::vector<SegmentView>& others,
                                                        const Store::Snapshot& snapshot,
                                                        LostIds* unreadable);
  absl::Status SwapMended(const std::set<uint64_t>& uids, std::vector<LiveSegment> built,
                          const LostIds& unreadable);

  // --- reindex.cc
  // Brings a list of another generation from `from` to now and puts it in the place of the list:
  // at first beside the writers, at last while they wait.  What is left in `list` is to be removed.
  absl::Status CatchUp(const IndexParams& params, uint64_t from, const Patience& patience,
                       std::vector<LiveSegment>& list);
  absl::Status TakeOver(Manifest manifest, std::vector<LiveSegment>& list);  // on the committer

  // --- recover.cc
  absl::Status OpenStore();
  Access Affordable() const;
  absl::Status LoadMeta();
  absl::Status MakeMeta();  // of a new store
  absl::Status LoadSegments();
  void RemoveOrphans() const;
  // Brings list from `after` to the snapshot's position by the journal; returns how many lines that
  // were.  Records that cannot be read are noted in unreadable; null: they are an error.
  absl::StatusOr<uint64_t> Replay(uint64_t after, const Store::Snapshot& snapshot,
                                  const IndexParams& params, std::vector<LiveSegment>& list,
                                  LostIds* unreadable) const;
  // Segments of all records in the snapshot, in files; unreadable as above.
  absl::StatusOr<std::vector<LiveSegment>> BuildAll(const IndexParams& params,
                                                    const Store::Snapshot& snapshot,
                                                    const Patience& patience,
                                                    const std::function<void(double)>& progress,
                                                    LostIds* unreadable);
  absl::Status Rebuild(absl::string_view why);
  absl::Status RebuildInMemory(const Store::Snapshot& snapshot);
  absl::Status Lose(LostIds ids);
  // NotFound, DataLoss.
  absl::StatusOr<StoredRecord> RecordAt(uint64_t home, absl::string_view id,
                                        const Store::Snapshot* snapshot) const;

  const std::string path_;
  const EngineOptions options_;
  const std::shared_ptr<Memory> memory_;
  DiskGuard disk_;
  std::unique_ptr<Store> store_;

  // Of the committer alone (and of Recover, before it runs).
  StoreHeader header_;
  Manifest manifest_;
  bool has_params_ = false;
  uint64_t position_ = 0;  // of the journal; of an engine that is its own log, that log's
  Followed followed_;      // of one that follows another
  int64_t followed_at_start_ms_ = 0;
  uint64_t saved_total_ = 0;  // of what the store knows of followed_
  std::string rebuilt_;       // why the index was made anew at the start; empty: it was not
  std::vector<LiveSegment> segments_;  // sealed ones first
  uint64_t counted_memory_ = 0;        // what of memory_->segment_bytes() is ours
  std::optional<uint64_t>
      journal_floor_;  // a generation is being built from here: keep the lines above
  LostIds lost_;       // of records that are there and that no segment has: they cannot be read
  // What was deleted or replaced since damaged segments are being made anew.
  std::optional<std::vector<std::pair<uint64_t, std::string>>> gone_meanwhile_;

  mutable Mutex view_mu_;
  mutable ConditionVariable published_;
  ViewPtr view_ ABSL_GUARDED_BY(view_mu_);        // null while the store is exchanged
  uint64_t views_ ABSL_GUARDED_BY(view_mu_) = 0;  // that somebody has, the newest among them

  mutable Mutex queue_mu_;
  std::deque<Task> queue_ ABSL_GUARDED_BY(queue_mu_);
  bool stopping_ ABSL_GUARDED_BY(queue_mu_) = false;  // the maintainer
  bool closing_ ABSL_GUARDED_BY(queue_mu_) = false;   // the committer, when the queue is empty
  uint64_t commits_ ABSL_GUARDED_BY(queue_mu_) = 0;
  ConditionVariable queued_, committed_;  // wake the committer and the maintainer

  Mutex maintain_mu_;  // one seal, merge or re-index's switch at a time
  std::atomic<uint64_t> next_file_ = 1;
  std::atomic<bool> disk_full_ = false;
  std::atomic<bool> reindexing_ = false;
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<double> reindex_progress_ = 0;

  mutable DamageBook damage_;
  std::optional<SegmentScrub> scrub_;  // of the maintainer
  uint64_t scrubbed_uid_ = 0;          // whose turn it was last
  std::atomic<bool> to_mend_ = false;
  std::chrono::steady_clock::time_point scrubbed_at_ = std::chrono::steady_clock::now();

  std::thread committer_, maintainer_;
};

// Where the collection in directory path keeps the segment file of this number.
std::string SegmentFilePath(absl::string_view path, uint64_t file);

// A number that no other segment of this process has.
uint64_t NextSegmentUid();

}  // namespace spoor
