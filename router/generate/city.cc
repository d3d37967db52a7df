#include "router/generate/city.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "geo/local_plane.h"
#include "router/generate/fastest_way.h"
#include "router/generate/random.h"

namespace spoor {
namespace {

constexpr int64_t kWeekStartMs = 1'709'510'400'000;  // Monday 2024-03-04, 00:00 UTC
constexpr int64_t kWeekMs = int64_t{7} * 24 * 3600 * 1000;
constexpr uint64_t kTripsPerCar =
    50;  // in the week: hours between the starts of two, so never two at once
constexpr double kMetersPerDegree = kEarthRadiusM * M_PI / 180;

constexpr double kOfLimit = 0.85;      // of the allowed speed is what cities let one drive
constexpr double kSpeedSpread = 0.08;  // between drives
constexpr double kAccelerationMps2 = 2;
constexpr double kStopProbability = 0.06;  // at a junction
constexpr int kLongestStopS = 30;
constexpr double kCrawlMps = 1;  // nobody is slower between stops

// Streams of Random besides those of the drives, which count from 0.
constexpr uint64_t kRouteStream = ~uint64_t{0};

// x with a x = 1 modulo n.  REQUIRES: a and n have no common divisor, both below 2^62.
uint64_t InverseModulo(uint64_t a, uint64_t n) {
  int64_t r0 = static_cast<int64_t>(n), r1 = static_cast<int64_t>(a % n), t0 = 0, t1 = 1;
  while (r1 != 0) {
    const int64_t q = r0 / r1;
    r0 = std::exchange(r1, r0 - q * r1);
    t0 = std::exchange(t1, t0 - q * t1);
  }
  return static_cast<uint64_t>(t0 < 0 ? t0 + static_cast<int64_t>(n) : t0) % n;
}

absl::Status OutOfRange(absl::string_view name, double value, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(name, " is ", value, "; allowed is ", allowed));
}

// The error of a receiver, in metres.
class Receiver {
 public:
  Receiver(const CityOptions& options, Random& random)
      : random_(random),
        sigma_m_(options.noise_m),
        rho_(options.noise == Noise::kAr1 ? options.rho : 0),
        fresh_(std::sqrt(1 - rho_ * rho_)),
        east_(random.Normal()),
        north_(random.Normal()) {}

  void Tick() {
    east_ = rho_ * east_ + fresh_ * random_.Normal();
    north_ = rho_ * north_ + fresh_ * random_.Normal();
  }
  double east_m() const { return sigma_m_ * east_; }
  double north_m() const { return sigma_m_ * north_; }

 private:
  Random& random_;
  const double sigma_m_, rho_, fresh_;
  double east_, north_;  // standard deviations
};

}  // namespace

// A car on its way along a route, second by second.
class City::Driver {
 public:
  Driver(const Route& route, Heading heading, Random& random)
      : route_(route),
        back_(heading == Heading::kBack),
        random_(random),
        pace_(kOfLimit * std::clamp(1 + kSpeedSpread * random.Normal(), 0.7, 1.3)) {}

  bool arrived() const { return next_ == route_.size(); }

  // One second passes.
  void Tick() {
    if (stop_s_ > 0) {
      --stop_s_;
      speed_mps_ = 0;
      return;
    }
    const double wanted = std::max(kCrawlMps, pace_ * Leg().speed_mps);
    speed_mps_ =
        std::clamp(wanted, speed_mps_ - 2 * kAccelerationMps2, speed_mps_ + kAccelerationMps2);
    double ahead_m = speed_mps_;
    while (!arrived() && ahead_m >= Leg().length_m - on_leg_m_) {
      ahead_m -= Leg().length_m - on_leg_m_;
      on_leg_m_ = 0;
      if (ArriveAtWaypoint()) return;
    }
    on_leg_m_ += arrived() ? 0 : ahead_m;
  }

  double lat_deg() const { return Between(&Waypoint::lat_deg); }
  double lon_deg() const { return Between(&Waypoint::lon_deg); }

