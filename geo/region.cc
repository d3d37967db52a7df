// With overlay.cc the only file that knows GEOS.  Geometries are in 1e-7 degrees, as fixes are, so
// that moving one a whole turn round the Earth is exact.
#include "geo/region.h"

#include <geos_c.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <mutex>
#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// A line is cut where it leaves the world (see Pieces), so no step of it goes beyond this.
constexpr int64_t kFrameE7 = kTurnE7;

struct FinishContext {
  void operator()(GEOSContextHandle_HS* context) const { GEOS_finish_r(context); }
};
using Context = std::unique_ptr<GEOSContextHandle_HS, FinishContext>;

struct Destroy {
  GEOSContextHandle_HS* context = nullptr;
  void operator()(GEOSGeometry* g) const { GEOSGeom_destroy_r(context, g); }
  void operator()(const GEOSPreparedGeometry* g) const { GEOSPreparedGeom_destroy_r(context, g); }
};
using Geometry = std::unique_ptr<GEOSGeometry, Destroy>;
using Prepared = std::unique_ptr<const GEOSPreparedGeometry, Destroy>;

struct XY {
  double x = 0, y = 0;
};
using Line = std::vector<XY>;

GEOSCoordSequence* Coordinates(GEOSContextHandle_HS* context, const Line& line) {
  static_assert(sizeof(XY) == 2 * sizeof(double));
  return GEOSCoordSeq_copyFromBuffer_r(context, &line[0].x, static_cast<unsigned>(line.size()), 0,
                                       0);
}

Geometry MakeLine(GEOSContextHandle_HS* context, const Line& line) {
  GEOSCoordSequence* coordinates = Coordinates(context, line);
  return {line.size() == 1 ? GEOSGeom_createPoint_r(context, coordinates)
                           : GEOSGeom_createLineString_r(context, coordinates),
          {context}};
}

// Takes over the parts.
Geometry Collect(GEOSContextHandle_HS* context, int type, std::vector<Geometry> parts) {
  std::vector<GEOSGeometry*> raw;
  raw.reserve(parts.size());
  for (Geometry& part : parts) raw.push_back(part.release());
  return {GEOSGeom_createCollection_r(context, type, raw.data(), static_cast<unsigned>(raw.size())),
          {context}};
}

// A polygon whose longitudes go on counting where it crosses the antimeridian.
struct Unwrapped {
  std::vector<Line> rings;
  int64_t west_e7 = 0, east_e7 = 0, south_e7 = 0, north_e7 = 0;
};

absl::Status Invalid(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, " ", what));
}

absl::Status CheckRing(const Ring& ring, absl::string_view where) {
  for (size_t i = 0; i < ring.size(); ++i) {
    const auto [lat_deg, lon_deg] = ring[i];
    if (!IsPosition(lat_deg, lon_deg)) {
      return Invalid(where, absl::StrCat("position ", i, " is out of range: latitude ", lat_deg,
                                         ", longitude ", lon_deg));
    }
  }
  if (ring.size() < 4) {
    return Invalid(where, absl::StrCat("has ", ring.size(), " positions, needed: at least 4"));
  }
  if (ring.front() != ring.back()) {
    return Invalid(where, "is open: its last position differs from its first");
  }
  return absl::OkStatus();
}

absl::StatusOr<Line> UnwrapRing(const Ring& ring, absl::string_view where) {
  if (absl::Status s = CheckRing(ring, where); !s.ok()) return s;
  Line out;
  out.reserve(ring.size());
  Fix before = FixFromDegrees(ring[0].first, ring[0].second);
  int64_t lon_e7 = before.lon_e7;
  for (const auto& [lat_deg, lon_deg] : ring) {
    const Fix here = FixFromDegrees(lat_deg, lon_deg);
    lon_e7 += LonDeltaE7(before.lon_e7, here.lon_e7);
    out.push_back({.x = static_cast<double>(lon_e7), .y = static_cast<double>(here.lat_e7)});
    before = here;
  }
  if (out.front().x != out.back().x) {
    return Invalid(where, "goes round a pole; cut it at the antimeridian");
  }
  return out;
}

void ShiftEast(Line& line, int64_t east_e7) {
  for (XY& p : line) p.x += static_cast<double>(east_e7);
}

std::pair<int64_t, int64_t> Extent(const Line& line, double XY::* axis) {
  const auto [least, most] = std::ranges::minmax(line, {}, axis);
  return {static_cast<int64_t>(least.*axis), static_cast<int64_t>(most.*axis)};
}

