#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "geo/fix.h"

namespace spoor {

// What the payload of an AIVDM sentence says.
struct AisPosition {
  enum class Kind {
    kPosition,      // mmsi and fix are told; the fix has no time, which the payload does not hold
    kNotAvailable,  // a report by a ship that does not know where it is
    kOther,         // of another type, or a part of a longer message
    kBroken,        // too short for its type, or not in AIS's letters
  };
  Kind kind = Kind::kOther;
  uint32_t mmsi = 0;
  Fix fix;
};

// Reads the position reports of ITU-R M.1371-5, annex 8: types 1 to 3 (class A), 18 and 19 (class
// B) and 27 (long range).
AisPosition ReadAisPayload(absl::string_view payload);

}  // namespace spoor
