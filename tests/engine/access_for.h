#pragma once

#include <filesystem>
#include <string>
#include <system_error>

#include "engine/store/access.h"
#include "engine/store/unfinished.h"

namespace spoor::testing {

// For tests that open the same store again and again: made where there is none yet.
inline Access AccessFor(const std::string& path) {
  if (IsUnfinished(path)) RemoveUnfinished(path);
  std::error_code ignored;
  return std::filesystem::exists(path, ignored) ? Access::kWrite : Access::kCreate;
}

}  // namespace spoor::testing
