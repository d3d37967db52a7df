#include "engine/store/unfinished.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <system_error>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

std::string MarkIn(const std::string& directory) { return directory + "/UNFINISHED"; }

absl::Status Failed(absl::string_view what, const std::string& path) {
  const int error = errno;
  const std::string text = absl::StrCat("cannot ", what, " ", path, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT) return absl::ResourceExhaustedError(text);
  return absl::UnavailableError(text);
}

absl::Status Sync(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return Failed("open", path);
  const absl::Cleanup closer = [fd] { close(fd); };
  return fsync(fd) == 0 ? absl::OkStatus() : Failed("sync", path);
}

}  // namespace

absl::Status BeginStore(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    errno = error.value();
    return Failed("make", directory);
  }
  if (!fs::is_empty(directory, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat("cannot make a store in ", directory, ": it is not empty"));
  }
  const std::string mark = MarkIn(directory);
  const int fd = open(mark.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return Failed("make", mark);
  close(fd);
  return Sync(directory);
}

absl::Status FinishStore(const std::string& directory) {
  const std::string mark = MarkIn(directory);
  if (unlink(mark.c_str()) != 0) return Failed("remove", mark);
  const std::string parent = fs::path(directory).parent_path().string();
  if (absl::Status s = Sync(directory); !s.ok()) return s;
  return Sync(parent.empty() ? "." : parent);  // the name of the directory itself
}

bool IsUnfinished(const std::string& directory) {
  std::error_code error;
  return fs::exists(MarkIn(directory), error) ||
         (fs::is_directory(directory, error) && fs::is_empty(directory, error));
}

void RemoveUnfinished(const std::string& directory) {
  std::error_code error;
  const fs::path mark = MarkIn(directory);
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path() != mark) fs::remove_all(entry.path(), error);
  }
  fs::remove_all(directory, error);
}

}  // namespace spoor
