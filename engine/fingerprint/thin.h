#pragma once

#include <cstddef>

#include "engine/fingerprint/fingerprint.h"

namespace spoor {

// However far a trip goes, it has no more geodabs than this, or than fixes, whichever is more
// (scheme v2).  A flight through a collection of city cells does not take the room of a hundred
// cabs.
inline constexpr size_t kMostGeodabs = 2048;

// Leaves at most so many geodabs, and their occurrences: those with the least hashes, on both
// strands alike, so that trips with much in common keep much in common (bottom-k sketches: Cohen &
// Kaplan, PODC 2007).
void Thin(size_t most, Fingerprint& fingerprint);

}  // namespace spoor
