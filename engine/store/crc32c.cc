#include "engine/store/crc32c.h"

#include <array>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

namespace spoor {
namespace {

constexpr uint32_t kPolynomial = 0x82F63B78;  // Castagnoli, bits reversed

// Row r: what a byte does that is followed by r zero bytes, so that eight bytes go in one step.
using Tables = std::array<std::array<uint32_t, 256>, 8>;

constexpr Tables MakeTables() {
  Tables t{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int i = 0; i < 8; ++i) crc = (crc >> 1) ^ (crc & 1 ? kPolynomial : 0);
    t[0][b] = crc;
  }
  for (size_t r = 1; r < t.size(); ++r) {
    for (size_t b = 0; b < 256; ++b) t[r][b] = (t[r - 1][b] >> 8) ^ t[0][t[r - 1][b] & 0xFF];
  }
  return t;
}

constexpr Tables kTables = MakeTables();

uint32_t ByTables(const unsigned char* p, size_t n, uint32_t crc) {
  for (; n >= 8; n -= 8, p += 8) {
    uint32_t next = 0;
    for (unsigned i = 0; i < 4; ++i) next ^= kTables[7 - i][(crc >> 8 * i & 0xFF) ^ p[i]];
    for (unsigned i = 4; i < 8; ++i) next ^= kTables[7 - i][p[i]];
    crc = next;
  }
  for (; n > 0; --n, ++p) crc = (crc >> 8) ^ kTables[0][(crc ^ *p) & 0xFF];
  return crc;
}

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] uint32_t ByInstruction(const unsigned char* p, size_t n, uint32_t crc) {
  uint64_t wide = crc;
  for (; n >= 8; n -= 8, p += 8) {
    uint64_t word = 0;
    std::memcpy(&word, p, sizeof word);
    wide = _mm_crc32_u64(wide, word);
  }
  crc = static_cast<uint32_t>(wide);
  for (; n > 0; --n, ++p) crc = _mm_crc32_u8(crc, *p);
  return crc;
}

const bool kHasInstruction = __builtin_cpu_supports("sse4.2");
#endif

}  // namespace

uint32_t Crc32c(absl::string_view bytes, uint32_t seed) {
  const auto* p = reinterpret_cast<const unsigned char*>(bytes.data());
#if defined(__x86_64__)
  if (kHasInstruction) return ~ByInstruction(p, bytes.size(), ~seed);
#endif
  return ~ByTables(p, bytes.size(), ~seed);
}

uint32_t Crc32cByTables(absl::string_view bytes, uint32_t seed) {
  return ~ByTables(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), ~seed);
}

}  // namespace spoor
