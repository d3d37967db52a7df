#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"

namespace spoor {

// Looks at the room on a disk before anything is written to it, so that nothing has to fail in the
// midst: below the least that must stay free nothing is begun that grows.  What makes room, a
// deletion, may go below it, and when nothing at all is left it has the reserve: a file that is
// kept for that, given up then, and made again once there is room.
//
// Thread safety: all methods may be called from any number of threads.
class DiskGuard {
 public:
  // Of the disk that the directory is on, in which the reserve lies.  reserve_bytes 0: none.
  // free_bytes: for tests.
  DiskGuard(std::string directory, uint64_t least_bytes, uint64_t reserve_bytes,
            std::function<uint64_t()> free_bytes = nullptr);

  // Whether so much may be written: ResourceExhausted says what is free and what must be.
  absl::Status Check(uint64_t bytes = 0) const;
  // Whether something may be deleted.
  absl::Status CheckDelete();
  // Makes the reserve where it is not there and fits above the least.
  void KeepReserve();
  uint64_t free_bytes() const { return free_bytes_(); }

 private:
  std::string ReservePath() const { return directory_ + "/RESERVE"; }

  const std::string directory_;
  const uint64_t least_bytes_, reserve_bytes_;
  const std::function<uint64_t()> free_bytes_;
};

}  // namespace spoor
