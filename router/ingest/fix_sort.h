#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <tuple>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "geo/fix.h"

namespace spoor {

// A fix of an object in some state, both numbered by whoever sorts.
struct ObjectFix {
  uint32_t object = 0, state = 0;
  Fix fix;

  // Whatever a feed has twice comes together, and nothing depends on the order that it came in.
  auto order() const { return std::tuple(object, fix.time_ms, fix.lat_e7, fix.lon_e7, state); }
};

// Sorts the fixes of a feed by object and time, however many there are: what exceeds the memory
// lies sorted in files of `dir`, which have no names and go with the process, and is merged.
//
//   Add ... Add, Sort, Next ... Next
//
// Thread safety: one thread at a time.  Errors: Unavailable, ResourceExhausted when the disk is
// full.
class FixSort {
 public:
  // At least one fix is held.
  FixSort(std::string dir, uint64_t memory_bytes);
  ~FixSort();
  FixSort(const FixSort&) = delete;
  FixSort& operator=(const FixSort&) = delete;

  absl::Status Add(const ObjectFix& fix) {
    held_.push_back(fix);
    return held_.size() < most_ ? absl::OkStatus() : Spill();
  }
  absl::Status Sort();  // no more are added
  // Whether there was one.
  absl::StatusOr<bool> Next(ObjectFix* fix);

  size_t files() const { return runs_.size(); }

 private:
  class Run;  // a file, being read
  absl::Status Spill();

  const std::string dir_;
  const size_t most_;
  std::vector<ObjectFix> held_;
  size_t next_ = 0;                         // of held_
  std::vector<std::unique_ptr<Run>> runs_;  // the first is the one whose fix comes next: a heap
};

}  // namespace spoor
