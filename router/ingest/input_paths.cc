#include "router/ingest/input_paths.h"

#include <glob.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;

constexpr absl::string_view kPackings[] = {".gz", ".zst", ".xz", ".bz2"};

std::string WithoutEndings(std::string name) {
  for (const absl::string_view packing : kPackings) {
    if (absl::EndsWithIgnoreCase(name, packing)) name.resize(name.size() - packing.size());
  }
  const size_t slash = name.rfind('/');
  const size_t begin = slash == std::string::npos ? 0 : slash + 1;
  const size_t point = name.rfind('.');
  if (point != std::string::npos && point > begin) name.resize(point);
  return name;
}

absl::Status AddFolder(const fs::path& folder, std::vector<InputPath>& out) {
  const auto failed = [&folder](const std::error_code& why) {
    return absl::NotFoundError(absl::StrCat("cannot read ", folder.string(), ": ", why.message()));
  };
  std::error_code error;
  std::vector<fs::path> found;
  fs::recursive_directory_iterator entry(folder, error);
  if (error) return failed(error);
  for (const fs::recursive_directory_iterator end; entry != end; entry.increment(error)) {
    const bool hidden = absl::StartsWith(entry->path().filename().string(), ".");
    std::error_code none;
    if (entry->is_directory(none)) {
      if (hidden) entry.disable_recursion_pending();
    } else if (!hidden && entry->is_regular_file(none)) {
      found.push_back(entry->path());
    }
  }
  if (error) return failed(error);
  if (found.empty()) return absl::NotFoundError(absl::StrCat(folder.string(), " has no files"));
  std::ranges::sort(found);
  for (const fs::path& path : found) {
    out.push_back({.path = path.string(),
                   .source = WithoutEndings(path.lexically_relative(folder).generic_string()),
                   .found = true});
  }
  return absl::OkStatus();
}

absl::Status AddPattern(const std::string& pattern, std::vector<std::string>& out) {
  glob_t found{};
  const int failed = glob(pattern.c_str(), 0, nullptr, &found);
  for (size_t i = 0; failed == 0 && i < found.gl_pathc; ++i) out.emplace_back(found.gl_pathv[i]);
  globfree(&found);
  return failed == 0 ? absl::OkStatus()
                     : absl::NotFoundError(absl::StrCat("no file is called like ", pattern));
}

bool IsPattern(const std::string& argument) {
  std::error_code none;
  return argument.find_first_of("*?[") != std::string::npos && !fs::exists(argument, none);
}

// Files that would call their trips the same are called by their paths, as they were written.
void TellApart(std::vector<InputPath>& inputs) {
  std::map<std::string, std::set<absl::string_view>> paths;
  for (const InputPath& input : inputs) paths[input.source].insert(input.path);
  for (InputPath& input : inputs) {
    if (!input.source.empty() && paths[input.source].size() > 1) input.source = input.path;
  }
}

}  // namespace

std::string SourceInArchive(const InputPath& archive, absl::string_view name) {
  return absl::StrCat(archive.source, archive.source.empty() ? "" : "/",
                      WithoutEndings(std::string(name)));
}

std::string SourceName(absl::string_view path) {
  const size_t slash = path.rfind('/');
  return WithoutEndings(
      std::string(slash == absl::string_view::npos ? path : path.substr(slash + 1)));
}

absl::StatusOr<std::vector<InputPath>> FindInputs(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    if (!IsPattern(argument)) {
      paths.push_back(argument);
    } else if (absl::Status s = AddPattern(argument, paths); !s.ok()) {
      return s;
    }
  }
  std::vector<InputPath> inputs;
  for (const std::string& path : paths) {
    std::error_code none;
    if (path == "-") {
      inputs.push_back({.path = path, .source = ""});
    } else if (!fs::is_directory(path, none)) {
      inputs.push_back({.path = path, .source = SourceName(path)});
    } else if (absl::Status s = AddFolder(path, inputs); !s.ok()) {
      return s;
    }
  }
  TellApart(inputs);
  return inputs;
}

}  // namespace spoor
