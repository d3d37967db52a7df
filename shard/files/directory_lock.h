#pragma once

#include <string>

#include "absl/status/status.h"

namespace spoor {

// An advisory lock on a file, which one process at a time can hold: by it a node has its data
// directory to itself.  Held until destruction.
class DirectoryLock {
 public:
  DirectoryLock() = default;
  DirectoryLock(const DirectoryLock&) = delete;
  DirectoryLock& operator=(const DirectoryLock&) = delete;
  ~DirectoryLock();

  // Makes the file where it is missing.  Unavailable when it cannot be made, or another process
  // holds it.
  absl::Status Take(const std::string& path);
  // Takes it together with others that only read, and only where the file exists: nobody holds what
  // is not there.  Unavailable when a process that writes holds it.
  absl::Status TakeIfThere(const std::string& path);

 private:
  absl::Status Lock(const std::string& path, int how);

  int fd_ = -1;
};

}  // namespace spoor
