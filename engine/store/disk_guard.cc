#include "engine/store/disk_guard.h"

#include <fcntl.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// A deletion takes so small a part of the reserve at most.
constexpr uint64_t kDeletionsOfReserve = 16;

uint64_t FreeOn(const std::string& directory) {
  struct statvfs disk = {};
  if (statvfs(directory.c_str(), &disk) != 0) return UINT64_MAX;  // the write itself will tell
  return uint64_t{disk.f_bavail} * disk.f_frsize;
}

}  // namespace

DiskGuard::DiskGuard(std::string directory, uint64_t least_bytes, uint64_t reserve_bytes,
                     std::function<uint64_t()> free_bytes)
    : directory_(std::move(directory)),
      least_bytes_(least_bytes),
      reserve_bytes_(reserve_bytes),
      free_bytes_(free_bytes ? std::move(free_bytes)
                             : [path = directory_] { return FreeOn(path); }) {}

absl::Status DiskGuard::Check(uint64_t bytes) const {
  const uint64_t free = free_bytes();
  if (free >= bytes && free - bytes >= least_bytes_) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("disk full: ", free,
                                                   " bytes are free, at least ", least_bytes_,
                                                   " must be, and ", bytes, " are to be written"));
}

absl::Status DiskGuard::CheckDelete() {
  const uint64_t free = free_bytes();
  if (free > reserve_bytes_ / kDeletionsOfReserve) return absl::OkStatus();
  if (unlink(ReservePath().c_str()) == 0) return absl::OkStatus();
  return absl::ResourceExhaustedError(
      absl::StrCat("disk full: ", free, " bytes are free, and the reserve is used up"));
}

void DiskGuard::KeepReserve() {
  std::error_code error;
  const std::string path = ReservePath();
  if (reserve_bytes_ == 0 || std::filesystem::exists(path, error)) return;
  if (!Check(2 * reserve_bytes_).ok()) return;  // twice: not given up and made again all the time
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return;
  const int failed = posix_fallocate(fd, 0, static_cast<off_t>(reserve_bytes_));
  close(fd);
  if (failed != 0) unlink(path.c_str());
}

}  // namespace spoor
