#pragma once

#include <algorithm>
#include <cmath>
#include <random>
#include <utility>
#include <vector>

#include "geo/local_plane.h"

// Lines that are hard to measure.
namespace spoor::testing {

using LinePair = std::pair<std::vector<PlanePoint>, std::vector<PlanePoint>>;

class LineMaker {
 public:
  explicit LineMaker(uint64_t seed) : rng_(seed) {}

  size_t Draw(size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(rng_); }
  double Normal() { return std::normal_distribution<double>()(rng_); }

  // 1 to `longest` points of one of many kinds: short ones more often.
  std::vector<PlanePoint> Line(size_t longest) {
    const size_t n = 1 + Draw(1 + Draw(longest));
    std::vector<PlanePoint> line(n);
    const size_t kind = Draw(7);
    const PlanePoint step{.x_m = Normal(), .y_m = Normal()};
    PlanePoint p{.x_m = 3 * Normal(), .y_m = 3 * Normal()};
    for (size_t i = 0; i < n; ++i) {
      line[i] = p;
      switch (kind) {
        case 0:
          p.x_m += Normal(), p.y_m += Normal();
          break;  // a walk
        case 1:
          p.x_m += step.x_m, p.y_m += step.y_m;
          break;  // all on one line
        case 2:
          break;  // all equal
        case 3:
          p.x_m += i % 2 == 0 ? 5 : -4.5;
          break;  // to and fro
        case 4:
          p = Whole({.x_m = p.x_m + Normal(), .y_m = p.y_m});
          break;  // ties
        case 5:
          if (Draw(3) == 0) p.x_m += Normal(), p.y_m += Normal();
          break;  // rests
        default:
          p = {.x_m = Normal(), .y_m = Normal()};  // a cloud
      }
    }
    SetTimes(line);
    return line;
  }

  // Two of them: strangers, near copies, one backwards, on the scale of a room or of the Earth.
  LinePair Pair(size_t longest) {
    LinePair pair(Line(longest), Line(longest));
    auto& [a, b] = pair;
    const size_t kind = Draw(5);
    if (kind == 0) {
      b = a;
      for (PlanePoint& p : b) p.x_m += Normal() / 10, p.y_m += Normal() / 10;
      while (b.size() > 1 && Draw(3) > 0)
        b.erase(b.begin() + static_cast<ptrdiff_t>(Draw(b.size())));
    } else if (kind == 1) {
      b.assign(a.rbegin(), a.rend());
    }
    SetTimes(b);
    if (const double scale = Scale(); scale != 1) {
      const PlanePoint to{.x_m = scale * Normal(), .y_m = scale * Normal()};
      for (auto* line : {&a, &b}) {
        for (PlanePoint& p : *line)
          p = Clamped({.x_m = p.x_m * scale + to.x_m, .y_m = p.y_m * scale + to.y_m, .t_s = p.t_s});
      }
    }
    return pair;
  }

 private:
  static PlanePoint Whole(PlanePoint p) {
    return {.x_m = std::round(p.x_m), .y_m = std::round(p.y_m)};
  }

  // Nothing is farther from the origin of a plane than half around the Earth.
  static PlanePoint Clamped(PlanePoint p) {
    constexpr double kFarM = 2e7;
    return {.x_m = std::clamp(p.x_m, -kFarM, kFarM),
            .y_m = std::clamp(p.y_m, -kFarM, kFarM),
            .t_s = p.t_s};
  }

  double Scale() {
    switch (Draw(8)) {
      case 0:
        return 1e7;
      case 1:
        return 1e-7;
      case 2:
        return 1e3;
      default:
        return 1;
    }
  }

  // None at all, some equal, or rising.
  void SetTimes(std::vector<PlanePoint>& line) {
    const size_t kind = Draw(3);
    double t_s = 0;
    for (PlanePoint& p : line) {
      p.t_s = t_s;
      if (kind == 1 && Draw(2) == 0) t_s += static_cast<double>(Draw(3));
      if (kind == 2) t_s += std::abs(Normal());
    }
  }

  std::mt19937_64 rng_;
};

}  // namespace spoor::testing
