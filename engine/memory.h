#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/geometry_cache.h"

namespace spoor {

// One budget for everything that the collections of a process keep in memory: an eighth each for
// write buffers and memory segments, three eighths for blocks of the store, two for geometry; the
// rest is left to requests.  Mapped segment files are the operating system's.
class Memory {
 public:
  explicit Memory(uint64_t bytes);
  ~Memory();

  uint64_t bytes() const { return bytes_; }
  GeometryCache& geometry() { return geometry_; }
  // Of all collections together; who adds beyond segment_budget() should seal.
  std::atomic<uint64_t>& segment_bytes() { return segment_bytes_; }
  uint64_t segment_budget() const { return bytes_ / 8; }
  uint64_t used() const;

  struct Blocks;  // store.cc
  const Blocks& blocks() const { return *blocks_; }

 private:
  const uint64_t bytes_;
  const std::unique_ptr<Blocks> blocks_;
  GeometryCache geometry_;
  std::atomic<uint64_t> segment_bytes_ = 0;
};

}  // namespace spoor
