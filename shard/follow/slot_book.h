#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "engine/store/log_position.h"
#include "engine/wait/mutex.h"
#include "shard/place/reach.h"

namespace spoor {

// What a node knows about each slot that it serves, kept as records come and go: its reach, for
// routers to prune by, and its digests, for replicas to be compared.
//
// A digest is the sum over the records of a slot and a partition, as of an offset O of the
// partition, of a hash of id and version: replicas that followed past O hold the same records
// below it, so their digests agree, whatever way they took.  They are kept for the last kKept
// multiples of kEvery.
//
// It is filled by a visit of the engine, which takes a while; until then nothing is known.
//
// Thread safety: all methods may be called from any number of threads.
class SlotBook {
 public:
  static constexpr uint64_t kEvery = 1 << 16;
  static constexpr size_t kKept = 2;

  struct Digest {
    uint32_t slot = 0, partition = 0;
    uint64_t offset = 0;
    uint64_t records = 0, sum = 0;
    friend bool operator==(const Digest&, const Digest&) = default;
  };
  struct ReachUpdate {
    uint64_t revision = 0;                                // to ask from next time
    bool known = false;                                   // false: every slot may touch everything
    std::vector<std::pair<uint32_t, std::string>> slots;  // encoded, those that changed
    std::vector<std::pair<uint32_t, uint64_t>> live;      // trajectories, of all slots
  };

  SlotBook(uint64_t log_id, uint32_t partitions, uint64_t digest_every = kEvery);

  // The slots that count from now on, and where they are cut; all that is known is forgotten, to be
  // filled anew.
  void Place(std::vector<uint64_t> cuts, const std::vector<uint32_t>& slots);
  // Forgets what is known, to be visited anew; a visit that has begun before is of no use any more.
  // REQUIRES: on the thread that calls Apply, as Engine::Visit's `begin`.
  uint64_t BeginVisit();
  void Visit(uint64_t visit, const EngineChange& stored);
  void EndVisit(uint64_t visit);  // everything has been visited
  bool filled() const;
  // Nothing is known, or so much has gone that visiting anew would make reaches smaller.
  bool IsDue() const;

  // ChangeSink of the engine.
  void Apply(absl::Span<const EngineChange> changes);
  // All changes below are applied; `live`: nothing that was compacted can have been missed between
  // this position and the one before, so that digests mean something.
  void Reached(const LogPosition& position, bool live);

  // The reach of the slots that changed since that revision; 0, or a revision of another book (of
  // this node's former life): of all.
  ReachUpdate Reaches(uint64_t since_revision) const;
  std::vector<Digest> Digests() const;

 private:
  struct Sum {
    uint64_t records = 0, sum = 0;
  };
  struct Slot {
    Reach reach;
    uint64_t revision = 0;  // when its reach last changed
    std::vector<Sum> sums;  // by partition
  };

  Slot* SlotOfHome(uint64_t home) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Count(absl::string_view id, const RecordPlace& place, bool add)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Touch(uint64_t home, const EngineChange& change) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Snap(uint32_t partition, uint64_t offset) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  void Forget() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const uint32_t partitions_;
  const uint64_t digest_every_;
  mutable Mutex mu_;
  std::vector<uint64_t> cuts_ ABSL_GUARDED_BY(mu_);
  std::map<uint32_t, Slot> slots_ ABSL_GUARDED_BY(mu_);
  bool filled_ ABSL_GUARDED_BY(mu_) = false;
  uint64_t visit_ ABSL_GUARDED_BY(mu_) = 0;  // counts them
  bool live_ ABSL_GUARDED_BY(mu_) = false;
  const uint64_t first_revision_;  // random, so that no other book's are taken for its own
  uint64_t revision_ ABSL_GUARDED_BY(mu_);
  LogPosition position_ ABSL_GUARDED_BY(mu_);
  std::vector<uint64_t> next_snap_ ABSL_GUARDED_BY(mu_);  // of each partition; 0: none yet
  // By partition: the digests of the last multiples, oldest first.
  std::vector<std::vector<std::vector<Digest>>> digests_ ABSL_GUARDED_BY(mu_);
};

// Digests of one slot, partition and offset that differ.
struct DigestMismatch {
  SlotBook::Digest one, other;
};
std::vector<DigestMismatch> CompareDigests(absl::Span<const SlotBook::Digest> one,
                                           absl::Span<const SlotBook::Digest> other);

}  // namespace spoor
