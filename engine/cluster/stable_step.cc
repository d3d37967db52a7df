#include "engine/cluster/stable_step.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "engine/cluster/trip_distance.h"

namespace spoor {
namespace {

constexpr double kFar = std::numeric_limits<double>::infinity();

// One outlier as one cluster sees it.
struct StrayView {
  uint32_t trip;
  std::vector<uint32_t> away;  // intervals, ascending
  double mean_m = kFar;        // to the nearest member
};

// One cluster and those that it considers.
class ClusterOfStrays {
 public:
  ClusterOfStrays(const StableInput& input, const StableTerms& terms, uint32_t cluster)
      : labels_(input.labels),
        trips_(input.labels.trips()),
        range_(input.range),
        terms_(terms),
        members_(input.groups.groups[cluster]),
        home_(input.range.end - input.range.first) {
    for (const uint32_t x : members_) {
      for (uint32_t j = std::max(range_.first, trips_.first(x)),
                    end = std::min(range_.end, trips_.end(x));
           j < end; ++j) {
        home_[j - range_.first].insert(labels_.Of(x, j));
      }
    }
  }

  const std::set<int32_t>& home(uint32_t interval) const { return home_[interval - range_.first]; }
  const std::vector<uint32_t>& members() const { return members_; }

  // Where o is away; with `shares` how many intervals it shares.
  std::vector<uint32_t> AwayOf(uint32_t o, uint32_t* shares) const {
    std::vector<uint32_t> away;
    *shares = 0;
    for (uint32_t j = First(o); j < End(o); ++j) {
      if (home(j).empty()) continue;
      if (home(j).contains(labels_.Of(o, j))) {
        ++*shares;
      } else {
        away.push_back(j);
      }
    }
    return away;
  }

  // max_j D_j(o, x), or anything at least `cutoff_m`.
  double LargestM(const StrayView& o, uint32_t x, double cutoff_m) {
    const uint32_t first = std::max(First(o.trip), trips_.first(x));
    const uint32_t end = std::min(End(o.trip), trips_.end(x));
    if (first >= end || end - first < terms_.min_overlap) return kFar;
    double largest = 0;
    // First what needs no anchor.
    for (const bool strayed : {false, true}) {
      size_t a = 0;
      for (uint32_t j = first; j < end; ++j) {
        while (a < o.away.size() && o.away[a] < j) ++a;
        const bool is_away = a < o.away.size() && o.away[a] == j;
        if (is_away != strayed) continue;
        const MovedStep from = trips_.StepOf(o.trip, j), to = trips_.StepOf(x, j);
        if (!strayed && StepDistanceAtLeastM(from, to) >= cutoff_m * (1 + 1e-9)) return kFar;
        const double d = StepDistanceM(from, to);
        largest = std::max(largest, strayed ? d - BeyondM(o.trip, j) : d);
        if (largest >= cutoff_m) return kFar;
      }
    }
    return largest;
  }

  // delta_j: how much further than eps o is from the nearest anchor.
  double BeyondM(uint32_t o, uint32_t interval) {
    const auto [at, is_new] = beyond_.try_emplace({o, interval}, 0.0);
    if (!is_new) return at->second;
    const MovedStep step = trips_.StepOf(o, interval);
    double nearest = kFar;
    for (const uint32_t m : AnchorsIn(interval)) {
      const MovedStep other = trips_.StepOf(m, interval);
      if (StepDistanceAtLeastM(step, other) * (1 - 1e-9) < nearest) {
        nearest = std::min(nearest, StepDistanceM(step, other));
      }
    }
    return at->second = nearest == kFar ? 0 : std::max(0.0, nearest - terms_.eps_m);
  }

  uint32_t First(uint32_t o) const { return std::max(range_.first, trips_.first(o)); }
  uint32_t End(uint32_t o) const { return std::min(range_.end, trips_.end(o)); }

 private:
  const std::vector<uint32_t>& AnchorsIn(uint32_t interval) {
    const auto [at, is_new] = anchors_.try_emplace(interval);
    if (!is_new) return at->second;
    for (const uint32_t t : labels_.In(interval)) {
      if (!home(interval).contains(labels_.Of(t, interval))) continue;
      if (terms_.anchor == StrayAnchor::kMember || labels_.IsCore(t, interval))
        at->second.push_back(t);
    }
    return at->second;
  }

