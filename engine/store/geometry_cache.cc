#include "engine/store/geometry_cache.h"

#include <utility>

namespace spoor {
namespace {

constexpr uint64_t kEntryBytes = 160;  // list node, map slot, control block, vector

uint64_t BytesOf(const Geometry& g) { return kEntryBytes + g.fixes.capacity() * sizeof(Fix); }

}  // namespace

GeometryPtr GeometryCache::Find(uint64_t segment, uint32_t ordinal) {
  const Key key{segment, ordinal};
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mu);
  const auto it = shard.map.find(key);
  if (it == shard.map.end()) return nullptr;
  it->second->used = true;
  return it->second->geometry;
}

void GeometryCache::Insert(uint64_t segment, uint32_t ordinal, GeometryPtr geometry) {
  const Key key{segment, ordinal};
  const uint64_t bytes = BytesOf(*geometry);
  if (bytes > max_bytes_ / 2) return;
  Shard& shard = ShardOf(key);
  MutexLock lock(shard.mu);
  if (shard.map.contains(key)) return;
  shard.clock.push_back({key, std::move(geometry)});
  shard.map[key] = std::prev(shard.clock.end());
  shard.bytes += bytes;
  while (shard.bytes > max_bytes_) Evict(shard);
}

void GeometryCache::Evict(Shard& shard) {
  for (;;) {
    const auto hand = shard.clock.begin();
    if (std::exchange(hand->used, false)) {
      shard.clock.splice(shard.clock.end(), shard.clock, hand);
      continue;
    }
    shard.bytes -= BytesOf(*hand->geometry);
    shard.map.erase(hand->key);
    shard.clock.erase(hand);
    return;
  }
}

uint64_t GeometryCache::bytes() const {
  uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    MutexLock lock(shard.mu);
    sum += shard.bytes;
  }
  return sum;
}

}  // namespace spoor
