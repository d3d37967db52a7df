#include "geo/measure/frechet_certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "geo/measure/free_space.h"

namespace spoor {
namespace {

using Pair = FrechetCertificate::Pair;
using Place = FrechetCertificate::Place;

constexpr double kNowhere = std::numeric_limits<double>::infinity();

// The whole diagram: the rows are a, the columns b.  Cell (i, j) has the sides Left(i, j) and
// Left(i + 1, j) along fixes of a, Lower(i, j) and Lower(i, j + 1) along fixes of b.
class ReachedTable {
 public:
  ReachedTable(PlaneView a, PlaneView b, double leash_m2)
      : columns_(b.size()),
        leash_m2_(leash_m2),
        space_(a, b, work_),
        left_(a.size() * b.size(), kNowhere),
        lower_(a.size() * b.size(), kNowhere) {
    for (size_t j = 0; j + 1 < b.size() && IsNear(0, j); ++j) left_[j] = 0;
    for (size_t i = 0; i + 1 < a.size() && IsNear(i, 0); ++i) lower_[i * columns_] = 0;
    for (size_t i = 0; i + 1 < a.size(); ++i) {
      for (size_t j = 0; j + 1 < b.size(); ++j) {
        left_[(i + 1) * columns_ + j] = Reached(FreeLeft(i + 1, j), Lower(i, j), Left(i, j));
        lower_[i * columns_ + j + 1] = Reached(FreeLower(i, j + 1), Left(i, j), Lower(i, j));
      }
    }
  }

  bool IsNear(size_t i, size_t j) const { return space_.IsNear(i, j, leash_m2_); }
  FreeSpace::Part FreeLeft(size_t i, size_t j) const { return space_.OnColumns(i, j, leash_m2_); }
  FreeSpace::Part FreeLower(size_t i, size_t j) const { return space_.OnRows(i, j, leash_m2_); }

  // In metres from the start of the leg, where what is reached of a side begins, or kNowhere.
  double Left(size_t i, size_t j) const { return left_[i * columns_ + j]; }
  double Lower(size_t i, size_t j) const { return lower_[i * columns_ + j]; }

  bool IsThrough() const {
    const size_t n = space_.rows(), m = columns_;
    return IsNear(n - 1, m - 1) && Left(n - 1, m - 2) < kNowhere;
  }

 private:
  // What is reached of a side with this free part, from the side across the corner, and from the
  // opposite one.
  static double Reached(FreeSpace::Part free, double around, double opposite) {
    if (free.empty()) return kNowhere;
    if (around < kNowhere) return free.from_m;
    const double from_m = std::max(free.from_m, opposite);
    return from_m <= free.to_m ? from_m : kNowhere;
  }

  const size_t columns_;
  const double leash_m2_;
  MeasureWork work_;
  FreeSpace space_;
  std::vector<double> left_, lower_;
};

Place Fix(size_t index) { return {.leg = static_cast<uint32_t>(index), .share = 0}; }

Place OnLeg(PlaneView line, size_t leg, double at_m) {
  const double length_m = DistanceM(line[leg], line[leg + 1]);
  const double share = length_m > 0 ? std::clamp(at_m / length_m, 0.0, 1.0) : 0;
  return {.leg = static_cast<uint32_t>(leg), .share = share};
}

// Back from both ends, always to where the reached part of a side begins: that is not before the
// one it came from.
std::vector<Pair> Walk(PlaneView a, PlaneView b, const ReachedTable& table) {
  size_t i = a.size() - 2, j = b.size() - 2;  // the cell
  std::vector<Pair> out = {{Fix(i + 1), Fix(j + 1)}};
  bool from_right = false;  // of the cell, and not from its upper side
  while (true) {
    const bool left = table.Left(i, j) < kNowhere, lower = table.Lower(i, j) < kNowhere;
    if (from_right ? lower : !left) {
      out.push_back({OnLeg(a, i, table.Lower(i, j)), Fix(j)});
      if (j == 0) break;
      --j, from_right = false;
    } else {
      out.push_back({Fix(i), OnLeg(b, j, table.Left(i, j))});
      if (i == 0) break;
      --i, from_right = true;
    }
  }
  // What is reached on the border is so from corner to corner.
  for (size_t k = out.back().on_b.leg; k > 0;) out.push_back({Fix(0), Fix(--k)});
  for (size_t k = out.back().on_a.leg; k > 0;) out.push_back({Fix(--k), Fix(0)});
  std::ranges::reverse(out);
  return out;
}

// Follows the outline of the cells that are reached, which hang together through the reached parts
// of their sides as through doors, clockwise from the lower left corner: upper sides to the right,
// right ones down, lower ones to the left, left ones up.  Where it follows the left or upper border
// of the diagram the cut begins anew, where it comes to the lower or right one the cut ends.
class Outline {
 public:
  Outline(PlaneView a, PlaneView b, const ReachedTable& table) : a_(a), b_(b), table_(table) {}

