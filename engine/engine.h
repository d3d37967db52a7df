#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/search/join.h"
#include "engine/search/query.h"
#include "engine/store/access.h"
#include "engine/store/damage_book.h"
#include "engine/store/home_set.h"
#include "engine/store/log_position.h"
#include "engine/store/store_figures.h"
#include "geo/summary.h"
#include "geo/trajectory.h"

namespace rocksdb {
class Env;
}

namespace spoor {

class Memory;
class EngineReader;

// What an id was, or has become.
struct RecordPlace {
  uint64_t home = 0;     // home key (engine/store/home_key.h)
  uint64_t version = 0;  // of the record
  friend bool operator==(const RecordPlace&, const RecordPlace&) = default;
};

// Told of a record that a walk passes; returns whether to go on.
using WalkVisit = std::function<bool(const HomePlace& place, uint64_t version, Trajectory record)>;

// One change of what an engine holds.  Borrowed.
struct EngineChange {
  absl::string_view id;
  uint64_t version = 0;  // of the record that made the change
  std::optional<RecordPlace> before, after;
  // Of what it has become; empty when it is gone, or was replaced again at once.
  TrajectoryView fixes;
  absl::Span<const Geodab> geodabs;
};
// Told of changes of followed logs (Engine::Follow), on the committer's thread, before anybody can
// see them.
using ChangeSink = std::function<void(absl::Span<const EngineChange>)>;

struct EngineOptions {
  Access access = Access::kWrite;
  // The parameters of the index; auto (from the first records) when absent.  Of a store that exists
  // they must equal the stored ones, or be absent.
  std::optional<IndexParams> params;
  // What it may keep in memory, shared with other engines (engine/store/memory.h); absent: its own,
  // memory_bytes.
  std::shared_ptr<Memory> memory;
  uint64_t memory_bytes = uint64_t{1} << 30;
  // Writes are refused with ResourceExhausted while the disk has less than this free.
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;
  // Memory segments are sealed into a file at this many trajectories (or at a sixteenth of the
  // memory).
  uint32_t seal_trajectories = 1 << 15;
  // Turned off by tests that call Seal and Compact themselves.
  bool background = true;
  // The id of the log that the engine follows; absent: it is its own log.  A store that follows
  // another one, or none, is refused with FailedPrecondition.
  std::optional<uint64_t> follow;
  ChangeSink on_change;  // may be null
  DamageSink on_damage;  // of what it meets while it serves, once each, on any thread; may be null
  // How much of the index files in use is read again and compared with its checksums, all the time.
  uint64_t scrub_bytes_per_s = uint64_t{16} << 20;
  // File system of the store, for tests that break it; not owned, outlives the engine.
  rocksdb::Env* env = nullptr;
};

// A record made ready to be written: checked, encoded, fingerprinted.  Opaque; Engine::Prepare
// makes it on the caller's thread, so that the committer does little.  (shared_ptr, because callers
// that do not know the type must be able to drop it.)
struct PackedTrajectory;  // engine/store/log_value.h
struct PreparedRecord;
using PreparedBatch = std::vector<std::shared_ptr<PreparedRecord>>;

// What a record of a followed log means here.
struct LogChange {
  std::string id;
  uint64_t version = 0;                    // above that of all earlier changes of this id
  std::shared_ptr<PreparedRecord> record;  // null: nothing of this id is here from now on
};

// A part of a followed log: what lies between two positions of it.
struct LogPart {
  LogPosition from, after;
  std::vector<LogChange> changes;  // those that matter here, each id's in order
  // Since when the log may have forgotten deletions that the store has not heard of: the part was
  // read then, from the log's beginning or to its end, in ms since the Unix epoch.  0: neither.
  int64_t whole_as_of_ms = 0;
};

struct WriteResult {
  uint64_t position = 0;  // of the last record; everything up to it is durable and searchable
  uint64_t inserted = 0, replaced = 0, unchanged = 0, deleted = 0;
  std::vector<uint8_t>
      existed;           // Write: 1 where the id was known before, in the order of the batch
  bool refused = false;  // WriteIf: the id had another version, nothing was changed
  uint64_t version = 0;  // WriteIf: what the record has now
};

struct EngineStats {
  uint64_t trajectories = 0, fixes = 0,
           geodabs = 0;                       // geodabs: postings, of live trajectories about
  uint64_t disk_bytes = 0, memory_bytes = 0;  // memory: of memory segments
  uint64_t mapped_bytes = 0;                  // of disk_bytes, what is mapped: segment files
  uint32_t segments = 0, memory_segments = 0;
  uint64_t position = 0;  // log.total()
  LogPosition log;
  int64_t followed_ms = 0;  // of a followed log, the last LogPart::whole_as_of_ms; 0: there is none
  uint64_t generation = 0;
  std::optional<IndexParams> params;  // absent before the first record of an auto collection
  std::optional<Box> extent;
  bool reindexing = false;
  double reindex_progress = 0;  // 0 ... 1
  bool disk_full = false;
  std::string rebuilt;   // why the index files were made anew at the start; empty: they were sound
  uint64_t damages = 0;  // found since the start
  // Records that no answer has now: unreadable, or their part of the index is being mended.
  uint64_t left_out = 0;
};

// One searchable collection on one machine: a RocksDB store of the truth, and an index derived from
// it.
//
// Promises
//   1. What a write call answered OK for survives a crash and a loss of power.
//   2. A crash leaves all of a record or nothing of it, never a part, a double or a phantom.
//   3. Reads see one snapshot: every write before some position, none after it.
//   4. A damaged or missing index file is rebuilt from the records, also while it is in use; a
//      damaged record is reported, never served.
//   5. Damage spares the rest.  An engine that is its own log answers searches and ranges without
//      what cannot be read, and says how much that is (`damaged`, and `exact` is false).  One that
//      follows a log refuses, DataLoss for its store and Unavailable while its index is mended: the
//      records are elsewhere too.
//
// Thread safety: all methods may be called from any number of threads.
class Engine {
 public:
  // Opens the collection in directory path, or makes it (Access::kCreate, and then only; what
  // fails leaves nothing behind).  DataLoss when records are damaged, or it is not whole;
  // FailedPrecondition when options.params differ from the stored ones, Unavailable when another
  // process has it open.  Opened for reading it refuses all writes with FailedPrecondition, and
  // makes damaged index files anew in memory.
  static absl::StatusOr<std::unique_ptr<Engine>> Open(const std::string& path,
                                                      const EngineOptions& options);
  ~Engine();  // waits for what is running, flushes

