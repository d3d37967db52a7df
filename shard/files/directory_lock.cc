#include "shard/files/directory_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace spoor {

DirectoryLock::~DirectoryLock() {
  if (fd_ >= 0) close(fd_);
}

absl::Status DirectoryLock::Take(const std::string& path) {
  fd_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd_ < 0) {
    return absl::UnavailableError(absl::StrCat("cannot open ", path, ": ", std::strerror(errno)));
  }
  return Lock(path, LOCK_EX);
}

absl::Status DirectoryLock::TakeIfThere(const std::string& path) {
  fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  return fd_ < 0 ? absl::OkStatus() : Lock(path, LOCK_SH);
}

absl::Status DirectoryLock::Lock(const std::string& path, int how) {
  if (flock(fd_, how | LOCK_NB) == 0) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat("another process holds ", path));
}

}  // namespace spoor
