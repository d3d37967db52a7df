#include "engine/store/home_key.h"

#include "geo/cell.h"

namespace spoor {

uint64_t HomeKey(TrajectoryView fixes, absl::string_view id) {
  constexpr Grid kGrid{.depth = 32};
  const Cell cell = kGrid.At(ToWorld(fixes[fixes.size() / 2]));
  return uint64_t{ZPrefix(cell, kGrid.depth)} << 32 | (StableHash(id) & 0xFFFF'FFFF);
}

// FNV-1a, then the finaliser of MurmurHash3, because the low bits of FNV hang too much on the last
// byte.
uint64_t StableHash(absl::string_view text) {
  uint64_t h = 0xCBF29CE484222325;
  for (const char c : text) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001B3;
  h = (h ^ h >> 33) * 0xFF51AFD7ED558CCD;
  h = (h ^ h >> 33) * 0xC4CEB9FE1A85EC53;
  return h ^ h >> 33;
}

}  // namespace spoor
