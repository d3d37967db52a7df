#include "bench/nearest.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

#include "tests/geo/naive_measures.h"

namespace spoor::bench {
namespace {

// Keeps the k nearest of what it is offered.
class Nearest {
 public:
  Nearest(absl::Span<const Trajectory> trips, const Wanted& wanted)
      : trips_(trips), k_(wanted.k), cutoff_m_(wanted.within_m) {}

  double cutoff_m() const { return cutoff_m_; }

  void Offer(double distance_m, size_t trip) {
    if (!(distance_m <= cutoff_m_)) return;
    const auto before = [this](const Found& a, const Found& b) { return Before(a, b); };
    heap_.push_back({distance_m, trip});
    std::push_heap(heap_.begin(), heap_.end(), before);
    if (heap_.size() > k_) {
      std::pop_heap(heap_.begin(), heap_.end(), before);
      heap_.pop_back();
    }
    if (heap_.size() == k_) cutoff_m_ = heap_.front().distance_m;
  }

  NearList Take() {
    std::sort_heap(heap_.begin(), heap_.end(),
                   [this](const Found& a, const Found& b) { return Before(a, b); });
    NearList out;
    for (const Found& f : heap_) out.push_back({trips_[f.trip].id.value(), f.distance_m});
    return out;
  }

 private:
  struct Found {
    double distance_m;
    size_t trip;
  };
  bool Before(const Found& a, const Found& b) const {
    if (a.distance_m != b.distance_m) return a.distance_m < b.distance_m;
    return trips_[a.trip].id < trips_[b.trip].id;
  }

  const absl::Span<const Trajectory> trips_;
  const size_t k_;
  double cutoff_m_;
  std::vector<Found> heap_;  // the farthest on top
};

// What only a has must tie with the end of b.
bool MayLack(const NearList& a, const NearList& b, const Wanted& wanted,
             const Tolerance& tolerance) {
  std::map<std::string, double> other;
  for (const Near& n : b) other[n.id] = n.distance_m;
  const double end_m = b.size() == wanted.k ? b.back().distance_m : wanted.within_m;
  for (const Near& n : a) {
    const auto at = other.find(n.id);
    const double off_m =
        at == other.end() ? end_m - n.distance_m : std::abs(n.distance_m - at->second);
    if (off_m <= n.distance_m * tolerance.relative + tolerance.absolute_m) continue;
    std::fprintf(stderr, "trip %s is %.9g m away; the other answer %s %.9g m\n", n.id.c_str(),
                 n.distance_m, at == other.end() ? "has it not, and ends at" : "says",
                 at == other.end() ? end_m : at->second);
    return false;
  }
  return true;
}

// distance_m(line of the query, line of a trip, cutoff).
template <typename Distance>
NearList NearestOnItsPlane(absl::Span<const Trajectory> trips, size_t query,
                           absl::Span<const uint32_t> among, const Wanted& wanted,
                           const Distance& distance_m) {
  const TrajectoryView fixes = trips[query].fixes;
  const LocalPlane plane(fixes[fixes.size() / 2]);
  const std::vector<PlanePoint> asked = plane.Project(fixes);
  Nearest nearest(trips, wanted);
  std::vector<PlanePoint> other;
  for (const uint32_t i : among) {
    if (i == query) continue;
    plane.Project(trips[i].fixes, other);
    nearest.Offer(distance_m(asked, other, nearest.cutoff_m()), i);
  }
  return nearest.Take();
}

}  // namespace

NearList NearestByDefinition(absl::Span<const Trajectory> trips, size_t query,
                             absl::Span<const uint32_t> among, const Wanted& wanted) {
  MeasureWork work;
  return NearestOnItsPlane(trips, query, among, wanted, [&](PlaneView a, PlaneView b, double m) {
    return wanted.measure->Distance(a, b, m, work);
  });
}

NearList NearestByTwin(absl::Span<const Trajectory> trips, size_t query,
                       absl::Span<const uint32_t> among, const Wanted& wanted,
                       absl::string_view name) {
  return NearestOnItsPlane(trips, query, among, wanted, [&](PlaneView a, PlaneView b, double) {
    return testing::DistanceNaively(name, {}, a, b);
  });
}

NearestScan::NearestScan(absl::Span<const Trajectory> trips)
    : trips_(trips), plane_(trips[trips.size() / 2].fixes.front()) {
  for (const Trajectory& t : trips) lines_.push_back(plane_.Project(t.fixes));
}

NearList NearestScan::Find(size_t query, absl::Span<const uint32_t> among,
                           const Wanted& wanted) const {
  Nearest nearest(trips_, wanted);
  MeasureWork work;
  for (const uint32_t i : among) {
    if (i == query) continue;
    nearest.Offer(wanted.measure->Distance(lines_[query], lines_[i], nearest.cutoff_m(), work), i);
  }
  return nearest.Take();
}

bool Agree(const NearList& a, const NearList& b, const Wanted& wanted, const Tolerance& tolerance) {
  return MayLack(a, b, wanted, tolerance) && MayLack(b, a, wanted, tolerance);
}

}  // namespace spoor::bench
