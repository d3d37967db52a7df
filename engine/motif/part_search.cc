#include "engine/motif/part_search.h"

#include <algorithm>
#include <cmath>

#include "geo/measure/frechet.h"
#include "geo/measure/free_space.h"

namespace spoor {
namespace {

// Steps that are no distance on Earth, so that numbers of steps can be added up.
constexpr double kMostStepsM = 1e8;

double SquareToLeg(const PlanePoint& a, const PlanePoint& b, const PlanePoint& p) {
  const double ex = b.x_m - a.x_m, ey = b.y_m - a.y_m;
  const double px = p.x_m - a.x_m, py = p.y_m - a.y_m;
  const double square = ex * ex + ey * ey;
  const double share = square > 0 ? std::clamp((px * ex + py * ey) / square, 0.0, 1.0) : 0;
  const double dx = px - share * ex, dy = py - share * ey;
  return dx * dx + dy * dy;
}

uint64_t StepsUp(double distance_m) {
  return static_cast<uint64_t>(std::ceil(std::min(distance_m, kMostStepsM) / kFrechetStepM));
}

}  // namespace

void PartSearch::Line::Set(PlaneView view, bool backwards) {
  points.assign(view.begin(), view.end());
  if (backwards) std::reverse(points.begin(), points.end());
  if (points.size() == 1) points.push_back(points.front());
  legs.resize(points.size() - 1);
  for (size_t i = 0; i < legs.size(); ++i) {
    const PlanePoint &a = points[i], &b = points[i + 1];
    const double length_m = DistanceM(a, b);
    const double by = length_m > 0 ? 1 / length_m : 0;
    legs[i] = {a.x_m, a.y_m, (b.x_m - a.x_m) * by, (b.y_m - a.y_m) * by, length_m};
  }
}

PartSearch::PartSearch(PlaneView stretch, MeasureWork& work) : work_(work) {
  stretch_.Set(stretch, /*backwards=*/false);
  backwards_.Set(stretch, /*backwards=*/true);
}

double PartSearch::LeashOf(uint64_t steps) {
  return LeashM2(static_cast<double>(steps) * kFrechetStepM);
}

PartSearch::Span PartSearch::FreeOn(const Leg& leg, const PlanePoint& point, double leash_m2) {
  const double dx = point.x_m - leg.x_m, dy = point.y_m - leg.y_m;
  const double along_m = dx * leg.east + dy * leg.north;
  const double off_m = dx * leg.north - dy * leg.east;
  // A leg without length has no direction: what is off it is all of the way to it.
  const double off_m2 = leg.length_m > 0 ? off_m * off_m : dx * dx + dy * dy;
  if (off_m2 > leash_m2) return {};
  const double half_m = std::sqrt(leash_m2 - off_m2);
  return {std::max(0.0, along_m - half_m), std::min(leg.length_m, along_m + half_m)};
}

void PartSearch::StartRow(const Line& stretch, const Line& line, double leash_m2, bool from_first) {
  const PlanePoint& start = stretch.points.front();
  const size_t legs = line.legs.size();
  reached_.assign(legs, Span());
  at_first_ = SquareM2(start, line.points.front()) <= leash_m2;
  begin_ = legs;
  end_ = 0;
  for (size_t j = 0; j < legs; ++j) {
    if (from_first && (j == 0 ? !at_first_ : reached_[j - 1].empty())) break;
    Span free = FreeOn(line.legs[j], start, leash_m2);
    // Who may only begin at the first point goes on from leg to leg.
    if (from_first && !(free.from_m <= 0)) free = {};
    reached_[j] = free;
    if (!free.empty()) {
      begin_ = std::min(begin_, j);
      end_ = j + 1;
    }
    if (from_first && !free.empty() && free.to_m < line.legs[j].length_m) break;
  }
}

// From what is reached along a row's point to what is along the next.
bool PartSearch::NextRow(size_t row, const Line& stretch, const Line& line, double leash_m2) {
  const Leg& up = stretch.legs[row];
  const PlanePoint& above = stretch.points[row + 1];
  const size_t legs = line.legs.size();
  Span left;  // reached along the column point, on the leg of the stretch
  size_t from = begin_;
  if (at_first_) {
    from = 0;
    left = FreeOn(up, line.points.front(), leash_m2);
    at_first_ = SquareM2(above, line.points.front()) <= leash_m2;
  }
  size_t begin = legs, end = 0, j = from;
  for (; j < legs && (j < end_ || !left.empty()); ++j) {
    const Span below = reached_[j];
    if (below.empty() && left.empty()) continue;
    Span top = FreeOn(line.legs[j], above, leash_m2);
    Span right = FreeOn(up, line.points[j + 1], leash_m2);
    if (left.empty()) top.from_m = std::max(top.from_m, below.from_m);
    if (below.empty()) right.from_m = std::max(right.from_m, left.from_m);
    reached_[j] = top;
    left = right;
    if (top.empty()) continue;
    begin = std::min(begin, j);
    end = j + 1;
  }
  work_.cells += j - from;
  begin_ = begin;
  end_ = end;
  return begin_ < end_ || at_first_;
}

bool PartSearch::Sweep(const Line& stretch, const Line& line, double leash_m2, bool from_first) {
  StartRow(stretch, line, leash_m2, from_first);
  if (begin_ >= end_ && !at_first_) return false;
  for (size_t row = 0; row + 1 < stretch.points.size(); ++row) {
    if (work_.IsOver()) return false;
    if (!NextRow(row, stretch, line, leash_m2)) return false;
  }
  return true;
}

bool PartSearch::HasWithin(PlaneView line, double distance_m) {
  line_.Set(line, /*backwards=*/false);
  if (WalkGreedily(distance_m).most_m <= distance_m) return true;
  return Sweep(stretch_, line_, LeashM2(distance_m), /*from_first=*/false);
}

// The square of how far the point of the stretch is from the legs beside the column point, and,
// unless the stretch begins or ends there, of how far that is from those beside the other.
double PartSearch::GuessM2(size_t row, size_t column) const {
  const auto &rows = stretch_.points, &columns = line_.points;
  const auto to_legs = [](const std::vector<PlanePoint>& line, size_t i, const PlanePoint& p) {
    double least = SquareM2(line[i], p);
    if (i > 0) least = std::min(least, SquareToLeg(line[i - 1], line[i], p));
    if (i + 1 < line.size()) least = std::min(least, SquareToLeg(line[i], line[i + 1], p));
    return least;
  };
  const double to_line = to_legs(columns, column, rows[row]);
  if (row == 0 || row + 1 == rows.size()) return to_line;
  return std::max(to_line, to_legs(rows, row, columns[column]));
}

PartSearch::Greedy PartSearch::WalkGreedily(double cutoff_m) const {
  const auto &rows = stretch_.points, &columns = line_.points;
  size_t j = 0;
  for (size_t c = 1; c < columns.size(); ++c) {
    if (SquareM2(rows[0], columns[c]) < SquareM2(rows[0], columns[j])) j = c;
  }
  const double cutoff_m2 = cutoff_m * cutoff_m;
  double most_m2 = SquareM2(rows[0], columns[j]);
  double guess_m2 = 0;
  for (size_t i = 0;;) {
    guess_m2 = std::max(guess_m2, GuessM2(i, j));
    if (most_m2 > 4 * cutoff_m2) return {kInf, kInf};
    if (i + 1 == rows.size()) break;
    const double up = SquareM2(rows[i + 1], columns[j]);
    const bool last = j + 1 == columns.size();
    const double right = last ? kInf : SquareM2(rows[i], columns[j + 1]);
    const double both = last ? kInf : SquareM2(rows[i + 1], columns[j + 1]);
    const double least = std::min({up, right, both});
    most_m2 = std::max(most_m2, least);
    if (least == both) {
      ++i, ++j;
    } else if (least == up) {
      ++i;
    } else {
      ++j;
    }
  }
  return {std::sqrt(most_m2), std::sqrt(guess_m2)};
}

// The least number of steps at which a part is within, at most `cutoff`; searched from a guess
// outwards, with steps that grow.
std::optional<uint64_t> PartSearch::LeastSteps(uint64_t cutoff) {
  const Greedy greedy = WalkGreedily(static_cast<double>(cutoff) * kFrechetStepM);
  // Nothing is within fewer steps than `no`; at `yes` something is, unless it is cutoff + 1.
  uint64_t no = 0, yes = cutoff + 1;
  const auto try_at = [&](uint64_t at) {
    const bool within = SweepAt(at);
    if (within) {
      yes = at;
    } else {
      no = at + 1;
    }
    return within;
  };
  if (greedy.most_m < kInf) {
    yes = std::min(yes, StepsUp(greedy.most_m));
    const uint64_t guess = std::min(StepsUp(greedy.guess_m), yes);
    for (uint64_t at = guess, reach = 1; at < yes && !try_at(at); at += reach, reach *= 4) {
      if (work_.stopped) return std::nullopt;
    }
    for (uint64_t reach = 1; no < yes && yes <= guess; reach *= 4) {
      if (work_.stopped) return std::nullopt;
      if (!try_at(yes - no > reach ? yes - reach : no)) break;
    }
  } else if (!try_at(cutoff)) {
    return std::nullopt;
  }
  if (yes > cutoff && no < yes && !try_at(cutoff)) return std::nullopt;
  while (no < yes && !work_.stopped) try_at(no + (yes - no) / 2);
  if (yes > cutoff || work_.stopped) return std::nullopt;
  return yes;
}

double PartSearch::FirstReachedNear(const Line& line, const PlanePoint& end) const {
  double best_at = 0, best_m2 = kInf;
  const auto offer = [&](double at, double m2) {
    if (m2 < best_m2) best_at = at, best_m2 = m2;
  };
  if (at_first_) offer(0, SquareM2(line.points.front(), end));
  if (begin_ >= end_) return best_at;
  if (at_first_ && begin_ > 0) return best_at;
  for (size_t j = begin_; j < end_ && !reached_[j].empty(); ++j) {
    const Leg& leg = line.legs[j];
    const double along_m = (end.x_m - leg.x_m) * leg.east + (end.y_m - leg.y_m) * leg.north;
    const double place_m = std::clamp(along_m, reached_[j].from_m, reached_[j].to_m);
    const PlanePoint place{leg.x_m + place_m * leg.east, leg.y_m + place_m * leg.north, 0};
    const double share = leg.length_m > 0 ? std::min(1.0, place_m / leg.length_m) : 0;
    offer(static_cast<double>(j) + share, SquareM2(place, end));
    if (reached_[j].to_m < leg.length_m) break;
  }
  return best_at;
}

NearPart PartSearch::PartAt(uint64_t steps) {
  NearPart part{.distance_m = static_cast<double>(steps) * kFrechetStepM};
  SweepAt(steps);
  part.to_at = FirstReachedNear(line_, stretch_.points.back());
  // The same walk back from there, whose end is the beginning; a step longer, for what rounding
  // has moved.
  const auto whole = static_cast<size_t>(part.to_at);
  const double share = part.to_at - static_cast<double>(whole);
  std::vector<PlanePoint> head(line_.points.begin(),
                               line_.points.begin() + static_cast<ptrdiff_t>(whole) + 1);
  if (share > 0) {
    const PlanePoint &a = line_.points[whole], &b = line_.points[whole + 1];
    head.push_back({a.x_m + share * (b.x_m - a.x_m), a.y_m + share * (b.y_m - a.y_m), 0});
  }
  line_back_.Set(head, /*backwards=*/true);
  part.from_at = 0;
  if (!Sweep(backwards_, line_back_, LeashOf(steps + 1), /*from_first=*/true)) return part;
  const double back_at = FirstReachedNear(line_back_, stretch_.points.front());
  // From places on the line backwards, whose first leg may be the beginning of one.
  const auto last = static_cast<double>(head.size() - 1);
  double from_at = std::max(0.0, last - back_at);
  if (share > 0 && from_at > last - 1) {
    from_at = last - 1 + (from_at - (last - 1)) * share;
  }
  part.from_at = std::min(from_at, part.to_at);
  return part;
}

std::optional<NearPart> PartSearch::Nearest(PlaneView line, double cutoff_m, bool is_rare) {
  if (!(cutoff_m >= 0)) return std::nullopt;
  line_.Set(line, /*backwards=*/false);
  const auto cutoff =
      static_cast<uint64_t>(std::floor(std::min(cutoff_m, kMostStepsM) / kFrechetStepM));
  if (is_rare && !SweepAt(cutoff)) return std::nullopt;
  const std::optional<uint64_t> steps = LeastSteps(cutoff);
  if (!steps || work_.stopped) return std::nullopt;
  NearPart part = PartAt(*steps);
  const double most = static_cast<double>(line.size() - 1);  // of one point: it was doubled
  part.from_at = std::min(part.from_at, most);
  part.to_at = std::min(part.to_at, most);
  return part;
}

}  // namespace spoor