  std::vector<Pair> Cut() {
    if (!table_.IsNear(0, 0)) return {{Fix(0), Fix(0)}};
    Side side = kLeft;
    while (side != kDone) {
      switch (side) {
        case kUpper:
          side = Upper();
          break;
        case kRight:
          side = Right();
          break;
        case kLower:
          side = Lower();
          break;
        case kLeft:
          side = Left();
          break;
        case kDone:
          break;
      }
    }
    return cut_;
  }

 private:
  enum Side { kUpper, kRight, kLower, kLeft, kDone };

  Side Upper() {
    if (j_ + 2 == b_.size()) {
      cut_ = {{Fix(i_ + 1), Fix(j_ + 1)}};
      return kRight;
    }
    if (table_.Lower(i_, j_ + 1) < kNowhere) return ++j_, kLeft;
    const FreeSpace::Part free = table_.FreeLower(i_, j_ + 1);
    if (!free.empty()) CrossUpwards(free.to_m);
    cut_.push_back({Fix(i_ + 1), Fix(j_ + 1)});
    return kRight;
  }

  Side Right() {
    if (i_ + 2 == a_.size()) return kDone;
    if (table_.Left(i_ + 1, j_) < kNowhere) return ++i_, kUpper;
    const FreeSpace::Part free = table_.FreeLeft(i_ + 1, j_);
    if (!free.empty()) CrossLeftwards(free.to_m);
    const bool crossed = !free.empty();
    cut_.push_back({Fix(crossed ? i_ : i_ + 1), Fix(j_)});
    if (!crossed) return kLower;
    return j_ == 0 ? kDone : kLeft;
  }

  Side Lower() {
    if (j_ == 0) return kDone;
    if (table_.Lower(i_, j_) < kNowhere) return --j_, kRight;
    cut_.push_back({Fix(i_), Fix(j_)});
    return kLeft;
  }

  Side Left() {
    if (i_ > 0 && table_.Left(i_, j_) < kNowhere) return --i_, kLower;
    if (i_ == 0) cut_.clear();
    cut_.push_back({Fix(i_), Fix(j_ + 1)});
    return kUpper;
  }

  // The upper side is free up to to_m, but the cell is entered through its lower side beyond that,
  // because of a side `from` further down.  All left sides up from there are closed.  The cut
  // leaves the corner of that side before its free part, goes up between, and on after the free
  // part.
  void CrossUpwards(double to_m) {
    const double beyond_m = table_.Lower(i_, j_);
    size_t from = j_;
    while (table_.FreeLower(i_, from).from_m != beyond_m) --from;
    while (!cut_.empty() && cut_.back().on_a.leg == i_ && cut_.back().on_b.leg > from) {
      cut_.pop_back();
    }
    if (cut_.empty()) cut_.push_back({Fix(i_), Fix(from)});
    const Place between = OnLeg(a_, i_, to_m + (beyond_m - to_m) / 2);
    cut_.push_back({between, Fix(from)});
    cut_.push_back({between, Fix(j_ + 1)});
  }