absl::StatusOr<Unwrapped> Unwrap(const PolygonRings& polygon, absl::string_view where) {
  if (polygon.empty()) return Invalid(where, "has no rings");
  Unwrapped out;
  for (size_t r = 0; r < polygon.size(); ++r) {
    absl::StatusOr<Line> ring = UnwrapRing(polygon[r], absl::StrCat(where, " ring ", r));
    if (!ring.ok()) return ring.status();
    auto [west_e7, east_e7] = Extent(*ring, &XY::x);
    if (r == 0) {
      const int64_t turn_e7 = west_e7 < -kMaxLonE7 ? kTurnE7 : 0;
      ShiftEast(*ring, turn_e7);
      out.west_e7 = west_e7 + turn_e7;
      out.east_e7 = east_e7 + turn_e7;
      std::tie(out.south_e7, out.north_e7) = Extent(*ring, &XY::y);
    } else if (west_e7 < out.west_e7) {
      ShiftEast(*ring, kTurnE7);
    } else if (east_e7 > out.east_e7) {
      ShiftEast(*ring, -kTurnE7);
    }
    out.rings.push_back(*std::move(ring));
  }
  return out;
}

Geometry MakePolygon(GEOSContextHandle_HS* context, const Unwrapped& polygon) {
  std::vector<GEOSGeometry*> rings;
  rings.reserve(polygon.rings.size());
  for (const Line& ring : polygon.rings) {
    rings.push_back(GEOSGeom_createLinearRing_r(context, Coordinates(context, ring)));
  }
  return {GEOSGeom_createPolygon_r(context, rings[0], rings.data() + 1,
                                   static_cast<unsigned>(rings.size() - 1)),
          {context}};
}

// GEOS's word for what is wrong: "Self-intersection", and where.
absl::Status CheckValid(GEOSContextHandle_HS* context, const GEOSGeometry* polygon,
                        absl::string_view where) {
  char* reason = nullptr;
  GEOSGeometry* place = nullptr;
  const char valid = GEOSisValidDetail_r(context, polygon, 0, &reason, &place);
  const Geometry owned_place(place, {context});
  absl::Status status = absl::OkStatus();
  if (valid != 1) {
    std::string what = absl::StrCat("is not valid: ", reason != nullptr ? reason : "unknown");
    double x_e7 = 0, y_e7 = 0;
    if (place != nullptr && GEOSGeomGetX_r(context, place, &x_e7) == 1 &&
        GEOSGeomGetY_r(context, place, &y_e7) == 1) {
      absl::StrAppend(&what, " at latitude ", y_e7 / kUnitsPerDegree, ", longitude ",
                      std::remainder(x_e7 / kUnitsPerDegree, 360));
    }
    status = Invalid(where, what);
  }
  GEOSFree_r(context, reason);
  return status;
}

// Copies of the polygon, whole turns apart, wherever a step of a line may lie.
void AddCopies(GEOSContextHandle_HS* context, const Unwrapped& polygon,
               std::vector<Geometry>& out) {
  for (int64_t turns = -2; turns <= 1; ++turns) {
    const int64_t east_e7 = turns * kTurnE7;
    if (polygon.east_e7 + east_e7 < -kFrameE7 || polygon.west_e7 + east_e7 > kFrameE7) continue;
    Unwrapped copy = polygon;
    for (Line& ring : copy.rings) ShiftEast(ring, east_e7);
    out.push_back(MakePolygon(context, copy));
  }
}

Box BoundsOf(const Unwrapped& polygon) {
  const bool all = polygon.east_e7 - polygon.west_e7 >= kTurnE7;
  const int64_t east_e7 = polygon.east_e7 > kMaxLonE7 ? polygon.east_e7 - kTurnE7 : polygon.east_e7;
  return {.south_e7 = static_cast<int32_t>(polygon.south_e7),
          .west_e7 = all ? -kMaxLonE7 : static_cast<int32_t>(polygon.west_e7),
          .north_e7 = static_cast<int32_t>(polygon.north_e7),
          .east_e7 = all ? kMaxLonE7 : static_cast<int32_t>(east_e7)};
}

