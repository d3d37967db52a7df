#include <algorithm>
#include <utility>
#include <vector>

#include "engine/search/phase_clock.h"
#include "engine/search/refine.h"
#include "engine/segment/segment_filter.h"

namespace spoor {
namespace {

// How many trajectories are read and measured together, at most.  Few at first, no more than are
// asked for, because they give the cutoff for all others: what is far and huge need not be read.
constexpr size_t kFirstBatch = 16;
constexpr size_t kBatch = 64;

// What may hold some of the nearest: a group of trajectories, or one that is known by its outline.
struct Suspect {
  double bound_m = 0;
  double hint_m = 0;  // how far it strays from the query, where the bound says nothing
  uint32_t segment = 0;
  uint32_t number = 0;  // of the group within its level, or the ordinal
  int8_t level = 0;     // of the group, or kTrajectory
  bool maybe = false;   // the filter has to see its fixes

  static constexpr int8_t kTrajectory = -1;

  SegmentOrdinal place() const { return {segment, number}; }
};

// Opens whatever has the lowest bound next: a group gives the groups or trajectories in it,
// trajectories are read and measured.  So little more is looked at than what is nearer than the
// last of the answer.
class ExactSearch {
 public:
  ExactSearch(const SearchContext& context, const Query& query, SearchCost& cost)
      : context_(context),
        query_(query),
        cost_(cost),
        clock_(cost),
        refiner_(context, query),
        envelope_(query.fixes, refiner_.line(), refiner_.back(), query.direction,
                  refiner_.measure()),
        steps_(context, query.fixes.size()) {}

  absl::StatusOr<std::vector<MeasuredCandidate>> Run() {
    if (absl::Status s = AddAll(); !s.ok()) return s;
    for (size_t wanted = std::min(kFirstBatch, query_.k);; wanted = kBatch) {
      if (absl::Status s = Choose(wanted); !s.ok()) return s;
      if (batch_.empty()) break;
      if (absl::Status s = Measure(); !s.ok()) return s;
    }
    cost_.bounded += undecided_;
    cost_.cells += refiner_.cells();
    return refiner_.Take();
  }

 private:
  const Segment::Arrays& ArraysOf(uint32_t segment) const {
    return context_.segments[segment].segment->arrays();
  }

  void Add(Suspect suspect, double bound_m) {
    suspect.bound_m = std::max(suspect.bound_m, bound_m);
    if (!refiner_.MayEnter(suspect.bound_m)) return;
    suspect.hint_m = suspect.bound_m > 0 ? 0 : envelope_.StrayM();
    suspects_.push_back(suspect);
    std::push_heap(suspects_.begin(), suspects_.end(), Later);
  }
  static bool Later(const Suspect& a, const Suspect& b) {
    return a.bound_m != b.bound_m ? a.bound_m > b.bound_m : a.hint_m > b.hint_m;
  }

  absl::Status AddAll() {
    filters_.reserve(context_.segments.size());
    levels_.reserve(context_.segments.size());
    for (uint32_t s = 0; s < context_.segments.size(); ++s) {
      if (absl::Status status = steps_.Check(); !status.ok()) return status;
      const Segment::Arrays& a = ArraysOf(s);
      filters_.emplace_back(query_.filter, context_.segments[s]);
      levels_.emplace_back(a.size);
      if (filters_[s].never() || a.size == 0) continue;
      undecided_ += a.size;
      const auto top = static_cast<int8_t>(levels_[s].levels - 1);
      const Suspect all{.segment = s, .level = top};
      envelope_.Enter(GroupOf(all).cover);
      AddGroup(all);
    }
    return absl::OkStatus();
  }

  const Group& GroupOf(const Suspect& s) const {
    return ArraysOf(s.segment).groups[levels_[s.segment].first[s.level] + s.number];
  }

  void AddGroup(Suspect s) {
    const Group& group = GroupOf(s);
    if (!filters_[s.segment].MayPass(group.cover)) {
      undecided_ -= SizeOf(s);
      return;
    }
    Add(s, envelope_.Bound(group, refiner_.cutoff_m()));
  }

  // How many trajectories a group has.
  uint32_t SizeOf(const Suspect& group) const {
    uint32_t size = kGroupSize;
    for (int8_t level = 0; level < group.level; ++level) size *= kGroupFan;
    return std::min(size, ArraysOf(group.segment).size - group.number * size);
  }

