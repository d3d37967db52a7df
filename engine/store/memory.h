#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "engine/store/geometry_cache.h"

namespace spoor {

// One budget for everything that the collections of a process keep in memory that is of no file, in
// sixteenths of it:
//
//   4  blocks of the store        1 … 2  memory segments: sealed from one on, and where that is too
//   3  geometry                          slow, by those who write
//   2  write buffers              2      merges and builds of the index, and what tuning looks at
//
// The rest is left to requests, and to what the allocator keeps.  Mapped segment files are the
// operating system's, which takes them back when it needs the room.
//
// Thread safety: all methods may be called from any number of threads.
class Memory {
 public:
  explicit Memory(uint64_t bytes);
  ~Memory();

  uint64_t bytes() const { return bytes_; }
  GeometryCache& geometry() { return geometry_; }
  // Of all collections together; who adds beyond segment_budget() should seal, and who adds beyond
  // twice as much has to.
  std::atomic<uint64_t>& segment_bytes() { return segment_bytes_; }
  uint64_t segment_budget() const { return bytes_ / 16; }
  // What one merge, build or sample may take.
  uint64_t work_budget() const { return bytes_ / 8; }

  // What is in use now.
  struct Use {
    uint64_t blocks = 0, write_buffers = 0, geometry = 0, segments = 0, work = 0;
    uint64_t total() const { return blocks + write_buffers + geometry + segments + work; }
  };
  Use use() const;

  // Counts so many bytes as work for as long as it lives.
  class Work {
   public:
    explicit Work(Memory& memory) : memory_(memory) {}
    Work(Memory& memory, uint64_t bytes) : memory_(memory) { Set(bytes); }
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work() { Set(0); }
    void Set(uint64_t bytes) {
      memory_.work_bytes_ += bytes - bytes_;
      bytes_ = bytes;
    }

   private:
    Memory& memory_;
    uint64_t bytes_ = 0;
  };

  // Gives back to the operating system what the allocator holds free: after much was let go.
  static void ReturnFree();

  struct Blocks;  // store.cc
  const Blocks& blocks() const { return *blocks_; }

 private:
  const uint64_t bytes_;
  const std::unique_ptr<Blocks> blocks_;
  GeometryCache geometry_;
  std::atomic<uint64_t> segment_bytes_ = 0, work_bytes_ = 0;
};

}  // namespace spoor
