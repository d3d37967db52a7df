#include "engine/segment/sketch.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>
#include <optional>
#include <vector>

#include "geo/plane_step.h"

namespace spoor {
namespace {

// No step of a sketch that leaves fixes out goes further: products of two such fit in 64 bits.
constexpr int64_t kFarthestE7 = kMaxLonE7;

std::vector<SketchPoint> Unwrap(TrajectoryView fixes) {
  std::vector<SketchPoint> out;
  out.reserve(fixes.size());
  int64_t lon_e7 = fixes[0].lon_e7;
  for (size_t i = 0; i < fixes.size(); ++i) {
    if (i > 0) lon_e7 += LonDeltaE7(fixes[i - 1].lon_e7, fixes[i].lon_e7);
    out.push_back({fixes[i].lat_e7, lon_e7});
  }
  return out;
}

// Goes along a line and leaves out what lies in the tube around a step between two others.
class Sketcher {
 public:
  Sketcher(const std::vector<SketchPoint>& line, int log)
      : line_(line), tolerance_e7_(int64_t{1} << log), unit_log_(log - 1) {}

  // Nothing when it takes more than so many positions.
  std::optional<std::string> Run(size_t most) const {
    std::string out(1, static_cast<char>(unit_log_ + 1));
    ByteWriter w(out);
    SketchPoint from = line_[0];
    for (size_t i = 0, count = 1; i + 1 < line_.size(); ++count) {
      if (count > most) return std::nullopt;
      i = Farthest(from, i);
      const SketchPoint to = Rounded(i);
      w.Signed((to.lat_e7 - from.lat_e7) >> unit_log_);
      w.Signed((to.lon_e7 - from.lon_e7) >> unit_log_);
      from = to;
    }
    return out;
  }

 private:
  // The nearest position that the bytes can tell.
  SketchPoint Rounded(size_t i) const {
    const auto round = [this](int64_t from, int64_t to) {
      return from + (((to - from + tolerance_e7_ / 4) >> unit_log_) << unit_log_);
    };
    return {round(line_[0].lat_e7, line_[i].lat_e7), round(line_[0].lon_e7, line_[i].lon_e7)};
  }

  // The last fix to which a step may go from `from`, which stands for fix i: by doubling, then by
  // halving.  Always one further than i.
  size_t Farthest(const SketchPoint& from, size_t i) const {
    const size_t last = line_.size() - 1;
    size_t good = i + 1, bad = line_.size();
    for (size_t ahead = 2; good < last; ahead *= 2) {
      const size_t to = std::min(i + ahead, last);
      if (!Fits(from, i, to)) {
        bad = to;
        break;
      }
      good = to;
    }
    while (bad - good > 1 && good < last) {
      const size_t middle = good + (bad - good) / 2;
      (Fits(from, i, middle) ? good : bad) = middle;
    }
    return good;
  }

  // Whether what is between fixes i and j lies within the tolerance of the step.
  bool Fits(const SketchPoint& from, size_t i, size_t j) const {
    const SketchPoint to = Rounded(j);
    const int64_t dy = to.lat_e7 - from.lat_e7, dx = to.lon_e7 - from.lon_e7;
    if (std::abs(dx) > kFarthestE7) return false;
    const int64_t aside = tolerance_e7_ * (std::abs(dx) + std::abs(dy));
    const int64_t south = std::min<int64_t>(0, dy) - tolerance_e7_;
    const int64_t west = std::min<int64_t>(0, dx) - tolerance_e7_;
    const int64_t high = std::abs(dy) + 2 * tolerance_e7_, wide = std::abs(dx) + 2 * tolerance_e7_;
    const auto within = [](int64_t v, int64_t most) {  // 0 ... most
      return static_cast<uint64_t>(v) <= static_cast<uint64_t>(most);
    };
    const auto strays = [&](size_t f) {
      const int64_t y = line_[f].lat_e7 - from.lat_e7, x = line_[f].lon_e7 - from.lon_e7;
      return !within(y - south, high) || !within(x - west, wide) ||
             !within(dx * y - dy * x + aside, 2 * aside);
    };
    // What lay aside of one step often lies aside of the next that is tried.
    if (suspect_ > i && suspect_ < j && strays(suspect_)) return false;
    for (size_t f = i + 1; f < j; ++f) {
      if (!strays(f)) continue;
      suspect_ = f;
      return false;
    }
    return true;
  }