  // The next trajectories to be measured.
  absl::Status Choose(size_t wanted) {
    uint64_t fixes = 0;
    while (batch_.size() < wanted && !suspects_.empty() && fixes < kFixesAtOnce) {
      std::pop_heap(suspects_.begin(), suspects_.end(), Later);
      const Suspect next = suspects_.back();
      suspects_.pop_back();
      if (!refiner_.MayEnter(next.bound_m)) {
        suspects_.clear();
        break;
      }
      if (next.level == Suspect::kTrajectory) {
        batch_.push_back(next);
        fixes += context_.FixesOf(next.place());
        continue;
      }
      const absl::Status added = next.level == 0 ? AddTrajectories(next) : AddGroupsIn(next);
      if (!added.ok()) return added;
    }
    clock_.Add(&SearchCost::bound_us);
    return absl::OkStatus();
  }

  absl::Status AddGroupsIn(const Suspect& group) {
    const uint32_t from = group.number * kGroupFan;
    const auto level = static_cast<int8_t>(group.level - 1);
    const uint32_t to = std::min(levels_[group.segment].count[level], from + kGroupFan);
    envelope_.Enter(GroupOf(group).cover);
    for (uint32_t g = from; g < to; ++g) {
      if (absl::Status s = steps_.Check(); !s.ok()) return s;
      AddGroup({.bound_m = group.bound_m, .segment = group.segment, .number = g, .level = level});
    }
    return absl::OkStatus();
  }

  absl::Status AddTrajectories(const Suspect& group) {
    const Segment::Arrays& a = ArraysOf(group.segment);
    const absl::Span<const uint32_t> ordinals = a.group_of(group.number);
    envelope_.Enter(GroupOf(group).cover);
    for (const uint32_t o : ordinals) {
      __builtin_prefetch(&a.box[o]);
      __builtin_prefetch(&a.ends[o]);
      __builtin_prefetch(&a.outline[o]);
      __builtin_prefetch(&a.fixes[o]);
    }
    for (const uint32_t o : ordinals) {
      if (absl::Status s = steps_.Check(); !s.ok()) return s;
      const Verdict verdict = a.IsOrdinal(o) ? filters_[group.segment].Judge(o) : Verdict::kNo;
      if (verdict == Verdict::kNo) {
        --undecided_;
        continue;
      }
      Add({.bound_m = group.bound_m,
           .segment = group.segment,
           .number = o,
           .level = Suspect::kTrajectory,
           .maybe = verdict == Verdict::kMaybe},
          envelope_.Bound(a.box[o], a.ends[o], a.fixes[o], a.outline[o], refiner_.cutoff_m()));
    }
    return absl::OkStatus();
  }

  absl::Status Measure() {
    if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
    places_.clear();
    for (const Suspect& s : batch_) places_.push_back(s.place());
    auto geometry = context_.fetch(places_);
    clock_.Add(&SearchCost::read_us);
    if (!geometry.ok()) return geometry.status();
    candidates_.clear();
    size_t kept = 0;
    for (size_t i = 0; i < batch_.size(); ++i) {
      if ((*geometry)[i] == nullptr) continue;  // cannot be read
      const Segment& segment = *context_.segments[places_[i].segment].segment;
      const TrajectoryView fixes = (*geometry)[i]->fixes;
      if (batch_[i].maybe && !Admits(query_.filter, segment, places_[i].ordinal, fixes)) continue;
      candidates_.push_back({.score = 0, .direction = Direction::kSame, .place = places_[i]});
      std::swap((*geometry)[kept++], (*geometry)[i]);
    }
    const absl::Status measured =
        refiner_.Offer(candidates_, absl::MakeConstSpan(*geometry).first(kept));
    undecided_ -= batch_.size();
    cost_.refined += kept;
    batch_.clear();
    clock_.Add(&SearchCost::measure_us);
    return measured;
  }

  const SearchContext& context_;
  const Query& query_;
  SearchCost& cost_;
  PhaseClock clock_;
  Refiner refiner_;
  QueryEnvelope envelope_;
  BoundSteps steps_;
  std::vector<SegmentFilter> filters_;  // by segment
  std::vector<GroupLevels> levels_;     // by segment
  std::vector<Suspect> suspects_;       // a heap, the lowest bound on top
  std::vector<Suspect> batch_;          // to be measured
  std::vector<SegmentOrdinal> places_;
  std::vector<Candidate> candidates_;
  uint64_t undecided_ = 0;  // trajectories that neither the filter nor the measure has seen
};

}  // namespace

absl::StatusOr<std::vector<MeasuredCandidate>> RefineAll(const SearchContext& context,
                                                         const Query& query, SearchCost& cost) {
  return ExactSearch(context, query, cost).Run();
}

}  // namespace spoor
