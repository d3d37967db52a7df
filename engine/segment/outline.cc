#include "engine/segment/outline.h"

#include <algorithm>

namespace spoor {
namespace {

// `inside` of `extent` in 255ths, rounded down.
uint8_t Inset(int64_t inside, int64_t extent) {
  return extent == 0 ? 0
                     : static_cast<uint8_t>(std::clamp<int64_t>(inside, 0, extent) * 255 / extent);
}

int64_t EastOf(int64_t west_e7, int64_t lon_e7) {
  const int64_t d = (lon_e7 - west_e7) % kTurnE7;
  return d < 0 ? d + kTurnE7 : d;
}

int64_t Height(const Box& box) { return int64_t{box.north_e7} - box.south_e7; }
int64_t Width(const Box& box) {
  return int64_t{box.east_e7} - box.west_e7 + (box.crosses_antimeridian() ? kTurnE7 : 0);
}

// The longitude so far east of another one.
int32_t GoEast(int32_t lon_e7, int64_t by) {
  const int64_t lon = lon_e7 + by;
  return static_cast<int32_t>(lon > kMaxLonE7 ? lon - kTurnE7 : lon);
}

Outline::Insets InsetsOfPart(TrajectoryView part, const Box& box) {
  const int64_t height = Height(box), width = Width(box);
  int64_t south = height, north = height, west = width, east = width;
  int64_t before = -1;
  for (const Fix& f : part) {
    south = std::min(south, int64_t{f.lat_e7} - box.south_e7);
    north = std::min(north, int64_t{box.north_e7} - f.lat_e7);
    const int64_t at = EastOf(box.west_e7, f.lon_e7);
    // In a box around the whole Earth a step may leave by one side and come back by the other.
    const bool wraps = before >= 0 && std::abs(at - before) >= kTurnE7 / 2;
    if (wraps || at > width) {
      west = east = 0;
    } else {
      west = std::min(west, at);
      east = std::min(east, width - at);
    }
    before = at;
  }
  return {.south = Inset(south, height),
          .west = Inset(west, width),
          .north = Inset(north, height),
          .east = Inset(east, width)};
}

}  // namespace

Outline::Insets InsetsOf(const Box& inner, const Box& outer) {
  const int64_t height = Height(outer), width = Width(outer);
  const int64_t west = EastOf(outer.west_e7, inner.west_e7), east = width - west - Width(inner);
  // Not when it lies on both ends of a box around the whole Earth.
  const bool inside = east >= 0;
  return {.south = Inset(int64_t{inner.south_e7} - outer.south_e7, height),
          .west = inside ? Inset(west, width) : uint8_t{0},
          .north = Inset(int64_t{outer.north_e7} - inner.north_e7, height),
          .east = inside ? Inset(east, width) : uint8_t{0}};
}

Box BoxOf(const Outline::Insets& insets, const Box& outer) {
  const int64_t height = Height(outer), width = Width(outer);
  const int64_t west = width * insets.west / 255, east = width - width * insets.east / 255;
  return {.south_e7 = static_cast<int32_t>(outer.south_e7 + height * insets.south / 255),
          .west_e7 = GoEast(outer.west_e7, west),
          .north_e7 = static_cast<int32_t>(outer.north_e7 - height * insets.north / 255),
          .east_e7 = GoEast(outer.west_e7, east)};
}

Outline OutlineOf(TrajectoryView fixes, const Box& box) {
  Outline out;
  const auto n = static_cast<uint32_t>(fixes.size());
  for (uint32_t p = 0; p < PartsOf(n); ++p) {
    const uint32_t first = PartStart(n, p), last = PartStart(n, p + 1);
    out.parts[p] = InsetsOfPart(fixes.subspan(first, last - first + 1), box);
  }
  return out;
}

}  // namespace spoor
