#include "engine/cluster/aligned.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// Places on a line at rising values of a measure that never falls along it.
class LinePlaces {
 public:
  LinePlaces(absl::Span<const PlanePoint> line, absl::Span<const double> at)
      : line_(line), at_(at) {}

  // REQUIRES: values rise from call to call.
  PlanePoint Place(double value) {
    while (next_ < line_.size() && at_[next_] < value) ++next_;
    if (next_ == 0) return line_[0];
    if (next_ == line_.size()) return line_.back();
    const double step = at_[next_] - at_[next_ - 1];
    return PlaceBetween(line_[next_ - 1], line_[next_], (value - at_[next_ - 1]) / step);
  }

 private:
  const absl::Span<const PlanePoint> line_;
  const absl::Span<const double> at_;
  size_t next_ = 0;
};

std::vector<double> WayTo(absl::Span<const PlanePoint> line, bool by_time) {
  std::vector<double> at(line.size());
  for (size_t i = 0; i < line.size(); ++i) {
    if (by_time) {
      at[i] = line[i].t_s;
    } else if (i > 0) {
      at[i] = at[i - 1] + DistanceM(line[i - 1], line[i]);
    }
  }
  return at;
}

void PlaceEvenly(const TripToAlign& trip, const AlignTerms& terms, std::vector<PlanePoint>& out) {
  const std::vector<double> at = WayTo(trip.line, terms.align == Align::kNormalizedTime);
  LinePlaces places(trip.line, at);
  out.clear();
  for (uint32_t i = 0; i < terms.points; ++i) {
    const bool last = i + 1 == terms.points;
    out.push_back(last ? trip.line.back() : places.Place(at.back() * i / (terms.points - 1)));
  }
}

}  // namespace

void AlignedTrips::Add(uint32_t first_stamp, absl::Span<const PlanePoint> places) {
  for (const PlanePoint& p : places) places_.push_back({p.x_m, p.y_m});
  const size_t steps = places.empty() ? 0 : places.size() - 1;
  begin_.push_back(places_.size());
  step_begin_.push_back(step_begin_.back() + steps);
  first_.push_back(first_stamp);
  stamped_ += places.empty() ? 0 : 1;
  if (steps > 0) intervals_ = std::max(intervals_, first_stamp + static_cast<uint32_t>(steps));
}

double ClockOrigin(absl::Span<const TripToAlign> trips, double step_s) {
  double first = std::numeric_limits<double>::infinity();
  for (const TripToAlign& t : trips) first = std::min(first, t.begin_s);
  return trips.empty() ? 0 : std::floor(first / step_s) * step_s;
}

absl::StatusOr<AlignedTrips> AlignAll(absl::Span<const TripToAlign> trips, const AlignTerms& terms,
                                      const Patience& patience) {
  const double origin = ClockOrigin(trips, terms.step_s);
  AlignedTrips out;
  std::vector<PlanePoint> places;
  double total = 0;
  for (const TripToAlign& trip : trips) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    if (terms.align != Align::kClock) {
      PlaceEvenly(trip, terms, places);
      out.Add(0, places);
      continue;
    }
    const double begin = trip.begin_s - origin, end = begin + trip.line.back().t_s;
    const double first = std::ceil(begin / terms.step_s), last = std::floor(end / terms.step_s);
    total += std::max(0.0, last - first + 1);
    if (total > static_cast<double>(kMostPlaces) || last > 4e9) {
      return absl::InvalidArgumentError(
          absl::StrCat("step_s ", terms.step_s, " makes more than ", kMostPlaces,
                       " places of the selected trips, or spans more than 4000000000 stamps; "
                       "allowed: a longer step_s, or fewer trips"));
    }
    const std::vector<double> at = WayTo(trip.line, /*by_time=*/true);
    LinePlaces on(trip.line, at);
    places.clear();
    for (double stamp = first; stamp <= last; ++stamp) {
      places.push_back(on.Place(stamp * terms.step_s - begin));
    }
    out.Add(places.empty() ? 0 : static_cast<uint32_t>(first), places);
  }
  return out;
}

}  // namespace spoor
