#pragma once

#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "geo/fix.h"
#include "geo/trajectory.h"
#include "tests/engine/random_collection.h"

// A town in which it is known who shares which stretch.
namespace spoor::testing {

struct TownOptions {
  size_t stretches = 10, trips_of_stretch = 14, others = 300;
  double noise_m = 10;
  bool iid = false;  // else each error is 0.95 of the one a second before
  uint64_t seed = 1;
};

struct Crossing {
  int x = 0, y = 0;
  friend auto operator<=>(const Crossing&, const Crossing&) = default;
};
using Streets = std::vector<Crossing>;

// Streets of 250 m between 32 x 32 crossings in London; each planted stretch is five to eight of
// them in a row, and no two are near each other.  Trips come from anywhere, drive one stretch from
// its beginning to its end, 10 m/s, a fix a second, and go on anywhere; others drive anywhere.
class PlantedTown {
 public:
  static constexpr int kSize = 32;
  static constexpr double kStreetM = 250, kLatDeg = 51.5, kLonDeg = -.1;

  explicit PlantedTown(const TownOptions& options) : options_(options), rng_(options.seed) {
    for (size_t i = 0; i < options.stretches; ++i) {
      // Each in a square of its own.
      const int across = 5, side = kSize / across;
      const int x = static_cast<int>(i) % across * side, y = static_cast<int>(i) / across * side;
      stretches.push_back(Straightish({x + side / 2, y + side / 2}, 5 + Draw(rng_, 4), x, y, side));
    }
    for (size_t i = 0; i < options.stretches; ++i) {
      for (size_t t = 0; t < options.trips_of_stretch + i; ++t) {
        Streets way = Wander(stretches[i].front(), stretches[i][1], 3 + Draw(rng_, 5));
        std::reverse(way.begin(), way.end());
        way.insert(way.end(), stretches[i].begin() + 1, stretches[i].end());
        const Streets after = Wander(way.back(), way[way.size() - 2], 3 + Draw(rng_, 5));
        way.insert(way.end(), after.begin() + 1, after.end());
        trips.push_back(
            Drive(way, absl::StrCat("s", i, "-", t), absl::StrCat("car", trips.size() % 50)));
      }
    }
    for (size_t t = 0; t < options.others; ++t) {
      const Crossing from{static_cast<int>(Draw(rng_, kSize)), static_cast<int>(Draw(rng_, kSize))};
      trips.push_back(Drive(Wander(from, from, 8 + Draw(rng_, 8)), absl::StrCat("o", t),
                            absl::StrCat("car", trips.size() % 50)));
    }
  }

  std::vector<Streets> stretches;
  std::vector<Trajectory> trips;

  static Fix FixAt(double x_m, double y_m) {
    constexpr double kDegPerM = 180 / (3.14159265358979 * 6371008.8);
    return FixFromDegrees(kLatDeg + y_m * kDegPerM,
                          kLonDeg + x_m * kDegPerM / std::cos(kLatDeg * 3.14159265358979 / 180),
                          kNoTime);
  }
  static std::vector<Fix> LineOf(const Streets& way) {
    std::vector<Fix> line;
    for (const Crossing& c : way) line.push_back(FixAt(c.x * kStreetM, c.y * kStreetM));
    return line;
  }

 private:
  static bool InTown(const Crossing& c) {
    return c.x >= 0 && c.y >= 0 && c.x < kSize && c.y < kSize;
  }
  static std::vector<Crossing> Around(const Crossing& c) {
    return {{c.x + 1, c.y}, {c.x, c.y + 1}, {c.x - 1, c.y}, {c.x, c.y - 1}};
  }

  // A way within a square that never comes back to where it was.
  Streets Straightish(Crossing at, size_t streets, int x, int y, int side) {
    for (;;) {
      Streets way = {{x + static_cast<int>(Draw(rng_, static_cast<uint32_t>(side - 1))),
                      y + static_cast<int>(Draw(rng_, static_cast<uint32_t>(side - 1)))}};
      at = way.back();
      while (way.size() <= streets) {
        std::vector<Crossing> next;
        for (const Crossing& c : Around(at)) {
          const bool in = c.x >= x && c.y >= y && c.x < x + side - 1 && c.y < y + side - 1;
          if (in && std::ranges::count(way, c) == 0) next.push_back(c);
        }
        if (next.empty()) break;
        // On straight where it can, mostly.
        const Crossing before = way.size() > 1 ? way[way.size() - 2] : at;
        const Crossing straight{2 * at.x - before.x, 2 * at.y - before.y};
        at = std::ranges::count(next, straight) > 0 && !OneIn(rng_, 3)
                 ? straight
                 : next[Draw(rng_, static_cast<uint32_t>(next.size()))];
        way.push_back(at);
      }
      if (way.size() > streets) return way;
    }
  }

  // From a crossing on, never straight back, and not by way of `avoid` at first.
  Streets Wander(const Crossing& from, const Crossing& avoid, size_t streets) {
    Streets way = {from};
    Crossing before = avoid;
    while (way.size() <= streets) {
      std::vector<Crossing> next;
      for (const Crossing& c : Around(way.back())) {
        if (InTown(c) && c != before) next.push_back(c);
      }
      before = way.back();
      way.push_back(next[Draw(rng_, static_cast<uint32_t>(next.size()))]);
    }
    return way;
  }

  Trajectory Drive(const Streets& way, std::string id, std::string object) {
    std::normal_distribution<double> normal(0, options_.noise_m);
    const double keep = options_.iid ? 0 : .95, add = std::sqrt(1 - keep * keep);
    double ex = normal(rng_), ey = normal(rng_);
    Trajectory t{
        .id = TrajectoryId(std::move(id)), .object = std::move(object), .tags = {}, .fixes = {}};
    int64_t now_ms = 1'700'000'000'000 + int64_t{Draw(rng_, 80'000)} * 1000;
    constexpr int kSeconds = 25;  // a street
    for (size_t i = 0; i + 1 < way.size(); ++i) {
      for (int s = 0; s < kSeconds + (i + 2 == way.size() ? 1 : 0); ++s) {
        const double share = s / static_cast<double>(kSeconds);
        Fix f = FixAt((way[i].x + share * (way[i + 1].x - way[i].x)) * kStreetM + ex,
                      (way[i].y + share * (way[i + 1].y - way[i].y)) * kStreetM + ey);
        f.time_ms = now_ms += 1000;
        t.fixes.push_back(f);
        ex = keep * ex + add * normal(rng_);
        ey = keep * ey + add * normal(rng_);
      }
    }
    return t;
  }

  const TownOptions options_;
  Rng rng_;
};

}  // namespace spoor::testing
