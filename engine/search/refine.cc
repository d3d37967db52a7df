#include "engine/search/refine.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "engine/search/phase_clock.h"

namespace spoor {
namespace {

// How many trajectories are read together: the first few only, so that there is a cutoff for the
// others.
constexpr size_t kFirstRead = 32;
constexpr size_t kReadAtOnce = 128;

// By falling score, to within a thousandth, which is all that a good cutoff needs: a sort by
// counting.
std::vector<Candidate> BestFirst(const std::vector<Candidate>& candidates) {
  constexpr size_t kSteps = 1024;
  const auto step = [](const Candidate& c) {
    return kSteps - static_cast<size_t>(std::min(c.score, 1.0) * kSteps);
  };
  std::array<size_t, kSteps + 2> start{};
  for (const Candidate& c : candidates) ++start[step(c) + 1];
  for (size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
  std::vector<Candidate> out(candidates.size());
  for (const Candidate& c : candidates) out[start[step(c)]++] = c;
  return out;
}

// More than all roundings of an upper bound, relative.
constexpr double kRounding = 1e-9;

// Memory is slower than the arithmetic here, so what comes soon is asked for early.
constexpr size_t kAhead = 8;

}  // namespace

Refiner::Refiner(const SearchContext& context, const Query& query)
    : context_(context),
      k_(query.k),
      direction_(query.direction),
      measure_(*query.rerank->measure),
      plane_(query.fixes[query.fixes.size() / 2]),
      cutoff_m_(query.max_distance_m.value_or(std::numeric_limits<double>::infinity())),
      query_(plane_.Project(query.fixes)),
      reversed_(direction_ == Direction::kSame ? std::vector<PlanePoint>() : Backwards(query_)),
      lacks_times_(measure_.needs_times() && !query.fixes.front().has_time()) {
  if (context.patience != nullptr) context.patience->Limit(work_);
}

bool Refiner::has_cutoff() const { return cutoff_m_ < std::numeric_limits<double>::infinity(); }

bool Refiner::Before(const MeasuredCandidate& a, const MeasuredCandidate& b) const {
  if (a.distance_m != b.distance_m) return a.distance_m < b.distance_m;
  const auto id = [this](const SegmentOrdinal& p) {
    return context_.segments[p.segment].segment->id(p.ordinal);
  };
  return id(a.candidate.place) < id(b.candidate.place);
}

double Refiner::UpperBound(PlaneView other) {
  double least = std::numeric_limits<double>::infinity();
  if (direction_ != Direction::kOpposite) least = measure_.UpperBound(query_, other, work_);
  if (direction_ != Direction::kSame) {
    least = std::min(least, measure_.UpperBound(reversed_, other, work_));
  }
  return least;
}

absl::Status Refiner::OrderByUpperBound(size_t count) {
  order_.clear();
  for (size_t i = 0; i < count; ++i) {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    order_.emplace_back(UpperBound(projected_[i]), i);
    if (order_[i].first == std::numeric_limits<double>::infinity()) break;  // the measure has none
  }
  if (order_.empty()) return absl::OkStatus();
  if (order_.size() < count) {
    for (size_t i = order_.size(); i < count; ++i) order_.emplace_back(order_.back().first, i);
    return absl::OkStatus();
  }
  std::sort(order_.begin(), order_.end());
  // The k nearest of all are no farther than the k-th of any k.
  if (heap_.size() + count < k_) return absl::OkStatus();
  upper_bounds_.clear();
  for (const MeasuredCandidate& r : heap_) upper_bounds_.push_back(r.distance_m);
  for (const auto& [bound_m, index] : order_) upper_bounds_.push_back(bound_m);
  const auto kth = upper_bounds_.begin() + static_cast<ptrdiff_t>(k_ - 1);
  std::nth_element(upper_bounds_.begin(), kth, upper_bounds_.end());
  cutoff_m_ = std::min(cutoff_m_, *kth * (1 + kRounding));
  return absl::OkStatus();
}

absl::Status Refiner::Offer(absl::Span<const Candidate> candidates,
                            absl::Span<const GeometryPtr> geometry) {
  if (lacks_times_) return absl::OkStatus();
  const size_t count = candidates.size();
  if (projected_.size() < count) projected_.resize(count);
  offered_.clear();
  for (size_t i = 0; i < count; ++i) {
    if (i + kAhead < count) __builtin_prefetch(geometry[i + kAhead].get());
    if (i + kAhead / 2 < count) __builtin_prefetch(geometry[i + kAhead / 2]->fixes.data());
    const TrajectoryView fixes = geometry[i]->fixes;
    if (measure_.needs_times() && !fixes.front().has_time()) continue;
    plane_.Project(fixes, projected_[offered_.size()]);
    offered_.push_back(candidates[i]);
  }
  if (absl::Status s = OrderByUpperBound(offered_.size()); !s.ok()) return s;
  for (const auto& [bound_m, i] : order_) {
    MeasureOne(offered_[i], projected_[i]);
    if (work_.stopped) return context_.CheckPatience();
  }
  return absl::OkStatus();
}

void Refiner::MeasureOne(const Candidate& candidate, PlaneView other) {
  MeasuredCandidate refined{
      .distance_m = std::numeric_limits<double>::infinity(),
      .direction = direction_ == Direction::kOpposite ? Direction::kOpposite : Direction::kSame,
      .candidate = candidate};
  if (direction_ != Direction::kOpposite) {
    refined.distance_m = measure_.Distance(query_, other, cutoff_m_, work_);
  }
  if (direction_ != Direction::kSame) {
    const double opposite_m =
        measure_.Distance(reversed_, other, std::min(cutoff_m_, refined.distance_m), work_);
    if (opposite_m < refined.distance_m) {
      refined.distance_m = opposite_m;
      refined.direction = Direction::kOpposite;
    }
  }
  if (!(refined.distance_m <= cutoff_m_)) return;
  const auto before = [this](const MeasuredCandidate& a, const MeasuredCandidate& b) {
    return Before(a, b);
  };
  if (heap_.size() == k_) {
    if (!Before(refined, heap_.front())) return;
    std::pop_heap(heap_.begin(), heap_.end(), before);
    heap_.pop_back();
  }
  heap_.push_back(refined);
  std::push_heap(heap_.begin(), heap_.end(), before);
  if (heap_.size() == k_) cutoff_m_ = std::min(cutoff_m_, heap_.front().distance_m);
}

std::vector<MeasuredCandidate> Refiner::Take() {
  std::sort_heap(
      heap_.begin(), heap_.end(),
      [this](const MeasuredCandidate& a, const MeasuredCandidate& b) { return Before(a, b); });
  return std::move(heap_);
}

namespace {

class CandidateRefinement {
 public:
  CandidateRefinement(const SearchContext& context, const Query& query,
                      std::vector<Candidate> candidates, SearchCost& cost)
      : context_(context),
        candidates_(std::move(candidates)),
        first_batch_(std::clamp(query.k, kFirstRead, kReadAtOnce)),
        refiner_(context, query),
        envelope_(query.fixes, refiner_.line(), refiner_.back(), query.direction,
                  refiner_.measure()),
        steps_(context, query.fixes.size()),
        cost_(cost),
        clock_(cost) {}