 private:
  const Waypoint& At(size_t i) const { return route_[back_ ? route_.size() - 1 - i : i]; }
  // The leg that is being driven, which the waypoint at its forth end describes.
  const Waypoint& Leg() const { return At(back_ ? next_ : next_ - 1); }

  // True when the car stops here.
  bool ArriveAtWaypoint() {
    const bool junction = At(next_).junction;
    ++next_;
    if (arrived() || !junction || random_.Uniform() >= kStopProbability) return false;
    stop_s_ = 1 + static_cast<int>(random_.Below(kLongestStopS));
    return true;
  }

  double Between(double Waypoint::* axis) const {
    const double from = At(next_ - 1).*axis;
    if (arrived() || Leg().length_m <= 0) return from;
    return from + (At(next_).*axis - from) * (on_leg_m_ / Leg().length_m);
  }

  const Route& route_;
  const bool back_;
  Random& random_;
  const double pace_;
  size_t next_ = 1;      // the waypoint ahead
  double on_leg_m_ = 0;  // driven of the leg to it
  double speed_mps_ = 0;
  int stop_s_ = 0;
};

City::City(const CityOptions& options) : options_(options) {
  // A step of about the golden ratio spreads neighbours well.
  stride_ =
      std::max<uint64_t>(1, static_cast<uint64_t>(static_cast<double>(drives()) * 0.6180339887));
  while (std::gcd(stride_, drives()) != 1) ++stride_;
  inverse_stride_ = InverseModulo(stride_, drives());
}

absl::Status City::Check(const CityOptions& options) {
  if (options.routes < 1 || options.routes > 10'000'000) {
    return OutOfRange("routes", options.routes, "1 ... 10 000 000");
  }
  if (options.variants < 1 || options.variants > 10'000) {
    return OutOfRange("variants", options.variants, "1 ... 10 000");
  }
  if (!(options.min_route_m > 0)) {
    return OutOfRange("the least length of a route", options.min_route_m, "above 0");
  }
  if (!(options.max_route_m >= options.min_route_m)) {
    return OutOfRange("the longest route", options.max_route_m,
                      absl::StrCat("no less than the shortest, ", options.min_route_m, " m"));
  }
  if (!(options.noise_m >= 0 && options.noise_m <= 10'000)) {
    return OutOfRange("noise", options.noise_m, "0 ... 10 000 m");
  }
  if (!(options.rho >= 0 && options.rho < 1)) return OutOfRange("rho", options.rho, "0 to below 1");
  if (!(options.drop >= 0 && options.drop < 1))
    return OutOfRange("drop", options.drop, "0 to below 1");
  return absl::OkStatus();
}

absl::StatusOr<City> City::Make(const RoadGraph& graph, const CityOptions& options) {
  if (absl::Status s = Check(options); !s.ok()) return s;
  City city(options);
  if (absl::Status s = city.PlanRoutes(graph.LargestStrongPart()); !s.ok()) return s;
  return city;
}

City::Route City::Follow(const RoadGraph& graph, const std::vector<uint32_t>& way) {
  Route route;
  const auto add = [&route](const Fix& fix, double speed_mps, bool junction) {
    route.push_back({fix.lat_deg(), fix.lon_deg(), 0, static_cast<float>(speed_mps), junction});
  };
  for (uint32_t r : way) {
    const Road& road = graph.roads()[r];
    add(graph.junctions()[road.from], road.speed_mps, true);
    for (const Fix& bend : road.between) add(bend, road.speed_mps, false);
  }
  add(graph.junctions()[graph.roads()[way.back()].to], kCrawlMps, true);
  for (size_t i = 0; i + 1 < route.size(); ++i) {
    route[i].length_m =
        static_cast<float>(HaversineM(FixFromDegrees(route[i].lat_deg, route[i].lon_deg),
                                      FixFromDegrees(route[i + 1].lat_deg, route[i + 1].lon_deg)));
  }
  return route;
}

absl::Status City::PlanRoutes(const RoadGraph& graph) {
  constexpr uint64_t kAttemptsPerRoute = 1000;
  const auto junctions = static_cast<uint32_t>(graph.junctions().size());
  Random random(options_.seed, kRouteStream);
  WayFinder finder(graph);
  std::set<std::pair<uint32_t, uint32_t>> taken;  // without regard to direction
  for (uint64_t attempt = 0; junctions > 1 && attempt < kAttemptsPerRoute * options_.routes;
       ++attempt) {
    if (routes_.size() == options_.routes) return absl::OkStatus();
    const uint32_t from = random.Below(junctions), to = random.Below(junctions);
    const double apart_m = HaversineM(graph.junctions()[from], graph.junctions()[to]);
    if (!(apart_m >= options_.min_route_m && apart_m <= options_.max_route_m)) continue;
    if (!taken.insert(std::minmax(from, to)).second) continue;
    routes_.push_back(Follow(graph, finder.FastestWay(from, to)));
  }
  if (routes_.size() == options_.routes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the road graph has too few pairs of junctions ", options_.min_route_m, " ... ",
                   options_.max_route_m, " m apart: found ", routes_.size(), " of ",
                   options_.routes, " routes among ", junctions, " connected junctions"));
}