  const StepLabels& labels_;
  const AlignedTrips& trips_;
  const IntervalRange range_;
  const StableTerms& terms_;
  const std::vector<uint32_t>& members_;
  std::vector<std::set<int32_t>> home_;  // of each interval: its segment clusters there
  std::map<std::pair<uint32_t, uint32_t>, double> beyond_;
  std::map<uint32_t, std::vector<uint32_t>> anchors_;
};

std::vector<IntervalRange> RunsOf(const std::vector<uint32_t>& intervals) {
  std::vector<IntervalRange> out;
  for (const uint32_t j : intervals) {
    if (!out.empty() && out.back().end == j) {
      ++out.back().end;
    } else {
      out.push_back({j, j + 1});
    }
  }
  return out;
}

class StableStep {
 public:
  StableStep(const StableInput& input, const StableTerms& terms, const Patience& patience)
      : input_(input), terms_(terms), patience_(patience) {}

  absl::StatusOr<StableResult> Run() {
    FindConsidered();
    uint64_t pairs = 0;
    for (const auto& [cluster, strays] : considered_) {
      pairs += strays.size() * input_.groups.groups[cluster].size();
    }
    if (pairs > kMostStrayPairs) {
      return absl::InvalidArgumentError(absl::StrCat(
          "the stable step would compare ", pairs, " pairs of outliers and members; allowed: ",
          kMostStrayPairs, "; a smaller eps_m, fewer trajectories, or \"stable\": false"));
    }
    for (const auto& [cluster, strays] : considered_) {
      if (absl::Status s = Decide(cluster, strays); !s.ok()) return s;
    }
    return Apply();
  }

 private:
  // By cluster, the outliers that share a segment cluster with one of its members.
  void FindConsidered() {
    const StepLabels& labels = input_.labels;
    std::vector<int32_t> group_of(labels.trips().size(), kOutlier);
    for (size_t c = 0; c < input_.groups.groups.size(); ++c) {
      for (const uint32_t t : input_.groups.groups[c]) group_of[t] = static_cast<int32_t>(c);
    }
    std::vector<bool> is_stray(labels.trips().size());
    for (const uint32_t t : input_.groups.outliers) is_stray[t] = true;
    std::map<uint32_t, std::set<uint32_t>> found;
    for (uint32_t j = input_.range.first; j < input_.range.end; ++j) {
      std::vector<std::set<uint32_t>> groups(labels.clusters(j));
      for (const uint32_t t : labels.In(j)) {
        const int32_t label = labels.Of(t, j);
        if (label != kOutlier && group_of[t] != kOutlier) {
          groups[static_cast<size_t>(label)].insert(static_cast<uint32_t>(group_of[t]));
        }
      }
      for (const uint32_t t : labels.In(j)) {
        const int32_t label = labels.Of(t, j);
        if (label == kOutlier || !is_stray[t]) continue;
        for (const uint32_t g : groups[static_cast<size_t>(label)]) found[g].insert(t);
      }
    }
    for (const auto& [cluster, strays] : found) {
      considered_[cluster] = {strays.begin(), strays.end()};
    }
  }

  absl::Status Decide(uint32_t cluster, const std::vector<uint32_t>& strays) {
    ClusterOfStrays seen(input_, terms_, cluster);
    double threshold = terms_.cap ? *terms_.cap * terms_.eps_m : kFar;
    std::vector<StrayView> views;
    std::vector<uint32_t> shares(strays.size());
    for (size_t i = 0; i < strays.size(); ++i) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      views.push_back({strays[i], seen.AwayOf(strays[i], &shares[i])});
      for (const uint32_t x : seen.members()) {
        threshold = std::min(threshold, seen.LargestM(views[i], x, threshold));
      }
    }
    for (size_t i = 0; i < views.size(); ++i) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      const bool mostly = shares[i] >= views[i].away.size();
      FindNearest(seen, views[i]);
      const bool accepted = views[i].mean_m < threshold && (!terms_.strict || mostly);
      Tell(seen, cluster, views[i], {threshold, accepted});
    }
    return absl::OkStatus();
  }