  // Makes records ready; pure work for the caller's thread.  REQUIRES: each trajectory keeps its
  // invariants (geo/trajectory.h).
  PreparedBatch Prepare(std::vector<Trajectory> batch) const;
  // The same of what is packed already: the bytes are what the store will hold.
  PreparedBatch PreparePacked(std::vector<PackedTrajectory> batch) const;

  // Writes all records of the batch; a known id is replaced, the same record again changes nothing.
  // Calls done, on the committer's thread, once they are durable and searchable or have failed as a
  // whole: ResourceExhausted when the disk is full, Internal on other I/O errors.  Batches commit
  // in the order of the calls.
  void Write(PreparedBatch batch, std::function<void(absl::StatusOr<WriteResult>)> done);
  absl::StatusOr<WriteResult> Write(PreparedBatch batch);            // waits
  absl::StatusOr<WriteResult> Write(std::vector<Trajectory> batch);  // prepares and waits

  // Writes one record only while its id has this version (0: there is none); it is decided in the
  // midst of the commits, so that of two who expect the same one is refused.
  void WriteIf(std::shared_ptr<PreparedRecord> record, uint64_t version,
               std::function<void(absl::StatusOr<WriteResult>)> done);

  // Takes over a part of the log that it follows.  Changes that are not above the version that is
  // held are left out, so that a repeated record does no harm.  Once done is called they are
  // searchable; durable together with the position, which is no promise of when: a crash goes back
  // to some earlier one, from which the log is read again.  FailedPrecondition when the part is of
  // another log, or begins beyond position(): one before it has failed.  Else errors as Write.
  // REQUIRES: options.follow.
  void Follow(LogPart part, std::function<void(absl::StatusOr<WriteResult>)> done);
  absl::StatusOr<WriteResult> Follow(LogPart part);  // waits

  // A few bytes that the owner keeps beside the records, durable on return; empty at first.
  absl::Status SetNote(absl::string_view note);
  absl::StatusOr<std::string> Note() const;

  // What reads see now.
  LogPosition position() const;
  // Waits until they see at least this: DeadlineExceeded, Cancelled; FailedPrecondition at once for
  // the position of another log.
  absl::Status WaitFor(const LogPosition& position, const Patience& patience) const;
  // Visits everything that is stored, in the order of home keys, as of the moment at which `begin`
  // ran on the committer's thread; later changes go to on_change.
  absl::Status Visit(const std::function<void()>& begin,
                     const std::function<void(const EngineChange&)>& visit,
                     const Patience& patience) const;

