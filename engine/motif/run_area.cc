#include "engine/motif/run_area.h"

#include <algorithm>
#include <cmath>

namespace spoor {
namespace {

// Every second bit of a Z-order code, from the highest on.
uint32_t EverySecondBit(uint32_t code) {
  uint32_t out = 0;
  for (int bit = 31; bit > 0; bit -= 2) out = out << 1 | (code >> bit & 1);
  return out;
}

// A box that holds the cells of this depth whose code, cut to 32 bits, is this prefix, and those of
// the grid that is shifted by half a cell, and a neighbour on each side: of a gram the prefix says
// where one of the cells is.
Box BoxOf(uint32_t prefix, int depth) {
  const double cut = std::min(depth, 32);
  const double width = std::ldexp(3.6e9, -static_cast<int>(std::ceil(cut / 2)));
  const double height = std::ldexp(1.8e9, -static_cast<int>(std::floor(cut / 2)));
  const double own_width = std::ldexp(3.6e9, -((depth + 1) / 2));
  const double own_height = std::ldexp(1.8e9, -(depth / 2));
  const double west = -1.8e9 + EverySecondBit(prefix) * (3.6e9 / 65536) - 1.5 * own_width;
  const double south = -0.9e9 + EverySecondBit(prefix << 1) * (1.8e9 / 65536) - 1.5 * own_height;
  const double east = west + width + 3 * own_width, north = south + height + 3 * own_height;
  const auto wrapped = [](double lon) {
    return static_cast<int32_t>(lon < -1.8e9 ? lon + 3.6e9 : lon > 1.8e9 ? lon - 3.6e9 : lon);
  };
  Box box;
  box.south_e7 = static_cast<int32_t>(std::max(south, -0.9e9));
  box.north_e7 = static_cast<int32_t>(std::min(north, 0.9e9));
  const bool all_round = east - west >= 3.6e9;
  box.west_e7 = all_round ? -kMaxLonE7 : wrapped(west);
  box.east_e7 = all_round ? kMaxLonE7 : wrapped(east);
  return box;
}

}  // namespace

bool IsInArea(const Filter& filter, const Fix& fix) {
  if (filter.box && !filter.box->Contains(fix)) return false;
  if (filter.region == nullptr) return true;
  return filter.region->bounds().Contains(fix) &&
         filter.region->Meets(TrajectoryView(&fix, 1), Relation::kWithin);
}

const std::vector<uint8_t>* RunArea::InsideAt(int depth) {
  if (!HasArea(filter_)) return nullptr;
  const auto [at, is_new] = inside_.try_emplace(depth);
  if (!is_new) return &at->second;
  std::vector<uint8_t>& inside = at->second;
  inside.resize(arrays_.terms);
  for (uint32_t p = 0; p < arrays_.prefixes; ++p) {
    const Box box = BoxOf(arrays_.prefix[p], depth);
    if (filter_.box && !filter_.box->Intersects(box)) continue;
    if (filter_.region != nullptr && !filter_.region->bounds().Intersects(box)) continue;
    const uint32_t from = std::min(arrays_.prefix_start[p], arrays_.terms);
    const uint32_t to = std::min(arrays_.prefix_start[p + 1], arrays_.terms);
    for (uint32_t t = from; t < to; ++t) inside[t] = 1;
  }
  return &inside;
}

}  // namespace spoor