  const std::vector<SketchPoint>& line_;
  const int64_t tolerance_e7_;
  const int unit_log_;
  mutable size_t suspect_ = 0;
};

// A box, grown or shrunk by a margin on each side.
class Frame {
 public:
  Frame(const Box& box, int64_t grow_e7)
      : west_e7_(box.west_e7 - grow_e7),
        south_e7_(box.south_e7 - grow_e7),
        north_e7_(box.north_e7 + grow_e7) {
    const int64_t width =
        int64_t{box.east_e7} - box.west_e7 + (box.crosses_antimeridian() ? kTurnE7 : 0);
    const bool all = width >= kTurnE7;
    width_e7_ = all ? kTurnE7 : std::min(width + 2 * grow_e7, kTurnE7);
  }

  bool empty() const { return width_e7_ < 0 || south_e7_ > north_e7_; }
  bool Meets(const SketchPoint& a, const SketchPoint& b) const {
    if (std::max(a.lat_e7, b.lat_e7) < south_e7_ || std::min(a.lat_e7, b.lat_e7) > north_e7_) {
      return false;
    }
    const PlaneStep step{a.lon_e7 - west_e7_, a.lat_e7, b.lon_e7 - west_e7_, b.lat_e7};
    const int64_t least = std::min(step.ax, step.bx), most = std::max(step.ax, step.bx);
    const bool a_turn_away_is_far = least > width_e7_ - kTurnE7 && most < kTurnE7;
    if (!a_turn_away_is_far) return MeetsAround(step);
    return most >= 0 && least <= width_e7_ && StepMeets(step, width_e7_, south_e7_, north_e7_);
  }

  // Whether nothing meets it that lies within so many units of the point.
  bool IsFar(const SketchPoint& a, int64_t north_e7, int64_t east_e7) const {
    if (a.lat_e7 + north_e7 < south_e7_ || a.lat_e7 - north_e7 > north_e7_) return true;
    const int64_t least = a.lon_e7 - west_e7_ - east_e7, most = a.lon_e7 - west_e7_ + east_e7;
    const bool a_turn_away_is_far = least > width_e7_ - kTurnE7 && most < kTurnE7;
    return a_turn_away_is_far && (most < 0 || least > width_e7_);
  }

 private:
  bool MeetsAround(const PlaneStep& step) const {
    int64_t ax = step.ax % kTurnE7;
    if (ax < 0) ax += kTurnE7;
    const int64_t bx = ax + step.bx - step.ax;
    for (const int64_t turn_e7 : {int64_t{0}, kTurnE7, -kTurnE7}) {
      const PlaneStep turned{ax + turn_e7, step.ay, bx + turn_e7, step.by};
      if (StepMeets(turned, width_e7_, south_e7_, north_e7_)) return true;
    }
    return false;
  }

  int64_t west_e7_, south_e7_, north_e7_, width_e7_;
};

}  // namespace

std::string SketchOf(TrajectoryView fixes) {
  assert(!fixes.empty());
  if (fixes.size() == 1) return {};
  const std::vector<SketchPoint> line = Unwrap(fixes);
  const size_t most = 16 + fixes.size() / 4;
  for (int log = kLeastTolerance; log < kMostTolerance; ++log) {
    if (auto sketch = Sketcher(line, log).Run(most)) return *std::move(sketch);
  }
  return *Sketcher(line, kMostTolerance).Run(fixes.size());
}

Passage PassageOf(absl::string_view sketch, const Fix& start, const Box& box) {
  if (sketch.empty()) return box.Contains(start) ? Passage::kMeets : Passage::kMisses;
  const int log = std::clamp<int>(sketch[0], kLeastTolerance, kMostTolerance);
  const Frame inner(box, -(int64_t{1} << log)), outer(box, int64_t{1} << log);
  Passage passage = Passage::kMisses;
  const bool sound = ForEachSketchStep(
      sketch, start,
      [&](const SketchPoint& a, int64_t north_e7, int64_t east_e7) {
        return outer.IsFar(a, north_e7, east_e7);
      },
      [&](const SketchPoint& a, const SketchPoint& b, int64_t /*tolerance_e7*/) {
        if (passage == Passage::kMisses && !outer.Meets(a, b)) return true;
        passage = !inner.empty() && inner.Meets(a, b) ? Passage::kMeets : Passage::kMayMeet;
        return passage != Passage::kMeets;
      });
  return sound ? passage : Passage::kMayMeet;
}

}  // namespace spoor
