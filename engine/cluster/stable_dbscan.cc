#include "engine/cluster/stable_dbscan.h"

#include <algorithm>

#include "engine/cluster/trip_distance.h"

namespace spoor {
namespace {

std::vector<int32_t> LabelsOfGroups(const TripGroups& groups, size_t trips) {
  std::vector<int32_t> out(trips, kOutlier);
  for (size_t c = 0; c < groups.groups.size(); ++c) {
    for (const uint32_t t : groups.groups[c]) out[t] = static_cast<int32_t>(c);
  }
  return out;
}

std::vector<std::vector<uint32_t>> GroupsOfLabels(const std::vector<int32_t>& labels,
                                                  size_t count) {
  std::vector<std::vector<uint32_t>> out(count);
  for (uint32_t t = 0; t < labels.size(); ++t) {
    if (labels[t] != kOutlier) out[static_cast<size_t>(labels[t])].push_back(t);
  }
  return out;
}

class StableRun {
 public:
  StableRun(const AlignedTrips& trips, const StableDbscanTerms& terms, const Patience& patience)
      : trips_(trips), terms_(terms), patience_(patience), step_(terms.step) {}

  absl::StatusOr<StableClusters> Run() {
    if (absl::Status s = FindSegments(); !s.ok()) return s;
    const Companions companions(*out_.steps);
    const TripGroups whole = companions.Whole(step_.min_overlap);
    if (absl::Status s = MakeSilhouette(whole); !s.ok()) return s;
    if (absl::Status s = Rejoin(whole); !s.ok()) return s;
    Renumber(whole.groups.size());
    if (terms_.windows) {
      if (absl::Status s = FindRanges(companions); !s.ok()) return s;
    }
    return std::move(out_);
  }

 private:
  absl::Status FindSegments() {
    if (terms_.eps_m) {
      out_.eps_m = *terms_.eps_m;
    } else {
      auto proposed = ProposeEps(trips_, terms_.min_samples, patience_);
      if (!proposed.ok()) return proposed.status();
      out_.proposed = *proposed;
      out_.eps_m = proposed->eps_m;
    }
    step_.eps_m = out_.eps_m;
    auto steps = LabelSteps(trips_, {out_.eps_m, terms_.min_samples, terms_.rule}, terms_.threads,
                            patience_);
    if (!steps.ok()) return steps.status();
    out_.steps = *std::move(steps);
    out_.evolved = Evolve(*out_.steps);
    return absl::OkStatus();
  }

  double DistanceM(uint32_t a, uint32_t b) const {
    return MeanStepDistanceM(trips_, a, b, step_.min_overlap);
  }

  absl::Status MakeSilhouette(const TripGroups& whole) {
    double members = 0;
    for (const auto& group : whole.groups) members += static_cast<double>(group.size());
    const double pairs = members * members / 2;
    const double sums =
        static_cast<double>(trips_.size()) * static_cast<double>(whole.groups.size());
    if (!terms_.silhouette || pairs * trips_.intervals() > kMostSilhouetteSteps ||
        sums > kMostSilhouetteSums) {
      return absl::OkStatus();
    }
    auto made = Silhouette::Of(
        LabelsOfGroups(whole, trips_.size()),
        [this](uint32_t a, uint32_t b) { return DistanceM(a, b); },
        terms_.threads > 2 ? terms_.threads : 1, patience_);
    if (!made.ok()) return made.status();
    out_.silhouette = *std::move(made);
    return absl::OkStatus();
  }

  absl::Status Rejoin(const TripGroups& whole) {
    out_.before = out_.labels = LabelsOfGroups(whole, trips_.size());
    if (!terms_.stable) return absl::OkStatus();
    auto stable = RejoinStrays({*out_.steps,
                                whole,
                                {0, trips_.intervals()},
                                out_.silhouette ? &*out_.silhouette : nullptr},
                               step_, patience_);
    if (!stable.ok()) return stable.status();
    out_.labels = std::move(stable->labels);
    out_.decisions = std::move(stable->decisions);
    if (!out_.silhouette) return absl::OkStatus();
    for (const Rejoining& d : out_.decisions) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      if (d.rejoined) {
        out_.silhouette->Add(d.trip, out_.labels[d.trip],
                             [this](uint32_t a, uint32_t b) { return DistanceM(a, b); });
      }
    }
    return absl::OkStatus();
  }

  void Renumber(size_t count) {
    out_.clusters = static_cast<uint32_t>(count);
    const auto groups = GroupsOfLabels(out_.labels, count);
    std::vector<uint32_t> order(count);
    for (uint32_t c = 0; c < count; ++c) order[c] = c;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return std::pair(groups[b].size(), groups[a][0]) < std::pair(groups[a].size(), groups[b][0]);
    });
    std::vector<int32_t> number(count);
    for (size_t i = 0; i < count; ++i) number[order[i]] = static_cast<int32_t>(i);
    for (auto* labels : {&out_.labels, &out_.before}) {
      for (int32_t& l : *labels) l = l == kOutlier ? kOutlier : number[static_cast<size_t>(l)];
    }
    for (Rejoining& d : out_.decisions) d.cluster = static_cast<uint32_t>(number[d.cluster]);
  }

  absl::Status FindRanges(const Companions& companions) {
    std::vector<bool> there(trips_.size());
    for (const IntervalRange& w : WindowsOf(trips_.intervals(), *terms_.windows)) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      std::vector<uint32_t> in;
      for (uint32_t j = w.first; j < w.end; ++j) {
        for (const uint32_t t : out_.steps->In(j)) {
          if (!there[t]) in.push_back(t), there[t] = true;
        }
      }
      for (const uint32_t t : in) there[t] = false;
      std::sort(in.begin(), in.end());
      TripGroups groups = companions.Within(w, terms_.windows->min_overlap, in);
      if (terms_.stable) {
        const auto stable = RejoinStrays({*out_.steps, groups, w}, step_, patience_);
        if (!stable.ok()) return stable.status();
        const size_t count = groups.groups.size();
        groups.groups = GroupsOfLabels(stable->labels, count);
        std::erase_if(groups.outliers, [&](uint32_t t) { return stable->labels[t] != kOutlier; });
        OrderGroups(groups.groups);
      }
      AddWindow({w, w.end - w.first < terms_.windows->window, std::move(groups)}, out_.ranges);
    }
    return absl::OkStatus();
  }

  const AlignedTrips& trips_;
  const StableDbscanTerms& terms_;
  const Patience& patience_;
  StableTerms step_;
  StableClusters out_;
};

}  // namespace

absl::StatusOr<StableClusters> FindStableClusters(const AlignedTrips& trips,
                                                  const StableDbscanTerms& terms,
                                                  const Patience& patience) {
  return StableRun(trips, terms, patience).Run();
}

}  // namespace spoor
