#include "engine/motif/pairing.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spoor {
namespace {

// What a metre off the expected place counts: little enough to follow who stands still or hurries,
// enough not to jump to another branch, or to oneself, that happens to be nearer.
constexpr double kDrift = 0.25;
// Of the way on which those who part get from near_m to far, how much lies before near_m: half of
// it where lines have corners, less where these are rounded.
constexpr double kBackFromNear = 0.35;

// One walk along both courses, from one anchor on.
class Walker {
 public:
  // `way`: 1 along a, -1 back.
  Walker(const Course& a, const Course& b, const Chain& chain, const PairingTerms& terms, int way)
      : a_(a),
        b_(b),
        chain_(chain),
        terms_(terms),
        way_(way),
        b_way_(terms.direction == Direction::kOpposite ? -way : way) {}

  PairedPlace Start(const Anchor& anchor) const {
    return Pair(anchor.a_m, anchor.b_m,
                {anchor.b_m - terms_.window_m, anchor.b_m + terms_.window_m}, terms_.aside_m);
  }

  // Appends what comes behind `last`.
  void Go(PairedPlace last, std::vector<PairedPlace>& out) const {
    const double end_m = way_ > 0 ? a_.length_m() : 0;
    while (last.a_m != end_m) {
      double a_m = last.a_m + way_ * terms_.sample_m;
      a_m = way_ > 0 ? std::min(a_m, end_m) : std::max(a_m, end_m);
      double expected_m = last.b_m + b_way_ * std::abs(a_m - last.a_m);
      const bool in_chain = a_m >= chain_.front().a_m && a_m <= chain_.back().a_m;
      if (in_chain) expected_m = Corrected(a_m, expected_m);
      const double far_m = expected_m + b_way_ * terms_.window_m;
      last = Pair(a_m, expected_m,
                  b_way_ > 0 ? std::pair(last.b_m, far_m) : std::pair(far_m, last.b_m),
                  AsideAfter(last));
      out.push_back(last);
      if (!in_chain && last.apart_m > terms_.stop_m) return;
    }
  }

 private:
  // Who turns round meets himself, but not sooner than both ways lead there.
  double AsideAfter(const PairedPlace& last) const {
    if (terms_.direction == Direction::kSame) return terms_.aside_m;
    constexpr double kHaste = 2.5;  // samples, of two that come together
    const double natural_m = last.b_m - last.a_m - kHaste * terms_.sample_m;
    return std::clamp(natural_m, 0.0, terms_.aside_m);
  }

  PairedPlace Pair(double a_m, double expected_m, std::pair<double, double> between_m,
                   double aside_m) const {
    const double least_m = terms_.within ? a_m + aside_m : 0;
    const double from_m = std::max(between_m.first, least_m);
    const double to_m = std::min(between_m.second, b_.length_m());
    if (from_m > to_m || a_.IsJump(a_.LegAt(a_m))) {
      const double b_m = std::clamp(expected_m, 0.0, b_.length_m());
      return {a_m, b_m, std::numeric_limits<double>::infinity()};
    }
    const Course::Place place = b_.NearestTo(a_.At(a_m), {from_m, to_m, expected_m, kDrift});
    return {a_m, place.at_m, place.apart_m};
  }

  // Where the anchors say that it is, if that is too far from what was expected.
  double Corrected(double a_m, double expected_m) const {
    const auto next = std::lower_bound(chain_.begin(), chain_.end(), a_m,
                                       [](const Anchor& x, double at_m) { return x.a_m < at_m; });
    if (next == chain_.begin() || next == chain_.end()) return expected_m;
    const auto before = next - 1;
    const double gap_m = next->a_m - before->a_m;
    const double share = gap_m > 0 ? (a_m - before->a_m) / gap_m : 0;
    const double anchored_m = before->b_m + share * (next->b_m - before->b_m);
    return std::abs(anchored_m - expected_m) > terms_.window_m ? anchored_m : expected_m;
  }

  const Course& a_;
  const Course& b_;
  const Chain& chain_;
  const PairingTerms& terms_;
  const int way_, b_way_;
};

// Looks for runs in places, one after the other.
class RunFinder {
 public:
  RunFinder(absl::Span<const PairedPlace> places, const TogetherTerms& terms)
      : places_(places), terms_(terms), far_m_(kFarPerNear * terms.near_m) {}

