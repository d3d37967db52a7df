#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_split.h"
#include "geo/fix.h"
#include "geo/measure/measure.h"

namespace spoor::testing {

// "0:0, 1:2@30" -> {{0, 0}, {1, 2, 30 s}}; throws on bad text, which only a test can contain.
inline std::vector<PlanePoint> Points(absl::string_view text) {
  std::vector<PlanePoint> out;
  for (absl::string_view one : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::vector<std::string> f = absl::StrSplit(one, absl::ByAnyChar(":@"));
    out.push_back({.x_m = std::stod(f[0]),
                   .y_m = std::stod(f.at(1)),
                   .t_s = f.size() > 2 ? std::stod(f[2]) : 0});
  }
  return out;
}

// "51.5:-0.1, 51.6:-0.2@7000" -> fixes at latitude:longitude, some with a time in milliseconds.
inline std::vector<Fix> Fixes(absl::string_view text) {
  std::vector<Fix> out;
  for (absl::string_view one : absl::StrSplit(text, ',', absl::SkipWhitespace())) {
    const std::vector<std::string> at = absl::StrSplit(one, '@');
    const std::vector<std::string> f = absl::StrSplit(at[0], ':');
    out.push_back(FixFromDegrees(std::stod(f[0]), std::stod(f.at(1)),
                                 at.size() > 1 ? std::stoll(at[1]) : kNoTime));
  }
  return out;
}

// The same seed gives the same walk of n points, about a metre and one to three seconds apart.
inline std::vector<PlanePoint> Walk(size_t n, uint64_t seed) {
  std::mt19937_64 rng(seed);
  std::normal_distribution<double> step_m;
  std::vector<PlanePoint> out(n);
  PlanePoint p;
  for (PlanePoint& q : out) q = p = {.x_m = p.x_m + step_m(rng), .y_m = p.y_m + step_m(rng)};
  for (size_t i = 1; i < n; ++i) {
    out[i].t_s = out[i - 1].t_s + static_cast<double>(1 + (seed + i * i) % 3);
  }
  return out;
}

// Parameters of the measure called name, which this build has: those it needs, with values of
// the scale given.
inline MeasureParams SampleParams(absl::string_view name, double scale = 1) {
  MeasureParams out;
  for (const MeasureEntry& entry : AllMeasures()) {
    if (entry.name != name) continue;
    for (const MeasureParam& p : entry.params()) {
      if (!p.absent) out.emplace_back(std::string(p.name), std::clamp(scale, p.least, p.most));
    }
  }
  return out;
}

// That measure with these parameters, which suit a Walk.
inline std::unique_ptr<Measure> SampleMeasure(absl::string_view name, double scale = 1) {
  return *MakeMeasure(name, SampleParams(name, scale));
}

}  // namespace spoor::testing
