#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// Replaces the file as a whole, durably: after a crash there is the old one or the new one.
// ResourceExhausted when the disk is full, else Unavailable.
absl::Status ReplaceFile(const std::string& path, absl::string_view bytes);

}  // namespace spoor