  std::vector<TogetherRun> Find() const {
    std::vector<TogetherRun> out;
    for (size_t i = 0; i < places_.size();) {
      if (const size_t parted = PartedTill(i); parted > i) {
        i = parted;
        continue;
      }
      size_t end = i + 1;
      while (end < places_.size() && PartedTill(end) == end) ++end;
      Add(i, end, out);
      i = end;
    }
    return out;
  }

 private:
  bool IsFar(size_t i) const { return places_[i].apart_m > far_m_; }
  bool IsTooFar(size_t i) const { return places_[i].apart_m > std::max(terms_.most_m, far_m_); }

  // Past the places from i on at which they have parted; i: they have not.
  size_t PartedTill(size_t i) const {
    size_t end = i;
    bool too_far = false;
    for (; end < places_.size() && IsFar(end); ++end) too_far = too_far || IsTooFar(end);
    if (end == i) return i;
    const bool at_an_end = i == 0 || end == places_.size();
    const bool held = std::abs(places_[end - 1].a_m - places_[i].a_m) > terms_.hold_m;
    return at_an_end || held || too_far ? end : i;
  }

  // Between two places of the pairing that are neighbours.
  static PairedPlace Between(const PairedPlace& x, const PairedPlace& y, double a_m) {
    const double share = x.a_m == y.a_m ? 0 : (a_m - x.a_m) / (y.a_m - x.a_m);
    return {a_m, x.b_m + share * (y.b_m - x.b_m), x.apart_m + share * (y.apart_m - x.apart_m)};
  }
  // Where on the way from `nearer` to `farther` they are so far apart.
  static double WhereApart(const PairedPlace& nearer, const PairedPlace& farther, double apart_m) {
    const double grown_m = farther.apart_m - nearer.apart_m;
    if (!(grown_m > 0) || std::isinf(grown_m)) return nearer.a_m;
    const double share = std::clamp((apart_m - nearer.apart_m) / grown_m, 0.0, 1.0);
    return nearer.a_m + share * (farther.a_m - nearer.a_m);
  }

  // The end of the run of [begin, end) on one side.
  PairedPlace Edge(size_t begin, size_t end, bool right) const {
    const size_t count = end - begin;
    const auto at = [&](size_t back) -> const PairedPlace& {
      return places_[right ? end - 1 - back : begin + back];
    };
    if (right ? end == places_.size() : begin == 0) return at(0);
    const PairedPlace& beyond = places_[right ? end : begin - 1];
    const double far_at_m = WhereApart(at(0), beyond, far_m_);
    size_t back = 0;
    while (back + 1 < count && at(back).apart_m > terms_.near_m) ++back;
    const double near_at_m = WhereApart(at(back), back > 0 ? at(back - 1) : beyond, terms_.near_m);
    const double more_m =
        std::min(kBackFromNear * std::abs(far_at_m - near_at_m), 2 * terms_.near_m);
    const double wanted_m = near_at_m + (right ? -more_m : more_m);
    const auto passed = [&](size_t i) {
      return right ? at(i).a_m <= wanted_m : at(i).a_m >= wanted_m;
    };
    while (back + 1 < count && !passed(back)) ++back;
    if (!passed(back)) return at(back);
    return Between(at(back), back > 0 ? at(back - 1) : beyond, wanted_m);
  }

  void Add(size_t begin, size_t end, std::vector<TogetherRun>& out) const {
    const PairedPlace first = Edge(begin, end, false), last = Edge(begin, end, true);
    if (last.a_m > first.a_m) out.push_back({.first = first, .last = last});
  }

  absl::Span<const PairedPlace> places_;
  const TogetherTerms& terms_;
  const double far_m_;
};

}  // namespace

std::vector<PairedPlace> PairUp(const Course& a, const Course& b, const Chain& chain,
                                const PairingTerms& terms) {
  const Walker back(a, b, chain, terms, -1), on(a, b, chain, terms, 1);
  const PairedPlace middle = on.Start(chain[chain.size() / 2]);
  std::vector<PairedPlace> out;
  back.Go(middle, out);
  std::reverse(out.begin(), out.end());
  out.push_back(middle);
  on.Go(middle, out);
  return out;
}

std::vector<TogetherRun> RunsTogether(absl::Span<const PairedPlace> places,
                                      const TogetherTerms& terms) {
  return RunFinder(places, terms).Find();
}

}  // namespace spoor
