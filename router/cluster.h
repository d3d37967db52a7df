#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "shard/log/collection_log.h"
#include "shard/map/mapper.h"
#include "shard/served.h"

namespace spoor {

// What the Api asks: collections, wherever their trajectories are.  One process with everything in
// it (`spoor serve`), and a router before many nodes, are the same to it.

// Where a client has written to: what a session token says.
struct WrittenTo {
  LogPosition position;
  HomeSet homes = HomeSet::All();
  friend bool operator==(const WrittenTo&, const WrittenTo&) = default;
};

// What a client asks of a read beside the question.
struct ReadTerms {
  std::optional<WrittenTo> written;          // session
  std::optional<uint32_t> max_staleness_ms;  // bounded
  bool allow_partial = false;
};

// What a join asks of its steps.
struct JoinTerms {
  LogPosition as_of;  // see at least this; of log 0: no matter what
  // A moment at which the log had reached it: what was known of a slot before does not count.
  std::chrono::steady_clock::time_point since;
};

// Why a slot was asked.
enum class AskedFor : uint8_t { kReach, kNoReachYet, kToken, kEverything, kHome };

// How a read was answered.
struct ReadReport {
  uint32_t asked = 0, answered = 0, failed = 0;  // slots
  uint32_t pruned = 0;        // not asked: their reach, or where they are, tells that it is in vain
  uint32_t nodes = 0;         // asked
  uint32_t rounds = 0;        // of calls to them, one after another
  uint32_t staleness_ms = 0;  // of the stalest slot, asked or pruned
  uint64_t damaged = 0;       // records left out, because they cannot be read and there is no copy
  struct Slot {
    uint32_t slot = 0;
    AskedFor why = AskedFor::kEverything;
    bool answered = false;
  };
  std::vector<Slot> slots;  // that were asked, ascending
  // Of Get: all who answered had seen at least so much of the log.  Log 0: not known.
  LogPosition seen;
};

template <typename Answer>
struct Read {
  Answer answer;
  ReadReport report;
};

// Sums over the cluster.
struct CollectionCounts {
  EngineStats stats;  // trajectories, fixes, geodabs, extent: each record once; bytes: all replicas
  uint32_t slots = 1, replicas = 1;
  uint64_t epoch = 0;
  bool complete = true;  // every slot has answered
};

class RoutedRead;

// What reads ask.  They are functions on it, a file each in router/reads: Search, Range, Get, Walk,
// Probe, Map.
//
// Thread safety: all methods may be called from any number of threads.  They wait and must not be
// called on a thread of a channel.
class CollectionReader {
 public:
  virtual ~CollectionReader() = default;

  // Has the read made by the placement in force, and anew where a node goes by another one.  Where
  // nothing was ever written the read is left as it is.
  // Errors: those of engines; Unavailable when slots fail and partial answers are not allowed,
  // FailedPrecondition for the token of another log.
  virtual absl::Status Ask(RoutedRead& read, const ReadTerms& terms,
                           const Patience& patience) const = 0;
  virtual absl::StatusOr<CollectionCounts> Count(const Patience& patience) const = 0;

  // Of the generation that answers; absent, as for an auto collection without records.
  virtual std::optional<IndexParams> Params() const = 0;
  // Of its log, so that the version of an id can be compared with a position.
  virtual uint32_t Partitions() const { return 1; }
  virtual uint64_t LogId() const { return 0; }  // that its tokens name
  // Whether a read sees all that was acknowledged before it, whatever its terms: what it does not
  // find is not there.
  virtual bool ReadsAreCurrent() const { return false; }
  // Behind all that has been acknowledged; of log 0 where reads are current.
  virtual absl::StatusOr<LogPosition> End() const { return LogPosition(); }
  // Whether the log has a record of the id from `since` on, before the one at `written`.
  virtual absl::StatusOr<bool> ChangedBetween(const TrajectoryId& /*id*/,
                                              const LogPosition& /*since*/,
                                              const LogPosition& /*written*/,
                                              const Patience& /*patience*/) const {
    return false;
  }
  // Waits until what was written can be read, on one replica of each of its slots, or on all nodes:
  // also those that held what it has replaced.
  enum class Applied : uint8_t { kOnOne, kOnAll };
  virtual absl::Status AwaitApplied(const WrittenTo& written, Applied where,
                                    const Patience& patience) const = 0;
};

// What is changed, in the order of the calls.
//
// Thread safety: as above.
class CollectionWriter {
 public:
  virtual ~CollectionWriter() = default;

