#include "geo/box.h"

#include <algorithm>
#include <cassert>

#include "geo/plane_step.h"

namespace spoor {
namespace {

// How far lon_e7 lies east of west_e7: 0 ... 360 degrees, the last excluded.
int64_t EastOf(int64_t west_e7, int64_t lon_e7) {
  const int64_t d = (lon_e7 - west_e7) % kTurnE7;
  return d < 0 ? d + kTurnE7 : d;
}

int64_t WidthE7(const Box& box) {
  const int64_t d = int64_t{box.east_e7} - box.west_e7;
  return d < 0 ? d + kTurnE7 : d;
}

bool HoldsLongitudes(const Box& outer, const Box& inner) {
  const int64_t width_e7 = WidthE7(outer);
  return width_e7 == kTurnE7 || EastOf(outer.west_e7, inner.west_e7) + WidthE7(inner) <= width_e7;
}

// Sets the longitudes to those from west_e7 to width_e7 further east.
void SetLongitudes(int64_t west_e7, int64_t width_e7, Box& box) {
  if (width_e7 >= kTurnE7) {
    box.west_e7 = -kMaxLonE7;
    box.east_e7 = kMaxLonE7;
    return;
  }
  if (width_e7 > 0 || west_e7 > kMaxLonE7 || west_e7 < -kMaxLonE7) {
    west_e7 = EastOf(-kMaxLonE7, west_e7) - kMaxLonE7;
  }
  const int64_t east_e7 = west_e7 + width_e7;
  box.west_e7 = static_cast<int32_t>(west_e7);
  box.east_e7 = static_cast<int32_t>(east_e7 > kMaxLonE7 ? east_e7 - kTurnE7 : east_e7);
}

bool LineMeets(TrajectoryView fixes, const Box& box) {
  if (box.Contains(fixes[0])) return true;
  const int64_t width_e7 = WidthE7(box);
  for (size_t i = 1; i < fixes.size(); ++i) {
    const Fix &a = fixes[i - 1], &b = fixes[i];
    if ((a.lat_e7 < box.south_e7 && b.lat_e7 < box.south_e7) ||
        (a.lat_e7 > box.north_e7 && b.lat_e7 > box.north_e7)) {
      continue;
    }
    const int64_t a_east_e7 = EastOf(box.west_e7, a.lon_e7);
    const int64_t b_east_e7 = a_east_e7 + LonDeltaE7(a.lon_e7, b.lon_e7);  // -180 ... 540 degrees
    for (const int64_t turn_e7 : {int64_t{0}, kTurnE7, -kTurnE7}) {
      const PlaneStep step{a_east_e7 + turn_e7, a.lat_e7, b_east_e7 + turn_e7, b.lat_e7};
      if (StepMeets(step, width_e7, box.south_e7, box.north_e7)) return true;
    }
  }
  return false;
}

}  // namespace

bool Box::Contains(const Fix& fix) const {
  return fix.lat_e7 >= south_e7 && fix.lat_e7 <= north_e7 &&
         EastOf(west_e7, fix.lon_e7) <= WidthE7(*this);
}

bool Box::Contains(const Box& other) const {
  return other.south_e7 >= south_e7 && other.north_e7 <= north_e7 && HoldsLongitudes(*this, other);
}

bool Box::Intersects(const Box& other) const {
  return other.south_e7 <= north_e7 && other.north_e7 >= south_e7 &&
         (EastOf(west_e7, other.west_e7) <= WidthE7(*this) ||
          EastOf(other.west_e7, west_e7) <= WidthE7(other));
}

Box Box::Union(const Box& other) const {
  Box out = *this;
  out.south_e7 = std::min(south_e7, other.south_e7);
  out.north_e7 = std::max(north_e7, other.north_e7);
  if (HoldsLongitudes(*this, other)) return out;
  if (HoldsLongitudes(other, *this)) {
    out.west_e7 = other.west_e7;
    out.east_e7 = other.east_e7;
    return out;
  }
  const int64_t from_this_e7 = EastOf(west_e7, other.west_e7) + WidthE7(other);
  const int64_t from_other_e7 = EastOf(other.west_e7, west_e7) + WidthE7(*this);
  const bool tie = from_this_e7 == from_other_e7;
  if (tie ? west_e7 < other.west_e7 : from_this_e7 < from_other_e7) {
    SetLongitudes(west_e7, from_this_e7, out);
  } else {
    SetLongitudes(other.west_e7, from_other_e7, out);
  }
  return out;
}

Box Cover(TrajectoryView fixes) {
  assert(!fixes.empty());
  int32_t south_e7 = fixes[0].lat_e7, north_e7 = south_e7;
  int64_t lon_e7 = fixes[0].lon_e7, west_e7 = lon_e7, east_e7 = lon_e7;  // never wrap
  for (size_t i = 1; i < fixes.size(); ++i) {
    south_e7 = std::min(south_e7, fixes[i].lat_e7);
    north_e7 = std::max(north_e7, fixes[i].lat_e7);
    lon_e7 += LonDeltaE7(fixes[i - 1].lon_e7, fixes[i].lon_e7);
    west_e7 = std::min(west_e7, lon_e7);
    east_e7 = std::max(east_e7, lon_e7);
  }
  Box out{.south_e7 = south_e7, .north_e7 = north_e7};
  SetLongitudes(west_e7, east_e7 - west_e7, out);
  return out;
}

bool Meets(TrajectoryView fixes, const Box& box, Relation relation) {
  assert(!fixes.empty());
  switch (relation) {
    case Relation::kIntersects:
      return LineMeets(fixes, box);
    case Relation::kWithin:
      return box.Contains(Cover(fixes));
    case Relation::kStarts:
      return box.Contains(fixes.front());
    case Relation::kEnds:
      return box.Contains(fixes.back());
  }
  return false;
}

}  // namespace spoor
