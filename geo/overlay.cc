#include "geo/overlay.h"

#include <geos_c.h>

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace spoor {

struct Overlay::Rep {
  GEOSContextHandle_HS* context = GEOS_init_r();
};

namespace {

struct DestroyShape {
  GEOSContextHandle_HS* context = nullptr;
  void operator()(GEOSGeometry* g) const { GEOSGeom_destroy_r(context, g); }
};
using GeosShape = std::unique_ptr<GEOSGeometry, DestroyShape>;

GEOSGeometry* ClosedRing(GEOSContextHandle_HS* context, const PlaneRing& ring) {
  std::vector<double> xy;
  for (size_t i = 0; i <= ring.size(); ++i) {
    xy.push_back(ring[i % ring.size()].x_m);
    xy.push_back(ring[i % ring.size()].y_m);
  }
  return GEOSGeom_createLinearRing_r(
      context, GEOSCoordSeq_copyFromBuffer_r(context, xy.data(),
                                             static_cast<unsigned>(xy.size() / 2), 0, 0));
}

// Null: GEOS refuses it.
GeosShape ShapeOf(GEOSContextHandle_HS* context, absl::Span<const PlaneArea* const> areas) {
  std::vector<GEOSGeometry*> polygons;
  for (const PlaneArea* area : areas) {
    for (const PlanePolygon& polygon : *area) {
      std::vector<GEOSGeometry*> rings;
      for (const PlaneRing& ring : polygon.rings) rings.push_back(ClosedRing(context, ring));
      polygons.push_back(GEOSGeom_createPolygon_r(context, rings[0], rings.data() + 1,
                                                  static_cast<unsigned>(rings.size() - 1)));
    }
  }
  return {GEOSGeom_createCollection_r(context, GEOS_MULTIPOLYGON, polygons.data(),
                                      static_cast<unsigned>(polygons.size())),
          {context}};
}

bool Before(const PlanePoint& a, const PlanePoint& b) {
  return std::tie(a.x_m, a.y_m) < std::tie(b.x_m, b.y_m);
}

PlaneRing RingOf(GEOSContextHandle_HS* context, const GEOSGeometry* ring, bool is_border) {
  const GEOSCoordSequence* coordinates = GEOSGeom_getCoordSeq_r(context, ring);
  unsigned size = 0;
  GEOSCoordSeq_getSize_r(context, coordinates, &size);
  PlaneRing out;
  for (unsigned i = 0; i + 1 < size; ++i) {  // the last is the first again
    PlanePoint p;
    GEOSCoordSeq_getXY_r(context, coordinates, i, &p.x_m, &p.y_m);
    out.push_back(p);
  }
  if ((SignedM2(out) > 0) != is_border) std::ranges::reverse(out);
  std::ranges::rotate(out, std::ranges::min_element(out, Before));
  return out;
}

PlaneArea AreaOf(GEOSContextHandle_HS* context, const GEOSGeometry* shape) {
  PlaneArea out;
  const int parts = GEOSGetNumGeometries_r(context, shape);
  for (int i = 0; i < parts; ++i) {
    const GEOSGeometry* part = GEOSGetGeometryN_r(context, shape, i);
    if (GEOSGeomTypeId_r(context, part) != GEOS_POLYGON || GEOSisEmpty_r(context, part) != 0) {
      continue;
    }
    PlanePolygon polygon;
    polygon.rings.push_back(RingOf(context, GEOSGetExteriorRing_r(context, part), true));
    const int holes = GEOSGetNumInteriorRings_r(context, part);
    for (int h = 0; h < holes; ++h) {
      polygon.rings.push_back(RingOf(context, GEOSGetInteriorRingN_r(context, part, h), false));
    }
    std::ranges::sort(polygon.rings.begin() + 1, polygon.rings.end(), Before,
                      [](const PlaneRing& r) { return r.front(); });
    out.push_back(std::move(polygon));
  }
  std::ranges::sort(out, Before, [](const PlanePolygon& p) { return p.rings[0][0]; });
  return out;
}

}  // namespace

Overlay::Overlay() : rep_(std::make_unique<Rep>()) {}
Overlay::~Overlay() { GEOS_finish_r(rep_->context); }

absl::StatusOr<double> Overlay::SharedM2(const PlaneArea& a, const PlaneArea& b) const {
  GEOSContextHandle_HS* const context = rep_->context;
  const PlaneArea* const parts[] = {&a, &b};
  const GeosShape one = ShapeOf(context, absl::MakeConstSpan(parts, 1));
  const GeosShape other = ShapeOf(context, absl::MakeConstSpan(parts + 1, 1));
  double square_m2 = 0;
  if (one != nullptr && other != nullptr) {
    const GeosShape shared(GEOSIntersection_r(context, one.get(), other.get()), {context});
    if (shared != nullptr && GEOSArea_r(context, shared.get(), &square_m2) == 1) return square_m2;
  }
  return absl::InternalError("two areas cannot be laid over one another");
}

absl::StatusOr<PlaneArea> Overlay::Union(absl::Span<const PlaneArea* const> areas) const {
  GEOSContextHandle_HS* const context = rep_->context;
  const GeosShape all = ShapeOf(context, areas);
  if (all != nullptr) {
    const GeosShape joined(GEOSUnaryUnion_r(context, all.get()), {context});
    if (joined != nullptr) return AreaOf(context, joined.get());
  }
  return absl::InternalError("areas cannot be joined");
}

}  // namespace spoor
