#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// "cannot write PATH: why", by errno: ResourceExhausted when the disk is full, else Unavailable.
absl::Status FileError(absl::string_view what, const std::string& path);

}  // namespace spoor