// The line, cut into pieces that start inside the world and leave it by less than a turn, so that
// the copies of the area are all that they can meet.  A piece without length is one position.
std::vector<Line> Pieces(TrajectoryView fixes) {
  std::vector<Line> out(1);
  int64_t lon_e7 = fixes[0].lon_e7;
  const auto append = [&](const Fix& fix) {
    const XY p{.x = static_cast<double>(lon_e7), .y = static_cast<double>(fix.lat_e7)};
    Line& line = out.back();
    if (line.empty() || line.back().x != p.x || line.back().y != p.y) line.push_back(p);
  };
  append(fixes[0]);
  for (size_t i = 1; i < fixes.size(); ++i) {
    if (lon_e7 > kMaxLonE7 || lon_e7 < -kMaxLonE7) {
      lon_e7 = fixes[i - 1].lon_e7;
      out.emplace_back();
      append(fixes[i - 1]);
    }
    lon_e7 += LonDeltaE7(fixes[i - 1].lon_e7, fixes[i].lon_e7);
    append(fixes[i]);
  }
  return out;
}

}  // namespace

// GEOS builds the index of a prepared geometry at its first use and guards neither that nor a
// context against other threads, so each call borrows a whole set of its own.  There are as many as
// there were ever calls at the same time.
struct Region::Rep {
  struct Worker {
    Context context;
    Geometry area;
    Prepared prepared;
  };

  // Builds a worker around a copy of `original`, which GEOS does not let two threads read.
  // REQUIRES: mutex is held.
  Worker NewWorker() const {
    Worker out{.context = Context(GEOS_init_r()), .area = {}, .prepared = {}};
    GEOSContextHandle_HS* context = out.context.get();
    out.area = Geometry(GEOSGeom_clone_r(context, original.get()), {context});
    out.prepared = Prepared(GEOSPrepare_r(context, out.area.get()), {context});
    return out;
  }

  Worker Borrow() {
    const std::lock_guard lock(mutex);
    if (idle.empty()) return NewWorker();
    Worker out = std::move(idle.back());
    idle.pop_back();
    return out;
  }

  void GiveBack(Worker worker) {
    const std::lock_guard lock(mutex);
    idle.push_back(std::move(worker));
  }

  Context original_context;
  Geometry original;
  // Not absl::Mutex: ThreadSanitizer cannot see into Debian's build of it.
  std::mutex mutex;
  std::vector<Worker> idle;  // guarded by mutex
};

Region::Region(std::unique_ptr<Rep> rep, std::vector<PolygonRings> polygons, Box bounds)
    : rep_(std::move(rep)), polygons_(std::move(polygons)), bounds_(bounds) {}

Region::~Region() = default;

absl::StatusOr<std::shared_ptr<const Region>> Region::Make(
    const std::vector<PolygonRings>& polygons) {
  if (polygons.empty()) return absl::InvalidArgumentError("no polygon");
  auto rep = std::make_unique<Rep>();
  rep->original_context = Context(GEOS_init_r());
  GEOSContextHandle_HS* context = rep->original_context.get();
  std::vector<Geometry> copies;
  Box bounds;
  for (size_t i = 0; i < polygons.size(); ++i) {
    const std::string where = absl::StrCat("polygon ", i);
    const absl::StatusOr<Unwrapped> polygon = Unwrap(polygons[i], where);
    if (!polygon.ok()) return polygon.status();
    const Geometry once = MakePolygon(context, *polygon);
    if (absl::Status s = CheckValid(context, once.get(), where); !s.ok()) return s;
    AddCopies(context, *polygon, copies);
    bounds = i == 0 ? BoundsOf(*polygon) : bounds.Union(BoundsOf(*polygon));
  }
  // United, so that a line may pass from one polygon into the next and still lie within.
  const Geometry all = Collect(context, GEOS_MULTIPOLYGON, std::move(copies));
  rep->original = Geometry(GEOSUnaryUnion_r(context, all.get()), {context});
  if (rep->original == nullptr) return absl::InvalidArgumentError("polygons cannot be united");
  return std::shared_ptr<const Region>(new Region(std::move(rep), polygons, bounds));
}

bool Region::Meets(TrajectoryView fixes, Relation relation) const {
  assert(!fixes.empty());
  // The box decides most cases, without GEOS.
  if (!spoor::Meets(fixes, bounds_, relation)) return false;
  if (relation == Relation::kStarts) fixes = fixes.first(1);
  if (relation == Relation::kEnds) fixes = fixes.last(1);
  Rep::Worker worker = rep_->Borrow();
  GEOSContextHandle_HS* context = worker.context.get();
  const bool within = relation == Relation::kWithin;
  bool meets = within;
  for (const Line& piece : Pieces(fixes)) {
    const Geometry line = MakeLine(context, piece);
    meets = (within ? GEOSPreparedCovers_r(context, worker.prepared.get(), line.get())
                    : GEOSPreparedIntersects_r(context, worker.prepared.get(), line.get())) == 1;
    if (meets != within) break;
  }
  rep_->GiveBack(std::move(worker));
  return meets;
}

}  // namespace spoor
