#include "geo/measure/matching.h"
#include "geo/measure/rough_alignment.h"

namespace spoor {
namespace {

// Edit distance on real sequence (Chen, Oezsu, Oria 2005): how many fixes have to be left out of
// either line, or replaced, until both match (matching.h).  A number of edits, not metres; 0 up to
// the number of fixes of the longer line.
class Edr final : public Measure {
 public:
  explicit Edr(const MeasureParams& params) : matching_(params) {}

  double UpperBound(PlaneView a, PlaneView b, MeasureWork&) const override {
    return AlignRoughly(a, b, [&](double before, Move move, size_t i, size_t j) {
      return before + (move == Move::kBoth && matching_.Match(a[i], b[j]) ? 0 : 1);
    });
  }

  double LowerBound(const EnvelopeDistances& e) const override {
    return static_cast<double>(matching_.SurelyUnmatched(e));
  }

  // What the other line has more fixes than the query is left out.
  double BoundOfOutline(const OutlineDistances& o) const override {
    const Matching::Unmatched unmatched = matching_.SurelyUnmatched(o);
    const double more = std::max(0.0, o.points - static_cast<double>(o.query.size()));
    return std::max(unmatched.of_query + more, BelowRounding(unmatched.share_of_other * o.points));
  }

  bool needs_times() const override { return matching_.timed(); }
  absl::string_view unit() const override { return "edits"; }
  bool is_symmetric() const override { return true; }
  bool is_metric() const override { return false; }

 private:
  double Compute(PlaneView a, PlaneView b, double cutoff, MeasureWork& work) const override {
    return matching_.Edits(a, b, 1, cutoff, work);
  }

  const Matching matching_;
};

}  // namespace

std::unique_ptr<Measure> MakeEdr(const MeasureParams& params) {
  return std::make_unique<Edr>(params);
}

}  // namespace spoor
