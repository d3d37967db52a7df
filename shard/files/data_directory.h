#pragma once

#include <string>

#include "absl/status/status.h"
#include "engine/store/access.h"

namespace spoor {

// What a data directory holds: the collections of `spoor serve`, or those that `spoor shard`
// follows.
enum class DataKind : uint8_t { kCollections, kFollowed };

// Where in it they lie.
std::string RoomIn(const std::string& data_dir, DataKind kind);

// Says that the directory is one that spoor keeps data of this kind in: it has the file SPOOR,
// which is written when it is made.  Older ones have none, and are known by what they hold.
//
// Access::kCreate makes one where there is nothing; the others never do.  NotFound: the directory
// is not there, or is somebody else's, and stays as it is; FailedPrecondition: it holds data of the
// other kind; DataLoss: collections are missing altogether.
absl::Status OpenDataDirectory(const std::string& data_dir, DataKind kind, Access access);

}  // namespace spoor
