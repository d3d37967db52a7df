#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// InvalidArgument that names a field of a text, the value there, of which it shows the beginning,
// and what is allowed.
absl::Status NotAllowed(absl::string_view field, absl::string_view value,
                        absl::string_view allowed);

}  // namespace spoor
