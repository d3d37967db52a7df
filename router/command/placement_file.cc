#include "router/command/placement_file.h"

#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"

namespace spoor {

absl::StatusOr<Placement> ReadPlacement(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    return absl::NotFoundError(absl::StrCat("cannot read ", path));
  }
  absl::StatusOr<Placement> placement = DecodePlacement(text.str());
  if (placement.ok()) return placement;
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", placement.status().message()));
}

}  // namespace spoor