  absl::StatusOr<std::vector<MeasuredCandidate>> Run() {
    while (next_ < candidates_.size()) {
      const absl::Status chosen = Choose(refiner_.has_cutoff() ? kReadAtOnce : first_batch_);
      clock_.Add(&SearchCost::bound_us);
      if (!chosen.ok()) return chosen;
      if (absl::Status s = Measure(); !s.ok()) return s;
    }
    cost_.cells += refiner_.cells();
    return refiner_.Take();
  }

 private:
  const Segment::Arrays& ArraysOf(const SegmentOrdinal& p) const {
    return context_.segments[p.segment].segment->arrays();
  }

  // The next candidates whose bound does not rule them out.
  absl::Status Choose(size_t batch) {
    places_.clear();
    chosen_.clear();
    uint64_t fixes = 0;
    for (; next_ < candidates_.size() && places_.size() < batch && fixes < kFixesAtOnce; ++next_) {
      if (absl::Status s = steps_.Check(); !s.ok()) return s;
      if (next_ + kAhead < candidates_.size()) {
        const SegmentOrdinal& soon = candidates_[next_ + kAhead].place;
        __builtin_prefetch(&ArraysOf(soon).box[soon.ordinal]);
        __builtin_prefetch(&ArraysOf(soon).ends[soon.ordinal]);
        __builtin_prefetch(&ArraysOf(soon).outline[soon.ordinal]);
      }
      const SegmentOrdinal& p = candidates_[next_].place;
      if (refiner_.has_cutoff()) {
        const Segment::Arrays& a = ArraysOf(p);
        const uint32_t o = p.ordinal;
        envelope_.Enter(a.box[o]);
        const double bound_m =
            envelope_.Bound(a.box[o], a.ends[o], a.fixes[o], a.outline[o], refiner_.cutoff_m());
        if (!refiner_.MayEnter(bound_m)) {
          ++cost_.bounded;
          continue;
        }
      }
      fixes += context_.FixesOf(p);
      places_.push_back(p);
      chosen_.push_back(candidates_[next_]);
    }
    return context_.CheckPatience();
  }

  absl::Status Measure() {
    auto geometry = context_.fetch(places_);
    clock_.Add(&SearchCost::read_us);
    if (!geometry.ok()) return geometry.status();
    size_t kept = 0;
    for (size_t i = 0; i < chosen_.size(); ++i) {
      if ((*geometry)[i] == nullptr) continue;  // cannot be read
      std::swap(chosen_[kept], chosen_[i]);
      std::swap((*geometry)[kept++], (*geometry)[i]);
    }
    const absl::Status measured = refiner_.Offer(absl::MakeConstSpan(chosen_).first(kept),
                                                 absl::MakeConstSpan(*geometry).first(kept));
    cost_.refined += kept;
    clock_.Add(&SearchCost::measure_us);
    return measured;
  }

  const SearchContext& context_;
  const std::vector<Candidate> candidates_;
  const size_t first_batch_;
  Refiner refiner_;
  QueryEnvelope envelope_;
  BoundSteps steps_;
  SearchCost& cost_;
  PhaseClock clock_;
  size_t next_ = 0;
  std::vector<SegmentOrdinal> places_;
  std::vector<Candidate> chosen_;
};

}  // namespace

absl::StatusOr<std::vector<MeasuredCandidate>> RefineCandidates(
    const SearchContext& context, const Query& query, const std::vector<Candidate>& candidates,
    SearchCost& cost) {
  return CandidateRefinement(context, query, BestFirst(candidates), cost).Run();
}

}  // namespace spoor
