#include "engine/motif/together.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace spoor {
namespace {

constexpr double kNear = 1.0 / 3;  // of the leash

struct PlaceOnLine {
  double at = 0;
  double m2 = std::numeric_limits<double>::infinity();
};

// The place on leg j that is nearest to p, no earlier than `from`.
PlaceOnLine NearestOnLeg(PlaneView line, size_t j, const PlanePoint& p, double from) {
  const PlanePoint &a = line[j], &b = line[j + 1];
  const double ex = b.x_m - a.x_m, ey = b.y_m - a.y_m, square = ex * ex + ey * ey;
  const double along = (p.x_m - a.x_m) * ex + (p.y_m - a.y_m) * ey;
  const double earliest = std::clamp(from - static_cast<double>(j), 0.0, 1.0);
  const double share = std::clamp(square > 0 ? along / square : 0, earliest, 1.0);
  const double dx = p.x_m - a.x_m - share * ex, dy = p.y_m - a.y_m - share * ey;
  return {static_cast<double>(j) + share, dx * dx + dy * dy};
}

// Goes forward with both from places side by side.  The last place of each that counts.
std::pair<uint32_t, double> GoForward(PlaneView line, uint32_t at, PlaneView other, double other_at,
                                      double leash_m) {
  uint32_t last = at;
  double last_other = other_at, place = other_at;
  for (uint32_t i = at + 1; i < line.size(); ++i) {
    // The other may take a longer way to where the line has got to, but not any.
    const double reach_m = 2 * DistanceM(line[i - 1], line[i]) + leash_m;
    PlaceOnLine best;
    double gone_m = 0;
    for (auto j = static_cast<size_t>(place); j + 1 < other.size() && gone_m <= reach_m; ++j) {
      const PlaceOnLine here = NearestOnLeg(other, j, line[i], place);
      if (here.m2 < best.m2) best = here;
      gone_m += DistanceM(other[j], other[j + 1]);
    }
    if (!(best.m2 <= leash_m * leash_m)) break;
    place = best.at;
    if (best.m2 <= leash_m * leash_m * kNear * kNear) last = i, last_other = place;
  }
  return {last, last_other};
}

}  // namespace

std::vector<double> AlongM(PlaneView line) {
  std::vector<double> along(line.size());
  for (size_t i = 1; i < line.size(); ++i) {
    along[i] = along[i - 1] + DistanceM(line[i - 1], line[i]);
  }
  return along;
}

std::vector<PlanePoint> Smoothed(PlaneView line, double half_m) {
  const std::vector<double> along = AlongM(line);
  std::vector<PlanePoint> out(line.size());
  PlanePoint sum;
  size_t from = 0, to = 0;  // those in the sum
  for (size_t i = 0; i < line.size(); ++i) {
    const double half = std::min({half_m, along[i], along.back() - along[i]});
    while (to < line.size() && (to <= i || along[to] <= along[i] + half)) {
      sum.x_m += line[to].x_m;
      sum.y_m += line[to++].y_m;
    }
    while (to > i + 1 && along[to - 1] > along[i] + half) {
      sum.x_m -= line[--to].x_m;
      sum.y_m -= line[to].y_m;
    }
    while (from > 0 && along[from - 1] >= along[i] - half) {
      sum.x_m += line[--from].x_m;
      sum.y_m += line[from].y_m;
    }
    while (from < i && along[from] < along[i] - half) {
      sum.x_m -= line[from].x_m;
      sum.y_m -= line[from++].y_m;
    }
    const auto n = static_cast<double>(to - from);
    out[i] = {sum.x_m / n, sum.y_m / n, 0};
  }
  return out;
}

std::optional<Together> GoTogether(PlaneView line, uint32_t at, PlaneView other, uint32_t other_at,
                                   double leash_m) {
  // Side by side: the place on the other nearest to the point, somewhere around.
  PlaceOnLine beside;
  double gone_m = 0;
  for (size_t j = other_at; j + 1 < other.size() && gone_m <= 4 * leash_m; ++j) {
    const PlaceOnLine here = NearestOnLeg(other, j, line[at], 0);
    if (here.m2 < beside.m2) beside = here;
    gone_m += DistanceM(other[j], other[j + 1]);
  }
  gone_m = 0;
  for (size_t j = other_at; j > 0 && gone_m <= 4 * leash_m; --j) {
    const PlaceOnLine here = NearestOnLeg(other, j - 1, line[at], 0);
    if (here.m2 < beside.m2) beside = here;
    gone_m += DistanceM(other[j - 1], other[j]);
  }
  if (!(beside.m2 <= leash_m * leash_m)) return std::nullopt;
  Together out;
  std::tie(out.to, out.other_to) = GoForward(line, at, other, beside.at, leash_m);
  const std::vector<PlanePoint> line_back = Backwards(line), other_back = Backwards(other);
  const auto last = static_cast<uint32_t>(line.size() - 1);
  const auto other_last = static_cast<double>(other.size() - 1);
  const auto [from, other_from] =
      GoForward(line_back, last - at, other_back, other_last - beside.at, leash_m);
  out.from = last - from;
  out.other_from = other_last - other_from;
  return out;
}

std::optional<SharedPart> MostShared(const std::vector<Together>& others,
                                     const std::vector<double>& along_m, double min_length_m) {
  std::vector<SharedPart> parts;
  uint32_t most = 0;
  for (const Together& a : others) {
    for (const Together& b : others) {
      if (a.from >= b.to) continue;
      const double length_m = along_m[b.to] - along_m[a.from];
      if (length_m < min_length_m) continue;
      const auto trips = static_cast<uint32_t>(std::ranges::count_if(
          others, [&](const Together& t) { return t.from <= a.from && t.to >= b.to; }));
      if (trips == 0) continue;
      parts.push_back({a.from, b.to, trips + 1, length_m});
      most = std::max(most, trips + 1);
    }
  }
  std::optional<SharedPart> best;
  for (const SharedPart& p : parts) {
    if (p.trips < kStay * most) continue;
    if (!best || p.length_m > best->length_m ||
        (p.length_m == best->length_m && p.trips > best->trips)) {
      best = p;
    }
  }
  return best;
}

double ShareOn(PlaneView line, PlaneView other, double leash_m, bool either) {
  if (line.size() < 2 || other.size() < 2) return 0;
  constexpr double kSameWay = 0.5;  // cosine of the turn between both
  size_t on = 0;
  for (size_t i = 0; i < line.size(); ++i) {
    const PlanePoint &before = line[i > 0 ? i - 1 : 0],
                     &next = line[std::min(i + 1, line.size() - 1)];
    const double wx = next.x_m - before.x_m, wy = next.y_m - before.y_m;
    for (size_t j = 0; j + 1 < other.size(); ++j) {
      if (NearestOnLeg(other, j, line[i], 0).m2 > leash_m * leash_m) continue;
      const double ox = other[j + 1].x_m - other[j].x_m, oy = other[j + 1].y_m - other[j].y_m;
      double turn = wx * ox + wy * oy;
      if (either) turn = std::abs(turn);
      if (turn < kSameWay * std::sqrt((wx * wx + wy * wy) * (ox * ox + oy * oy))) continue;
      ++on;
      break;
    }
  }
  return static_cast<double>(on) / static_cast<double>(line.size());
}

}  // namespace spoor
