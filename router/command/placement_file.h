#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "shard/place/placement.h"

namespace spoor {

// As EncodePlacement wrote it.  NotFound; InvalidArgument names the file.
absl::StatusOr<Placement> ReadPlacement(const std::string& path);

}  // namespace spoor
