#include "engine/fingerprint/murmur3.h"

#include <bit>
#include <cstddef>

namespace spoor {
namespace {

// `count` bytes, at most four, as a little-endian integer.
uint32_t LittleEndian(absl::string_view bytes, size_t at, size_t count) {
  uint32_t v = 0;
  for (size_t i = 0; i < count; ++i) v |= uint32_t{static_cast<uint8_t>(bytes[at + i])} << (8 * i);
  return v;
}

uint32_t Scramble(uint32_t block) { return std::rotl(block * 0xcc9e2d51, 15) * 0x1b873593; }

}  // namespace

uint32_t Murmur3(absl::string_view bytes, uint32_t seed) {
  uint32_t h = seed;
  size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    h = std::rotl(h ^ Scramble(LittleEndian(bytes, at, 4)), 13) * 5 + 0xe6546b64;
  }
  h ^= Scramble(LittleEndian(bytes, at, bytes.size() - at));  // of nothing it is 0
  h ^= static_cast<uint32_t>(bytes.size());
  h = (h ^ h >> 16) * 0x85ebca6b;
  h = (h ^ h >> 13) * 0xc2b2ae35;
  return h ^ h >> 16;
}

}  // namespace spoor
