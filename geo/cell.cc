#include "geo/cell.h"

#include <cassert>
#include <cmath>

namespace spoor {
namespace {

// Moves bit i to bit 2 i.
uint64_t Spread(uint32_t v) {
  uint64_t x = v;
  x = (x | x << 16) & 0x0000ffff0000ffff;
  x = (x | x << 8) & 0x00ff00ff00ff00ff;
  x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f;
  x = (x | x << 2) & 0x3333333333333333;
  x = (x | x << 1) & 0x5555555555555555;
  return x;
}

// The middle of the interval `index` of 2^bits that span -half_deg ... half_deg.
double MiddleDeg(uint32_t index, int bits, int64_t half_deg) {
  const int64_t doubled = 2 * int64_t{index} + 1;  // 39 significant bits below, hence exact
  return std::ldexp(static_cast<double>((doubled - (int64_t{1} << bits)) * half_deg), -bits);
}

}  // namespace

double Grid::MiddleLatDeg(Cell c) const { return MiddleDeg(c.row, row_bits(), 90); }

double Grid::MiddleLonDeg(Cell c) const { return MiddleDeg(c.column, column_bits(), 180); }

uint64_t ZOrder(Cell c, int depth) {
  // The last bit is one of the column where the depth is odd.
  return depth % 2 == 1 ? Spread(c.column) | Spread(c.row) << 1
                        : Spread(c.column) << 1 | Spread(c.row);
}

uint32_t ZPrefix(Cell c, int depth) {
  const uint64_t z = ZOrder(c, depth);
  return static_cast<uint32_t>(depth >= 32 ? z >> (depth - 32) : z << (32 - depth));
}

std::string Geohash(const Fix& fix, int length) {
  assert(length >= 1 && length <= kMaxDepth / 5);
  static constexpr char kBase32[] = "0123456789bcdefghjkmnpqrstuvwxyz";
  const int depth = 5 * length;
  uint64_t z = ZOrder(Grid{.depth = depth}.At(ToWorld(fix)), depth);
  std::string out(static_cast<size_t>(length), '0');
  for (auto c = out.rbegin(); c != out.rend(); ++c, z >>= 5) *c = kBase32[z & 31];
  return out;
}

}  // namespace spoor