uint32_t City::variants(Heading heading) const {
  const uint32_t forth = (options_.variants + 1) / 2;
  return heading == Heading::kForth ? forth : options_.variants - forth;
}

uint64_t City::RankOf(uint64_t drive) const {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(drive) * stride_ % drives());
}

Drive City::DriveAt(uint64_t i) const {
  const auto drive =
      static_cast<uint64_t>(static_cast<unsigned __int128>(i) * inverse_stride_ % drives());
  const auto route = static_cast<uint32_t>(drive / options_.variants);
  const auto variant = static_cast<uint32_t>(drive % options_.variants);
  const uint32_t forth = variants(Heading::kForth);
  if (variant < forth) return {route, Heading::kForth, variant};
  return {route, Heading::kBack, variant - forth};
}

Trajectory City::Trip(const Drive& drive) const {
  const bool forth = drive.heading == Heading::kForth;
  const uint64_t number = uint64_t{drive.route} * options_.variants + drive.variant +
                          (forth ? 0 : variants(Heading::kForth));
  const uint64_t rank = RankOf(number);
  const uint64_t cars = (drives() + kTripsPerCar - 1) / kTripsPerCar;
  const std::string route_name = RouteName(drive.route);
  Trajectory trip;
  trip.id =
      TrajectoryId(absl::StrFormat("%s-%c-v%02d", route_name, forth ? 'f' : 'b', drive.variant));
  trip.object = absl::StrFormat("car-%05d", rank % cars);
  trip.tags = {{"direction", std::string(HeadingName(drive.heading))}, {"route", route_name}};

  Random random(options_.seed, number);
  Receiver receiver(options_, random);
  Driver driver(routes_[drive.route], drive.heading, random);
  const double slots = static_cast<double>(rank) + random.Uniform();
  const auto start_s =
      static_cast<int64_t>(slots / static_cast<double>(drives()) * (kWeekMs / 1000.0));
  const double lat_per_m = 1 / kMetersPerDegree;
  const double lon_per_m = lat_per_m / std::cos(driver.lat_deg() * M_PI / 180);
  for (int64_t time_ms = kWeekStartMs + start_s * 1000;; time_ms += 1000) {
    const bool last = driver.arrived();
    const bool kept = options_.drop == 0 || random.Uniform() >= options_.drop;
    if (kept || last || trip.fixes.empty()) {
      const double lat = driver.lat_deg() + receiver.north_m() * lat_per_m;
      const double lon = driver.lon_deg() + receiver.east_m() * lon_per_m;
      trip.fixes.push_back(
          FixFromDegrees(std::clamp(lat, -90.0, 90.0), std::remainder(lon, 360.0), time_ms));
    }
    if (last) return trip;
    driver.Tick();
    receiver.Tick();
  }
}

absl::string_view HeadingName(Heading heading) {
  return heading == Heading::kForth ? "forth" : "back";
}

std::string RouteName(uint32_t route) { return absl::StrFormat("r%05d", route); }

}  // namespace spoor
