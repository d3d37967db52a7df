#include "geo/plane_area.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

namespace spoor {
namespace {

double CrossM2(const PlanePoint& o, const PlanePoint& a, const PlanePoint& b) {
  return (a.x_m - o.x_m) * (b.y_m - o.y_m) - (a.y_m - o.y_m) * (b.x_m - o.x_m);
}

// Of what `side` is not negative on (Sutherland and Hodgman 1974); it is linear.
template <typename Side>
PlaneRing CutOff(const PlaneRing& ring, const Side& side) {
  PlaneRing out;
  for (size_t i = 0; i < ring.size(); ++i) {
    const PlanePoint &a = ring[i], &b = ring[(i + 1) % ring.size()];
    const double at_a = side(a), at_b = side(b);
    if (at_a >= 0) out.push_back(a);
    if ((at_a < 0) != (at_b < 0)) out.push_back(PlaceBetween(a, b, at_a / (at_a - at_b)));
  }
  return out;
}

void Grow(const PlaneBox& by, PlaneBox& box) {
  box.west_m = std::min(box.west_m, by.west_m);
  box.south_m = std::min(box.south_m, by.south_m);
  box.east_m = std::max(box.east_m, by.east_m);
  box.north_m = std::max(box.north_m, by.north_m);
}

}  // namespace

double SignedM2(const PlaneRing& ring) {
  double twice = 0;
  for (size_t i = 2; i < ring.size(); ++i) twice += CrossM2(ring[0], ring[i - 1], ring[i]);
  return twice / 2;
}

double AreaM2(const PlaneArea& area) {
  double sum = 0;
  for (const PlanePolygon& polygon : area) {
    for (const PlaneRing& ring : polygon.rings) sum += SignedM2(ring);
  }
  return sum;
}

PlanePoint CentroidOf(const PlaneArea& area) {
  const PlanePoint origin = area.front().rings.front().front();  // so that products stay small
  double twice = 0, x = 0, y = 0;
  for (const PlanePolygon& polygon : area) {
    for (const PlaneRing& ring : polygon.rings) {
      for (size_t i = 0; i < ring.size(); ++i) {
        const PlanePoint &a = ring[i], &b = ring[(i + 1) % ring.size()];
        const double cross = CrossM2(origin, a, b);
        twice += cross;
        x += cross * (a.x_m + b.x_m - 2 * origin.x_m);
        y += cross * (a.y_m + b.y_m - 2 * origin.y_m);
      }
    }
  }
  return {origin.x_m + x / (3 * twice), origin.y_m + y / (3 * twice), 0};
}

bool Contains(const PlaneArea& area, PlanePoint place) {
  bool inside = false;
  for (const PlanePolygon& polygon : area) {
    for (const PlaneRing& ring : polygon.rings) {
      for (size_t i = 0; i < ring.size(); ++i) {
        const PlanePoint &a = ring[i], &b = ring[(i + 1) % ring.size()];
        if ((a.y_m > place.y_m) == (b.y_m > place.y_m)) continue;
        const double share = (place.y_m - a.y_m) / (b.y_m - a.y_m);
        if (place.x_m < a.x_m + share * (b.x_m - a.x_m)) inside = !inside;
      }
    }
  }
  return inside;
}

PlaneBox BoxOf(const PlaneRing& ring) {
  PlaneBox box{ring[0].x_m, ring[0].y_m, ring[0].x_m, ring[0].y_m};
  for (const PlanePoint& p : ring) Grow({p.x_m, p.y_m, p.x_m, p.y_m}, box);
  return box;
}

PlaneBox BoxOf(const PlaneArea& area) {
  PlaneBox box = BoxOf(area.front().rings.front());
  for (const PlanePolygon& polygon : area) Grow(BoxOf(polygon.rings.front()), box);
  return box;
}

PlaneRing Strip(const PlaneRing& ring, double from_m, double to_m, bool along_y) {
  const auto at = [along_y](const PlanePoint& p) { return along_y ? p.y_m : p.x_m; };
  return CutOff(CutOff(ring, [&](const PlanePoint& p) { return at(p) - from_m; }),
                [&](const PlanePoint& p) { return to_m - at(p); });
}

double SharedOfConvexM2(const PlaneRing& a, const PlaneRing& b) {
  PlaneRing left = a;
  for (size_t i = 0; i < b.size() && !left.empty(); ++i) {
    const PlanePoint &from = b[i], &to = b[(i + 1) % b.size()];
    left = CutOff(left, [&](const PlanePoint& p) { return CrossM2(from, to, p); });
  }
  return std::max(0.0, SignedM2(left));
}

PlaneRing ConvexHull(PlaneRing places) {
  const auto order = [](const PlanePoint& p) { return std::tie(p.x_m, p.y_m); };
  std::sort(places.begin(), places.end(),
            [&](const PlanePoint& a, const PlanePoint& b) { return order(a) < order(b); });
  places.erase(std::unique(places.begin(), places.end(),
                           [&](const auto& a, const auto& b) { return order(a) == order(b); }),
               places.end());
  if (places.size() < 3) return places;
  PlaneRing hull;
  const auto add = [&hull](const PlanePoint& p, size_t from) {
    while (hull.size() >= from + 2 && CrossM2(hull[hull.size() - 2], hull.back(), p) <= 0) {
      hull.pop_back();
    }
    hull.push_back(p);
  };
  for (const PlanePoint& p : places) add(p, 0);
  const size_t upper = hull.size() - 1;
  for (size_t i = places.size() - 1; i-- > 0;) add(places[i], upper);
  hull.pop_back();
  return hull;
}

}  // namespace spoor
