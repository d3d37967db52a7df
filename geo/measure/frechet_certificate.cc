#include "geo/measure/frechet_certificate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "geo/measure/free_space.h"

namespace spoor {
namespace {

using Pair = FrechetCertificate::Pair;
using LinePosition = FrechetCertificate::LinePosition;

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
  FreeSpace::FreeInterval FreeLeft(size_t i, size_t j) const {
    return space_.OnColumns(i, j, leash_m2_);
  }
  FreeSpace::FreeInterval FreeLower(size_t i, size_t j) const {
    return space_.OnRows(i, j, leash_m2_);
  }

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
  static double Reached(FreeSpace::FreeInterval free, double around, double opposite) {
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

LinePosition Fix(size_t index) { return {.leg = static_cast<uint32_t>(index), .share = 0}; }

LinePosition OnLeg(PlaneView line, size_t leg, double at_m) {
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
  enum Side : uint8_t { kUpper, kRight, kLower, kLeft, kDone };

  Side Upper() {
    if (j_ + 2 == b_.size()) {
      cut_ = {{Fix(i_ + 1), Fix(j_ + 1)}};
      return kRight;
    }
    if (table_.Lower(i_, j_ + 1) < kNowhere) return ++j_, kLeft;
    const FreeSpace::FreeInterval free = table_.FreeLower(i_, j_ + 1);
    if (!free.empty()) CrossUpwards(free.to_m);
    cut_.push_back({Fix(i_ + 1), Fix(j_ + 1)});
    return kRight;
  }

  Side Right() {
    if (i_ + 2 == a_.size()) return kDone;
    if (table_.Left(i_ + 1, j_) < kNowhere) return ++i_, kUpper;
    const FreeSpace::FreeInterval free = table_.FreeLeft(i_ + 1, j_);
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
    const LinePosition between = OnLeg(a_, i_, to_m + (beyond_m - to_m) / 2);
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
    const LinePosition between = OnLeg(b_, j_, to_m + (beyond_m - to_m) / 2);
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
      if (SquareM2(a[i], b[j]) > leash_m2) {
        return {.within = false, .pairs = {{Fix(i), Fix(j)}}};
      }
      out.pairs.push_back({Fix(i), Fix(j)});
    }
  }
  return out;
}

}  // namespace

FrechetCertificate ProveFrechet(PlaneView a, PlaneView b, double distance_m) {
  const double leash_m2 = LeashM2(distance_m);
  if (a.size() == 1 || b.size() == 1) return ProveOneFix(a, b, leash_m2);
  const ReachedTable table(a, b, leash_m2);
  if (table.IsThrough()) return {.within = true, .pairs = Walk(a, b, table)};
  return {.within = false, .pairs = Outline(a, b, table).Cut()};
}

}  // namespace spoor
