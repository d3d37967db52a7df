#include "shard/files/data_directory.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "shard/files/replace_file.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

constexpr char kMark[] = "SPOOR";

std::string MarkOf(DataKind kind) {
  return kind == DataKind::kCollections ? "spoor 1 collections\n" : "spoor 1 followed\n";
}

// Before there was a mark, a directory that had been served had a lock and a room; a copy may have
// left out the lock.
bool IsOlder(const std::string& data_dir, DataKind kind) {
  std::error_code error;
  const std::string room = RoomIn(data_dir, kind);
  if (!fs::is_directory(room, error)) return false;
  if (fs::exists(data_dir + "/LOCK", error)) return true;
  for (const auto& entry : fs::directory_iterator(room, error)) {
    if (fs::is_directory(entry.path() / "store", error)) return true;
  }
  return false;
}

// Whether there is nothing in it but what a file system, or a making that did not come to its end,
// has left there.
bool HoldsNothing(const std::string& data_dir, DataKind kind) {
  std::error_code error;
  if (!fs::exists(data_dir, error)) return true;
  const std::string room = RoomIn(data_dir, kind);
  for (const auto& entry : fs::directory_iterator(data_dir, error)) {
    const std::string name = entry.path().filename().string();
    if (name == "lost+found" || name == absl::StrCat(kMark, ".tmp")) continue;
    if (entry.path() != room || !fs::is_empty(room, error)) return false;
  }
  return !error;
}

absl::Status Make(const std::string& data_dir, DataKind kind) {
  std::error_code error;
  const std::string room = RoomIn(data_dir, kind);
  fs::create_directories(room, error);
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot make ", room, ": ", error.message()));
  }
  return ReplaceFile(absl::StrCat(data_dir, "/", kMark), MarkOf(kind));
}

}  // namespace

std::string RoomIn(const std::string& data_dir, DataKind kind) {
  return data_dir + (kind == DataKind::kCollections ? "/collections" : "/followed");
}

absl::Status OpenDataDirectory(const std::string& data_dir, DataKind kind, Access access) {
  std::error_code error;
  const std::string mark = absl::StrCat(data_dir, "/", kMark);
  if (fs::exists(mark, error)) {
    std::ifstream in(mark);
    const std::string text((std::istreambuf_iterator<char>(in)), {});
    if (text != MarkOf(kind)) {
      return absl::FailedPreconditionError(
          absl::StrCat(data_dir, " holds no data of this kind: its file ", kMark, " says '",
                       text.substr(0, text.find('\n')), "', allowed: '",
                       MarkOf(kind).substr(0, MarkOf(kind).size() - 1), "'"));
    }
    if (fs::is_directory(RoomIn(data_dir, kind), error)) return absl::OkStatus();
    return absl::DataLossError(
        absl::StrCat("damaged data directory: ", RoomIn(data_dir, kind), " is missing"));
  }
  if (IsOlder(data_dir, kind)) return absl::OkStatus();
  if (access != Access::kCreate) {
    return absl::NotFoundError(absl::StrCat(data_dir, " is no data directory of spoor"));
  }
  if (HoldsNothing(data_dir, kind)) return Make(data_dir, kind);
  return absl::NotFoundError(absl::StrCat(
      data_dir, " is no data directory of spoor, and is not empty: nothing is made in it"));
}

}  // namespace spoor
