#include "engine/segment/segment_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

absl::Status Failed(absl::string_view what, const std::string& path, int error) {
  const std::string text = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  return full ? absl::ResourceExhaustedError(text) : absl::InternalError(text);
}

// A new name lasts only once its directory is synced.
absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string dir = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int fd = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("open directory", dir, errno);
  const absl::Cleanup closer = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync directory", dir, errno);
}

}  // namespace

SegmentFile::SegmentFile(const std::string& path) : path_(path), draft_path_(path + ".tmp") {}

SegmentFile::SegmentFile(SegmentFile&& other) noexcept
    : path_(std::move(other.path_)),
      draft_path_(std::move(other.draft_path_)),
      fd_(std::exchange(other.fd_, -1)),
      data_(std::exchange(other.data_, nullptr)),
      bytes_(other.bytes_) {}

SegmentFile::~SegmentFile() {
  if (data_ != nullptr) munmap(data_, bytes_);
  if (fd_ < 0) return;
  close(fd_);
  if (!draft_path_.empty()) unlink(draft_path_.c_str());
}

absl::StatusOr<SegmentFile> SegmentFile::Create(const std::string& path, uint64_t bytes) {
  SegmentFile file(path);
  if (absl::Status s = file.Allocate(bytes); !s.ok()) return s;
  return file;
}

absl::Status SegmentFile::Allocate(uint64_t bytes) {
  fd_ = open(draft_path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd_ < 0) return Failed("create", draft_path_, errno);
  int error = EINTR;
  while (error == EINTR) error = posix_fallocate(fd_, 0, static_cast<off_t>(bytes));
  if (error != 0) return Failed("allocate", draft_path_, error);
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd_, 0);
  if (data == MAP_FAILED) return Failed("map", draft_path_, errno);
  data_ = static_cast<char*>(data);
  bytes_ = bytes;
  return absl::OkStatus();
}

absl::Status SegmentFile::Publish() {
  if (msync(data_, bytes_, MS_SYNC) != 0) return Failed("write", draft_path_, errno);
  if (fsync(fd_) != 0) return Failed("sync", draft_path_, errno);
  if (std::rename(draft_path_.c_str(), path_.c_str()) != 0) {
    return Failed("rename", draft_path_, errno);
  }
  draft_path_.clear();
  absl::Status synced = SyncDirectoryOf(path_);
  if (!synced.ok()) unlink(path_.c_str());
  return synced;
}

}  // namespace spoor
