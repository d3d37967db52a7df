#include <algorithm>

#include "geo/measure/matching.h"
#include "geo/measure/rough_alignment.h"

namespace spoor {
namespace {

// 1 - L / min(|a|, |b|), where L is the length of the longest common subsequence: how many fixes of
// both lines can be matched in order (Vlachos, Kollios, Gunopulos 2002; matching.h).  A share from
// 0 to 1, not metres.
//
// What is computed is the number of fixes that no match takes, |a| + |b| - 2 L: an edit distance in
// which to replace a fix is to leave out two.
class Lcss final : public Measure {
 public:
  explicit Lcss(const MeasureParams& params) : matching_(params) {}

  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    const double unmatched = AlignRoughly(a, b, [&](double before, Move move, size_t i, size_t j) {
      if (move != Move::kBoth) return before + 1;
      return before + (matching_.Match(a[i], b[j]) ? 0 : 2);
    });
    return Share((static_cast<double>(a.size() + b.size()) - unmatched) / 2, a, b);
  }

  // One match may be all there is of a line of one fix.
  double LowerBound(const EnvelopeDistances& e) const override {
    return matching_.SurelyUnmatched(e) == e.to_box_m.size() ? 1 : 0;
  }

  // With n fixes of the query, u of them unmatched, and m of the other line: 1 - (n - u) / m while
  // m < n, u / n from there on.
  double BoundOfOutline(const OutlineDistances& o) const override {
    const Matching::Unmatched unmatched = matching_.SurelyUnmatched(o);
    const auto fixes = static_cast<double>(o.query.size());
    const double as_long = unmatched.of_query / fixes;
    if (o.points >= fixes) return BelowRounding(as_long);
    const double shorter = 1 - (fixes - unmatched.of_query) / o.points;
    return BelowRounding(std::min(as_long, std::max(unmatched.share_of_other, shorter)));
  }

  bool needs_times() const override { return matching_.timed(); }
  absl::string_view unit() const override { return ""; }  // a share
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  static double Share(double matched, PlaneView a, PlaneView b) {
    return 1 - matched / static_cast<double>(std::min(a.size(), b.size()));
  }

  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    if (cutoff < 0) return 1;
    const auto most = static_cast<double>(std::min(a.size(), b.size()));
    const auto all = static_cast<double>(a.size() + b.size());
    // The least L that is near enough; begun below, because the product is rounded.
    double needed = std::max(0.0, std::ceil((1 - std::min(cutoff, 1.0)) * most) - 2);
    while (Share(needed, a, b) > cutoff) ++needed;
    const double unmatched = matching_.Edits(a, b, 2, all - 2 * needed, work);
    return Share((all - unmatched) / 2, a, b);
  }

  const Matching matching_;
};

}  // namespace

std::unique_ptr<Measure> MakeLcss(const MeasureParams& params) {
  return std::make_unique<Lcss>(params);
}

}  // namespace spoor
