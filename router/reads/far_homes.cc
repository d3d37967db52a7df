#include "router/reads/far_homes.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

#include "geo/local_plane.h"
#include "shard/place/reach_cells.h"

namespace spoor {
namespace {

constexpr int kHomeDepth = 32;  // of the cells that home keys begin with
constexpr double kRadians = std::numbers::pi / 180 / kUnitsPerDegree;  // of a unit

// From one longitude eastwards to another.
double EastwardsE7(int32_t from_e7, int32_t to_e7) {
  const int64_t east_e7 = int64_t{to_e7} - from_e7;
  return static_cast<double>(east_e7 < 0 ? east_e7 + 2 * int64_t{kMaxLonE7} : east_e7);
}

// Where part / 2^bits of the whole is, rounded down, or up.
int32_t DownE7(uint64_t part, int bits, uint64_t whole_e7) {
  return static_cast<int32_t>(static_cast<int64_t>(part * whole_e7 >> bits) -
                              static_cast<int64_t>(whole_e7 / 2));
}
int32_t UpE7(uint64_t part, int bits, uint64_t whole_e7) {
  const uint64_t most = (uint64_t{1} << bits) - 1;  // that is cut off
  return static_cast<int32_t>(static_cast<int64_t>((part * whole_e7 + most) >> bits) -
                              static_cast<int64_t>(whole_e7 / 2));
}

// Where keys begin with these bits.
Box BoxOfPrefix(uint32_t prefix, int depth) {
  constexpr uint64_t kAroundE7 = 2 * uint64_t{kMaxLonE7}, kUpE7 = 2 * uint64_t{kMaxLatE7};
  const Cell cell = CellOfZOrder(prefix, depth);
  const uint64_t column = cell.column, row = cell.row;
  const int columns = Grid{.depth = depth}.column_bits(), rows = Grid{.depth = depth}.row_bits();
  return {.south_e7 = DownE7(row, rows, kUpE7),
          .west_e7 = DownE7(column, columns, kAroundE7),
          .north_e7 = UpE7(row + 1, rows, kUpE7),
          .east_e7 = UpE7(column + 1, columns, kAroundE7)};
}

// Calls visit(box) for the boxes of the homes until it returns true; whether one did.
template <typename Visit>
bool AnyBox(const HomeRange& homes, Visit visit) {
  const uint64_t last = homes.last >> 32;
  for (uint64_t at = homes.first >> 32; at <= last;) {
    // The largest aligned block of the curve that begins here and ends in time.
    int bits = at == 0 ? kHomeDepth : std::countr_zero(at);
    while (at + (uint64_t{1} << bits) - 1 > last) --bits;
    if (visit(BoxOfPrefix(static_cast<uint32_t>(at >> bits), kHomeDepth - bits))) return true;
    at += uint64_t{1} << bits;
  }
  return false;
}

double LeastCos(const Box& box) {
  return std::cos(std::max(std::abs(box.south_e7), std::abs(box.north_e7)) * kRadians);
}

// Between any two places of the boxes, at least.
double GapM(const Box& a, const Box& b) {
  const double along = std::max({0, b.south_e7 - a.north_e7, a.south_e7 - b.north_e7}) * kRadians;
  if (a.Intersects({a.south_e7, b.west_e7, a.north_e7, b.east_e7})) return kEarthRadiusM * along;
  const double apart =
      std::min(EastwardsE7(a.east_e7, b.west_e7), EastwardsE7(b.east_e7, a.west_e7)) * kRadians;
  const double sin_apart = apart < std::numbers::pi / 2 ? std::sin(apart) : 1;
  const double across = std::asin(std::max(LeastCos(a), LeastCos(b)) * sin_apart);
  return kEarthRadiusM * std::max(along, across);
}

}  // namespace

FarHomes::FarHomes(const Query& query)
    : measure_(*query.rerank->measure), box_(Cover(query.fixes)) {
  const std::vector<PlanePoint> line =
      LocalPlane(query.fixes[query.fixes.size() / 2]).Project(query.fixes);
  for (size_t i = 1; i < line.size(); ++i) {
    half_a_step_m_ = std::max(half_a_step_m_, DistanceM(line[i - 1], line[i]) / 2);
  }
}

double FarHomes::BoundOf(const Box& box) const {
  return BelowRounding(measure_.BoundOfFarFix(std::max(0.0, GapM(box_, box) - half_a_step_m_)));
}

bool FarHomes::MayHold(const HomeSet& homes, double cutoff) const {
  return std::ranges::any_of(homes.ranges(), [&](const HomeRange& range) {
    return AnyBox(range, [&](const Box& box) { return BoundOf(box) <= cutoff; });
  });
}

std::vector<Box> BoxesOf(const HomeRange& homes) {
  std::vector<Box> out;
  AnyBox(homes, [&out](const Box& box) {
    out.push_back(box);
    return false;
  });
  return out;
}

}  // namespace spoor
