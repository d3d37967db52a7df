#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "engine/wait/mutex.h"
#include "geo/fix.h"

namespace spoor {

// Latitude and longitude of the fixes of one trajectory, shared with the cache that holds it.
struct Geometry {
  std::vector<Fix> fixes;
};
using GeometryPtr = std::shared_ptr<const Geometry>;

// The fixes of recently measured trajectories, so that re-ranking reads memory and not the store.
// Keyed by (segment, ordinal), which names one version of a record for ever.  Evicts by second
// chance.
//
// Thread safety: all methods may be called from any number of threads.
class GeometryCache {
 public:
  explicit GeometryCache(uint64_t max_bytes) : max_bytes_(max_bytes / kShards) {}

  // Null when it is not there.
  GeometryPtr Find(uint64_t segment, uint32_t ordinal);
  void Insert(uint64_t segment, uint32_t ordinal, GeometryPtr geometry);
  uint64_t bytes() const;

 private:
  static constexpr size_t kShards = 16;

  struct Key {
    uint64_t segment;
    uint32_t ordinal;
    friend bool operator==(const Key&, const Key&) = default;
    template <typename H>
    friend H AbslHashValue(H h, const Key& k) {
      return H::combine(std::move(h), k.segment, k.ordinal);
    }
  };
  struct Entry {
    Key key;
    GeometryPtr geometry;
    bool used = false;
  };
  struct Shard {
    mutable Mutex mu;
    std::list<Entry> clock ABSL_GUARDED_BY(mu);  // the hand is at the front
    absl::flat_hash_map<Key, std::list<Entry>::iterator> map ABSL_GUARDED_BY(mu);
    uint64_t bytes ABSL_GUARDED_BY(mu) = 0;
  };

  Shard& ShardOf(const Key& key) { return shards_[(key.ordinal ^ key.segment * 7) % kShards]; }
  void Evict(Shard& shard) ABSL_EXCLUSIVE_LOCKS_REQUIRED(shard.mu);

  const uint64_t max_bytes_;  // of a shard
  std::array<Shard, kShards> shards_;
};

}  // namespace spoor