  // The same of the right side: the cut goes down to behind its free part, and to the left, until
  // it is before that of a side of cell `from`, which is the cell from then on, its lower side
  // done.
  void CrossLeftwards(double to_m) {
    const double beyond_m = table_.Left(i_, j_);
    size_t from = i_;
    while (table_.FreeLeft(from, j_).from_m != beyond_m) --from;
    const Place between = OnLeg(b_, j_, to_m + (beyond_m - to_m) / 2);
    cut_.push_back({Fix(i_ + 1), between});
    cut_.push_back({Fix(from), between});
    i_ = from;
  }

  const PlaneView a_, b_;
  const ReachedTable& table_;
  size_t i_ = 0, j_ = 0;  // the cell
  std::vector<Pair> cut_;
};

// Where one line is a single fix.
FrechetCertificate ProveOneFix(PlaneView a, PlaneView b, double leash_m2) {
  FrechetCertificate out = {.within = true};
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      const double dx_m = a[i].x_m - b[j].x_m, dy_m = a[i].y_m - b[j].y_m;
      if (dx_m * dx_m + dy_m * dy_m > leash_m2) {
        return {.within = false, .pairs = {{Fix(i), Fix(j)}}};
      }
      out.pairs.push_back({Fix(i), Fix(j)});
    }
  }
  return out;
}

// The checker, which shares nothing with the above.

struct Vector {
  long double x_m, y_m;
};

long double LengthM(Vector v) { return std::sqrt(v.x_m * v.x_m + v.y_m * v.y_m); }

// The last fix begins a leg without length.
Vector At(PlaneView line, Place place) {
  const PlanePoint from = line[place.leg],
                   to = line[std::min<size_t>(place.leg + 1, line.size() - 1)];
  const long double share = place.share;
  return {from.x_m + share * (static_cast<long double>(to.x_m) - from.x_m),
          from.y_m + share * (static_cast<long double>(to.y_m) - from.y_m)};
}

Vector Between(PlaneView a, PlaneView b, Pair pair) {
  const Vector p = At(a, pair.on_a), q = At(b, pair.on_b);
  return {q.x_m - p.x_m, q.y_m - p.y_m};
}

Place Normalised(Place place) { return place.share == 1 ? Place{place.leg + 1, 0} : place; }

bool IsOn(PlaneView line, Place place) {
  if (!(place.share >= 0 && place.share <= 1)) return false;
  const Place p = Normalised(place);
  return p.leg + 1 < line.size() || (p.leg + 1 == line.size() && p.share == 0);
}

bool IsBefore(Place p, Place q) {
  p = Normalised(p), q = Normalised(q);
  return p.leg < q.leg || (p.leg == q.leg && p.share < q.share);
}

bool IsStart(Place place) { return !IsBefore(Fix(0), place); }
bool IsEnd(PlaneView line, Place place) { return !IsBefore(place, Fix(line.size() - 1)); }

bool IsOnOneLeg(Place p, Place q) {
  if (IsBefore(q, p)) std::swap(p, q);
  p = Normalised(p), q = Normalised(q);
  return p.leg == q.leg || (p.leg + 1 == q.leg && q.share == 0);
}

// The least distance while both move evenly from p to q.
long double LeastM(PlaneView a, PlaneView b, Pair p, Pair q) {
  const Vector from = Between(a, b, p), to = Between(a, b, q);
  const Vector step = {to.x_m - from.x_m, to.y_m - from.y_m};
  const long double square = step.x_m * step.x_m + step.y_m * step.y_m;
  if (square == 0) return LengthM(from);
  const long double share =
      std::clamp(-(from.x_m * step.x_m + from.y_m * step.y_m) / square, 0.0L, 1.0L);
  return LengthM({from.x_m + share * step.x_m, from.y_m + share * step.y_m});
}

// What a certificate is checked against.
struct Claim {
  PlaneView a, b;
  long double distance_m, tolerance_m;

