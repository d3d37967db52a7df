#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "shard/map/mapper.h"

namespace spoor {

// The exchange of a job: rows come as the nodes make them, and leave by key, then by place, those
// of one record and key as it put them out.  So what has one key lies together, and sums over it
// are made in one order, whatever the placement.  Rows beyond the budget lie sorted in files of
// `dir`, which is made, and removed with the spool: they are worth nothing to another process.
//
//   Add … Add, Sort, Next … Next
//
// Thread safety: one thread at a time.  Errors: Unavailable, ResourceExhausted when the disk is
// full, and those of await_room.
class Spool {
 public:
  // Says, before so many bytes go to a file, that they may, or why not; may wait for it.
  using AwaitRoom = std::function<absl::Status(uint64_t bytes)>;
  Spool(std::string dir, uint64_t budget_bytes, AwaitRoom await_room = nullptr);
  ~Spool();
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  absl::Status Add(MapRow row);
  absl::Status Sort();  // no more are added
  // Whether there was one.
  absl::StatusOr<bool> Next(MapRow* row);

  uint64_t rows() const { return rows_; }
  size_t files() const { return runs_.size(); }

 private:
  class Run;  // a file, being read
  absl::Status Spill();
  void SortRows();

  const std::string dir_;
  const uint64_t budget_;
  const AwaitRoom await_room_;
  uint64_t rows_ = 0, bytes_ = 0;  // bytes: of those in memory
  std::vector<MapRow> held_;
  size_t next_ = 0;  // of held_
  std::vector<std::unique_ptr<Run>> runs_;
};

}  // namespace spoor
