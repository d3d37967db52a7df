#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace spoor {

// A file to be loaded.
struct InputPath {
  std::string path;       // "-" is standard input
  std::string source;     // what its trips are called where it does not say; empty for "-"
  bool found = false;     // in a folder or an archive: nobody has said that it holds trips
  std::string head = {};  // of standard input: what has been read of it already
};

// A file's name without folders and endings, of packing as well: "runs/2024-05-01.gpx.gz" is
// "2024-05-01".
std::string SourceName(absl::string_view path);

// Of a file in an archive: "walks.zip" with "a/b.gpx" brings "walks/a/b", of standard input
// "a/b".
std::string SourceInArchive(const InputPath& archive, absl::string_view name);

// What people write where files are wanted: files, folders, patterns ("runs/*.gpx", where the shell
// has left them as they are) and "-", in this order.  A folder stands for all files in it, however
// deep, in the order of their names, but for those that begin with a point; their trips are called
// after folder and name below it: "007/Trajectory/20081023" of a folder with the trips of many.
// Where two files would be called the same, and replace each other's trips, both are called by
// their paths as they were written, with their endings.
//
// NotFound when a pattern meets nothing, or a folder has no files.
absl::StatusOr<std::vector<InputPath>> FindInputs(const std::vector<std::string>& arguments);

}  // namespace spoor