  // The mean to the nearest member.  No member is worth more than the best of it so far.
  void FindNearest(const ClusterOfStrays& seen, StrayView& o) const {
    const uint32_t first = seen.First(o.trip), end = seen.End(o.trip);
    for (const uint32_t x : seen.members()) {
      o.mean_m = std::min(o.mean_m, MeanWithin(o.trip, x, {first, end}, o.mean_m));
    }
  }
  double MeanWithin(uint32_t o, uint32_t x, IntervalRange range, double cutoff_m) const {
    const AlignedTrips& trips = input_.labels.trips();
    const uint32_t first = std::max(range.first, trips.first(x));
    const uint32_t end = std::min(range.end, trips.end(x));
    if (first >= end || end - first < terms_.min_overlap) return kFar;
    const double most = cutoff_m * (end - first) * (1 + 1e-9);
    double at_least = 0, sum = 0;
    for (uint32_t j = first; j < end && at_least <= most; ++j) {
      at_least += StepDistanceAtLeastM(trips.StepOf(o, j), trips.StepOf(x, j));
    }
    if (at_least > most) return kFar;
    for (uint32_t j = first; j < end; ++j) {
      sum += StepDistanceM(trips.StepOf(o, j), trips.StepOf(x, j));
    }
    return sum / (end - first);
  }

  struct Verdict {
    double threshold_m;
    bool accepted;
  };
  void Tell(ClusterOfStrays& seen, uint32_t cluster, const StrayView& o, Verdict verdict) {
    if (o.mean_m == kFar) return;
    double beyond = 0;
    const auto [at, is_new] = told_.try_emplace(o.trip);
    Candidate next{cluster, o.mean_m, verdict.threshold_m, o.away, 0};
    if (verdict.accepted) accepted_[o.trip].push_back({cluster, o.mean_m});
    const bool nearer = is_new || next.mean_m < at->second.mean_m;
    if (!verdict.accepted && !nearer) return;
    for (const uint32_t j : o.away) beyond = std::max(beyond, seen.BeyondM(o.trip, j));
    next.beyond_m = beyond;
    if (verdict.accepted) by_cluster_[{o.trip, cluster}] = next;
    if (nearer) at->second = std::move(next);
  }

  struct Candidate {
    uint32_t cluster = 0;
    double mean_m = 0, threshold_m = 0;
    std::vector<uint32_t> away;
    double beyond_m = 0;
  };
  struct Offer {
    uint32_t cluster;
    double mean_m;
  };

  uint32_t ChooseOf(uint32_t trip, const std::vector<Offer>& offers) const {
    const bool by_silhouette =
        terms_.several == Several::kSilhouette && input_.silhouette != nullptr && offers.size() > 1;
    const auto distance = [this](uint32_t a, uint32_t b) {
      return MeanStepDistanceM(input_.labels.trips(), a, b, terms_.min_overlap);
    };
    const Offer* best = nullptr;
    double best_value = 0;
    for (const Offer& offer : offers) {
      const double value = by_silhouette ? input_.silhouette->MeanWith(
                                               trip, static_cast<int32_t>(offer.cluster), distance)
                                         : 0;
      const bool better = best == nullptr || value > best_value ||
                          (value == best_value && offer.mean_m < best->mean_m);
      if (better) best = &offer, best_value = value;
    }
    return best->cluster;
  }

  absl::StatusOr<StableResult> Apply() {
    StableResult out;
    out.labels.assign(input_.labels.trips().size(), kOutlier);
    for (size_t c = 0; c < input_.groups.groups.size(); ++c) {
      for (const uint32_t t : input_.groups.groups[c]) out.labels[t] = static_cast<int32_t>(c);
    }
    for (const auto& [trip, nearest] : told_) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      const auto offers = accepted_.find(trip);
      const bool rejoined = offers != accepted_.end();
      const Candidate& c =
          rejoined ? by_cluster_.at({trip, ChooseOf(trip, offers->second)}) : nearest;
      const uint32_t there = std::min(input_.range.end, input_.labels.trips().end(trip)) -
                             std::max(input_.range.first, input_.labels.trips().first(trip));
      const int many = 2 * c.away.size() > there ? 2 : 0, large = c.beyond_m > terms_.eps_m ? 1 : 0;
      out.decisions.push_back({trip, c.cluster, rejoined, c.mean_m, c.threshold_m, RunsOf(c.away),
                               static_cast<StrayCase>(many + large)});
      if (rejoined) out.labels[trip] = static_cast<int32_t>(c.cluster);
    }
    return out;
  }

  const StableInput& input_;
  const StableTerms& terms_;
  const Patience& patience_;
  std::map<uint32_t, std::vector<uint32_t>> considered_;
  std::map<uint32_t, Candidate> told_;  // nearest of each
  std::map<uint32_t, std::vector<Offer>> accepted_;
  std::map<std::pair<uint32_t, uint32_t>, Candidate> by_cluster_;
};

}  // namespace

absl::StatusOr<StableResult> RejoinStrays(const StableInput& input, const StableTerms& terms,
                                          const Patience& patience) {
  return StableStep(input, terms, patience).Run();
}

}  // namespace spoor
