#pragma once

#include <cstdint>
#include <vector>

namespace spoor {

// How far into which log.  A log has partitions, and a record in it has a partition and an offset;
// the version of a record is its offset + 1, so that versions of one id ascend and 0 is none.
// Positions mean something only with the id of their log: those of another are neither before nor
// after.
struct LogPosition {
  uint64_t log_id = 0;         // random, made with the log
  std::vector<uint64_t> next;  // of each partition: the first offset that is not included; may end
                               // early, absent ones are 0

  // Everything that `other` includes; false when that is of another log.
  bool Includes(const LogPosition& other) const;
  // Includes what `other` does as well.  REQUIRES: of the same log.
  void Raise(const LogPosition& other);
  uint64_t total() const;  // of all partitions: how far for people

  friend bool operator==(const LogPosition&, const LogPosition&) = default;
};

inline constexpr uint32_t kMaxPartitions = 1024;

}  // namespace spoor