  // Errors as CollectionLog.  The first batch of an auto collection decides its parameters, and
  // where its slots are cut, before it is written.
  using Written = std::function<void(absl::StatusOr<WrittenTo>)>;
  virtual void Write(std::vector<Trajectory> batch, Written done) = 0;
  // Whether the next batch is the one that decides: a larger one decides better.
  virtual bool DecidesByNextBatch() const { return false; }
  virtual void Delete(std::vector<Engine::Deletion> items, Written done) = 0;
  // A change that is only to be made while its id has the version that the caller has read as of
  // End().  One process decides that in the midst of its commits: Aborted, where the version is
  // another.  A log that nodes follow takes it whatever there is; the caller learns by
  // ChangedBetween whether something came before it.
  virtual void ChangeIf(ConditionalChange change, Written done) = 0;

  // Indexes it anew by these parameters while it serves; progress gets 0 ... 1.  FailedPrecondition
  // where parameters cannot be changed, which CheckReindex tells beforehand.
  virtual absl::Status CheckReindex() const;
  virtual absl::Status Reindex(const IndexParams& params, const Patience& patience,
                               const std::function<void(double)>& progress);
};

class ClusterCollection : public CollectionReader, public CollectionWriter {};

// That a replica has answered with damage (shard/rpc/attempts.h), while others answered in its
// place.
struct DamageReport {
  std::string collection, node;
  std::string problem;  // the last one
  uint64_t times = 0;
  int64_t last_ms = 0;  // since the Unix epoch
};

// For GET /v1/cluster.
struct ClusterDescription {
  struct Node {
    std::string name, address, zone;
    bool up = false;
    std::string problem;  // why it is not; empty
  };
  struct Replica {
    std::string node;
    bool ready = false;
    uint64_t lag = 0;  // records
    uint32_t staleness_ms = 0;
  };
  struct Collection {
    std::string name;
    uint64_t epoch = 0;
    uint32_t slots = 0, replicas = 0;
    std::vector<Replica> nodes;  // that serve it
  };
  std::vector<Node> nodes;
  std::vector<Collection> collections;
  std::vector<std::string> mismatches;  // of replicas that differ, a sentence each
  std::vector<DamageReport> damage;
  std::string metadata_problem;  // why what is shown may be old; empty: it is not
};

// Figures of collections, by name.
using CollectionStats = std::vector<std::pair<std::string, EngineStats>>;

// Thread safety: all methods may be called from any number of threads.
class Cluster {
 public:
  virtual ~Cluster() = default;

  struct Created {
    std::shared_ptr<ClusterCollection> collection;
    bool created = false;
  };
  // As Node::Create.
  virtual absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params,
                                         const Patience& patience) = 0;
  // Of a collection that is made for its first batch of records: ClusterCollection's
  // DecidesByNextBatch.
  virtual bool FirstBatchDecides() const { return false; }
  // NotFound; any other error: why the collection, which is there, cannot be used.
  virtual absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view name) = 0;
  // Ascending; what is known, which is nothing until Ready.
  virtual std::vector<std::string> Names() const = 0;
  virtual absl::Status Drop(absl::string_view name, const Patience& patience) = 0;  // NotFound

  // What nodes have said of their own damage while others answered; empty where there are none.
  virtual std::vector<DamageReport> Damage() const { return {}; }
  virtual absl::StatusOr<ClusterDescription> Describe(const Patience& patience) = 0;
  // Of what this process itself stores; null where that is nothing.
  virtual const Memory* memory() const { return nullptr; }
  // Of all collections that can be counted in time.
  virtual CollectionStats Stats(const Patience& patience);
  // How the storage of this process does, by collection; empty where it has none.
  virtual std::vector<std::pair<std::string, StoreFigures>> Storage() const { return {}; }
  // OK when reads can be answered; Unavailable says what is missing.
  virtual absl::Status Ready() const = 0;
};

}  // namespace spoor