  // Deletes those of the ids that exist; result.deleted says how many.
  absl::StatusOr<WriteResult> Delete(std::vector<TrajectoryId> ids);
  // Deletes those that still have the version; 0: any.
  struct Deletion {
    TrajectoryId id;
    uint64_t version = 0;
  };
  void Delete(std::vector<Deletion> items, std::function<void(absl::StatusOr<WriteResult>)> done);
  // Deletes what met the filter when it ran.
  absl::StatusOr<WriteResult> DeleteWhere(const Filter& filter, const Patience& patience);

  // What is published now (engine/reader.h); the reads below ask one.
  EngineReader Read() const;
  absl::StatusOr<SearchAnswer> Search(const Query& query, const Patience& patience) const;
  // The two rounds of a search with rerank that several engines answer together
  // (engine/search/search.h).
  absl::StatusOr<Shortlist> Propose(const Query& query, const Patience& patience) const;
  absl::StatusOr<SearchAnswer> Refine(const Query& query, absl::Span<const Hit> chosen,
                                      const Patience& patience) const;
  absl::StatusOr<RangeAnswer> Range(const RangeQuery& query, const Patience& patience) const;
  // A step of a join (engine/search/join.h): whose partners are asked for, and these.
  absl::StatusOr<WalkAnswer> Walk(const WalkQuery& query, const Patience& patience) const;
  absl::StatusOr<JoinAnswer> Probe(absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                   const Patience& patience) const;
  // NotFound when there is none.
  struct Found {
    Trajectory trajectory;
    uint64_t version = 0;
    uint32_t geodabs = 0;  // size of its fingerprint
  };
  absl::StatusOr<Found> Get(const TrajectoryId& id) const;
  // Several at once; a null where there is none.
  absl::StatusOr<std::vector<std::optional<Found>>> Get(absl::Span<const TrajectoryId> ids) const;

  // The same as it is stored, for another process: nothing is decoded here.
  struct Stored {
    uint64_t version = 0;
    uint32_t geodabs = 0;
    std::string value;  // as a log keeps it (engine/store/log_value.h); who decodes it checks it
  };
  struct StoredRecords {
    std::vector<std::optional<Stored>> found;  // a null where there is none, or it cannot be read
    uint32_t damaged = 0;                      // how many cannot be read
  };
  // Of what lives in these homes.
  absl::StatusOr<StoredRecords> GetStored(absl::Span<const TrajectoryId> ids,
                                          const HomeSet& homes = HomeSet::All()) const;

  // A sample of at most n records, drawn evenly over the id order by seed: fewer where so many do
  // not fit into a quarter of the memory.
  absl::StatusOr<std::vector<Trajectory>> Sample(size_t n, uint64_t seed,
                                                 const Patience& patience) const;

  // Builds a new generation with these parameters from the stored records while the old one serves,
  // then switches to it.  progress gets 0 ... 1.  Aborted when another one is running.
  absl::Status Reindex(const IndexParams& params, const Patience& patience,
                       const std::function<void(double)>& progress);

  // Seals memory segments into a file; merges all files into as few as Segment::kMaxTrajectories
  // allows. The background does both by itself, when it pays.
  absl::Status Seal();
  absl::Status Compact();
  // Reads all index files that are in use again, and makes anew what is damaged.  The background
  // does so a piece at a time.
  absl::Status Scrub();
  // Whether damage was met in the store, and not only in the index, which mends itself.
  bool records_damaged() const;

  // What it shares with other engines, and what is in use of it.
  Memory& memory() const;

  // Of the generation in force; none before the first record has decided about them.
  std::optional<IndexParams> params() const;
  // EngineStats::followed_ms, as it was when the engine was opened.
  int64_t followed_ms() const;

  // Counts what lives in these homes.  Looks at every trajectory: not for one figure.
  EngineStats Stats(const HomeSet& homes = HomeSet::All()) const;

  // How its storage does.
  StoreFigures storage() const;

  // Reads everything that is stored at path and says what is damaged: checksums, records that do
  // not decode, ids, journal and segments that contradict the records.  Returns how many findings
  // there were; changes nothing.  The store must not be open.
  // Errors, as opposed to findings, say that something could not be looked at.
  static absl::StatusOr<uint64_t> CheckStore(const std::string& path, const DamageSink& sink);
  // Visits everything in it that can be read, in the order of homes, and tells what cannot; returns
  // how many findings that were.
  static absl::StatusOr<uint64_t> SalvageStore(
      const std::string& path, const std::function<absl::Status(const Trajectory&)>& visit,
      const DamageSink& sink);

  class Impl;  // engine/engine_impl.h

 private:
  explicit Engine(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
