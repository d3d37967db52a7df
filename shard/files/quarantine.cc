#include "shard/files/quarantine.h"

#include <filesystem>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

// When it was put there; 0: it was not by us.
int64_t SecondsOf(absl::string_view name) {
  int64_t seconds = 0;
  const size_t dash = name.find('-');
  if (dash == absl::string_view::npos || !absl::SimpleAtoi(name.substr(0, dash), &seconds))
    return 0;
  return seconds;
}

}  // namespace

Quarantine::Quarantine(std::string data_dir, Options options)
    : dir_(std::move(data_dir) + "/quarantine"), options_(std::move(options)) {}

absl::Status Quarantine::SetAside(const std::string& root, const std::string& name,
                                  absl::string_view why) {
  const auto seconds =
      std::chrono::duration_cast<std::chrono::seconds>(options_.now().time_since_epoch());
  const std::string from = absl::StrCat(root, "/", name),
                    to = absl::StrCat(dir_, "/", seconds.count(), "-", name);
  std::error_code error;
  fs::create_directories(dir_, error);
  if (!error) fs::rename(from, to, error);
  if (error) {
    const std::string what = absl::StrCat("cannot move ", from, " to ", to, ": ", error.message());
    options_.tell(what);
    return absl::UnavailableError(what);
  }
  options_.tell(absl::StrCat(from, " is now ", to, ": ", why));
  return absl::OkStatus();
}

void Quarantine::Expire() {
  const auto now = options_.now();
  std::error_code error;
  std::vector<fs::path> expired;
  for (const auto& entry : fs::directory_iterator(dir_, error)) {
    const int64_t seconds = SecondsOf(entry.path().filename().string());
    if (seconds == 0) continue;
    const std::chrono::system_clock::time_point since{std::chrono::seconds(seconds)};
    if (now - since > options_.keep) expired.push_back(entry.path());
  }
  for (const fs::path& path : expired) {
    options_.tell(absl::StrCat(path.string(), " is removed: it has lain there for longer than ",
                               options_.keep.count(), " s"));
    fs::remove_all(path, error);
  }
}

}  // namespace spoor
