#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "geo/fix.h"
#include "geo/ids.h"

namespace spoor {

// Fixes of one object in time order, borrowed: cheap to copy, valid as long as their owner.
using TrajectoryView = absl::Span<const Fix>;

// (name, value), in name order, names distinct.
using Tags = std::vector<std::pair<std::string, std::string>>;

inline constexpr size_t kMaxIdBytes = 256;
inline constexpr size_t kMaxTags = 64;
inline constexpr size_t kMaxTagBytes = 1024;  // of a name or a value

// Fixes of one object in time order, owned, with what the user says about them.
//
// Invariants, checked by whoever decodes one and by nobody again: `fixes` is not empty, every
// coordinate is in range, either all fixes have a time or none, and time never goes back; id and
// object are valid by IsValidName (object may also be empty).
struct Trajectory {
  TrajectoryId id;
  std::string object;  // who moved; empty when unknown
  Tags tags;
  std::vector<Fix> fixes;

  TrajectoryView view() const { return fixes; }
  friend bool operator==(const Trajectory&, const Trajectory&) = default;
};

// Whether text may be an id or an object: 1 to kMaxIdBytes bytes of UTF-8 without control
// characters (U+0000 to U+001F, U+007F to U+009F).
bool IsValidName(absl::string_view text);

// Whether text is well-formed UTF-8 (RFC 3629).
bool IsUtf8(absl::string_view text);

}  // namespace spoor
