#include "shard/meta/snapshot_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "shard/files/file_error.h"
#include "shard/files/replace_file.h"

namespace spoor {

absl::StatusOr<std::optional<ClusterSnapshot>> ReadSnapshotFile(const std::string& path,
                                                                const std::string& cluster) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && errno == ENOENT) return std::optional<ClusterSnapshot>();
  if (fd < 0) return FileError("open", path);
  const absl::Cleanup closer = [fd] { close(fd); };
  std::string bytes;
  char piece[65536];
  for (;;) {
    const ssize_t n = read(fd, piece, sizeof piece);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return FileError("read", path);
    if (n == 0) break;
    bytes.append(piece, static_cast<size_t>(n));
  }
  auto snapshot = DecodeSnapshot(bytes);
  if (!snapshot.ok()) {
    return absl::DataLossError(absl::StrCat(path, ": ", snapshot.status().message()));
  }
  if (!snapshot->cluster.empty() && snapshot->cluster != cluster) {
    return absl::FailedPreconditionError(absl::StrCat(path, " is of cluster '", snapshot->cluster,
                                                      "', and this is cluster '", cluster, "'"));
  }
  return std::optional<ClusterSnapshot>(*std::move(snapshot));
}

absl::Status WriteSnapshotFile(const std::string& path, const ClusterSnapshot& snapshot) {
  const absl::Status s = ReplaceFile(path, EncodeSnapshot(snapshot));
  return absl::IsResourceExhausted(s) ? absl::UnavailableError(s.message()) : s;
}

}  // namespace spoor