  bool IsNear(Pair p) const { return LengthM(Between(a, b, p)) <= distance_m + tolerance_m; }
  bool IsBlocked(Pair p, Pair q) const { return LeastM(a, b, p, q) >= distance_m - tolerance_m; }
};

bool IsInOneCell(Pair p, Pair q) {
  return IsOnOneLeg(p.on_a, q.on_a) && IsOnOneLeg(p.on_b, q.on_b);
}

// What is wrong with pair k of a walk, or of a cut; nothing where it is right.

absl::string_view WrongInWalk(const Claim& claim, const std::vector<Pair>& walk, size_t k) {
  const Pair p = walk[k];
  if (k == 0 && !(IsStart(p.on_a) && IsStart(p.on_b))) return "does not begin at both starts";
  if (k + 1 == walk.size() && !(IsEnd(claim.a, p.on_a) && IsEnd(claim.b, p.on_b))) {
    return "does not end at both ends";
  }
  if (!claim.IsNear(p)) return "is further apart than the distance";
  if (k == 0) return "";
  const Pair before = walk[k - 1];
  if (IsBefore(p.on_a, before.on_a) || IsBefore(p.on_b, before.on_b)) return "goes back";
  return IsInOneCell(before, p) ? "" : "leaves the cell of the pair before";
}

absl::string_view WrongInCut(const Claim& claim, const std::vector<Pair>& cut, size_t k) {
  const Pair p = cut[k];
  const bool is_first = k == 0, is_last = k + 1 == cut.size();
  if (is_first && !IsStart(p.on_a) && !IsEnd(claim.b, p.on_b)) {
    return "does not begin on the left or upper border";
  }
  if (is_last && !IsEnd(claim.a, p.on_a) && !IsStart(p.on_b)) {
    return "does not end on the right or lower border";
  }
  if ((is_first || is_last) && !claim.IsBlocked(p, p)) return "is near, at an end of the cut";
  if (is_first) return "";
  const Pair before = cut[k - 1];
  if (!IsBefore(before.on_a, p.on_a) && !IsBefore(p.on_b, before.on_b)) return "";
  if (!IsInOneCell(before, p)) return "goes right or down and leaves its cell";
  return claim.IsBlocked(before, p) ? "" : "goes right or down where it is near";
}

long double LargestM(PlaneView line) {
  double most_m = 0;
  for (const PlanePoint p : line) most_m = std::max({most_m, std::abs(p.x_m), std::abs(p.y_m)});
  return most_m;
}

}  // namespace

FrechetCertificate ProveFrechet(PlaneView a, PlaneView b, double distance_m) {
  const double leash_m2 = LeashM2(distance_m);
  if (a.size() == 1 || b.size() == 1) return ProveOneFix(a, b, leash_m2);
  const ReachedTable table(a, b, leash_m2);
  if (table.IsThrough()) return {.within = true, .pairs = Walk(a, b, table)};
  return {.within = false, .pairs = Outline(a, b, table).Cut()};
}

absl::Status CheckFrechet(PlaneView a, PlaneView b, double distance_m,
                          const FrechetCertificate& certificate) {
  const Claim claim = {
      .a = a,
      .b = b,
      .distance_m = distance_m,
      .tolerance_m = 1e-8L + 1e-11L * distance_m + 1e-14L * std::max(LargestM(a), LargestM(b))};
  const std::vector<Pair>& pairs = certificate.pairs;
  if (pairs.empty()) return absl::InvalidArgumentError("a certificate without pairs");
  for (size_t k = 0; k < pairs.size(); ++k) {
    absl::string_view wrong = "is not on both lines";
    if (IsOn(a, pairs[k].on_a) && IsOn(b, pairs[k].on_b)) {
      wrong = certificate.within ? WrongInWalk(claim, pairs, k) : WrongInCut(claim, pairs, k);
    }
    if (!wrong.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("pair ", k, " of the ", certificate.within ? "walk " : "cut ", wrong));
    }
  }
  return absl::OkStatus();
}

}  // namespace spoor
