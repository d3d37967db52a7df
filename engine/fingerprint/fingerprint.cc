#include "engine/fingerprint/fingerprint.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <utility>

#include "engine/fingerprint/own_depths.h"
#include "engine/fingerprint/schemes.h"
#include "engine/fingerprint/thin.h"

namespace spoor {
namespace {

// How many depths in use lie at most between the one that suits a query and the one of a trip.
constexpr int kFarthest = 2;
constexpr double kWeightOfAStep = 0.25;

// The set of the occurrences.
Fingerprint Collect(std::vector<Occurrence> occurrences) {
  Fingerprint out{.geodabs = {}, .occurrences = std::move(occurrences)};
  out.geodabs.reserve(out.occurrences.size());
  for (const Occurrence& o : out.occurrences) out.geodabs.push_back(o.geodab);
  std::ranges::sort(out.geodabs);
  const auto repeated = std::ranges::unique(out.geodabs);
  out.geodabs.erase(repeated.begin(), repeated.end());
  out.fine = static_cast<uint32_t>(out.geodabs.size());
  return out;
}

Fingerprint Thinned(size_t fixes, std::vector<Occurrence> occurrences) {
  Fingerprint out = Collect(std::move(occurrences));
  Thin(std::max(kMostGeodabs, fixes), out);
  out.fine = static_cast<uint32_t>(out.geodabs.size());
  return out;
}

// Makes the geodabs those of a coarser depth.
void MarkCoarse(Fingerprint& fingerprint) {
  for (Geodab& g : fingerprint.geodabs) g |= kCoarseBit;
  for (Occurrence& o : fingerprint.occurrences) o.geodab |= kCoarseBit;
  fingerprint.fine = 0;
}

// Takes the fingerprints of one trip at several depths.
class OwnPrints {
 public:
  OwnPrints(TrajectoryView fixes, const IndexParams& params, Ends ends)
      : fixes_(fixes), ends_(ends), depths_(OwnDepthsOf(fixes, params)) {
    MakeWay(fixes, depths_.params, way_);
  }

  const OwnDepths& depths() const { return depths_; }
  // Cells of the finest depth are so many that where a trip begins and ends says little.
  Fingerprint At(int depth) const {
    const bool marked = depths_.params.k > 1 && ends_ == Ends::kMarked && depth < kFinestOwnDepth;
    std::vector<Occurrence> occurrences;
    AppendV2(way_, depths_.params, depth, marked, occurrences);
    return Thinned(fixes_.size(), std::move(occurrences));
  }

 private:
  const TrajectoryView fixes_;
  const Ends ends_;
  const OwnDepths depths_;
  CleanWay way_;
};

// Both sets of a trip as one.
Fingerprint Both(Fingerprint fine, Fingerprint coarse) {
  MarkCoarse(coarse);
  Fingerprint out{.geodabs = {}, .occurrences = std::move(fine.occurrences), .fine = fine.fine};
  out.geodabs.reserve(fine.geodabs.size() + coarse.geodabs.size());
  std::ranges::merge(fine.geodabs, coarse.geodabs, std::back_inserter(out.geodabs));
  out.occurrences.insert(out.occurrences.end(), coarse.occurrences.begin(),
                         coarse.occurrences.end());
  return out;
}

double WeightOf(int steps_away) { return std::pow(kWeightOfAStep, std::abs(steps_away)); }

// The depth at which what asks at `asks` is compared with what has `own`: its nearest.
std::optional<int> ComparedAt(int asks, const OwnDepths& own) {
  const int depth = std::clamp(asks, own.coarse(), own.fine);
  if (std::abs(depth - asks) > kFarthest * kDepthStep) return std::nullopt;
  return depth;
}

}  // namespace

Fingerprint MakeFingerprint(TrajectoryView fixes, const IndexParams& params, Ends ends) {
  assert(!fixes.empty());
  std::vector<Occurrence> occurrences;
  switch (params.scheme) {
    case Scheme::kV2: {
      if (HasOwnDepths(params)) {
        const OwnPrints prints(fixes, params, ends);
        return Both(prints.At(prints.depths().fine), prints.At(prints.depths().coarse()));
      }
      thread_local CleanWay way;
      MakeWay(fixes, params, way);
      // The cells of what is not smoothed are so few that where they begin and end says much.
      const bool marked = !way.smoothed && params.k > 1 && ends == Ends::kMarked;
      AppendV2(way, params, params.depth, marked, occurrences);
      return Thinned(fixes.size(), std::move(occurrences));
    }
    case Scheme::kPaper:
      AppendPaper(fixes, params, occurrences);
      break;
    case Scheme::kCells:
      AppendCells(fixes, params, occurrences);
      break;
  }
  return Collect(std::move(occurrences));
}

std::vector<AskedSet> AskedSets(TrajectoryView fixes, const IndexParams& params, Ends ends) {
  std::vector<AskedSet> out;
  if (!HasOwnDepths(params)) {
    out.push_back({.fingerprint = MakeFingerprint(fixes, params, ends)});
    return out;
  }
  const OwnPrints prints(fixes, params, ends);
  const int asks = prints.depths().asks;
  for (int away = kFarthest; away >= -kFarthest; --away) {
    const int depth = asks + away * kDepthStep;
    // A finer one is asked of what has no coarser one, a coarser one of what has no finer one.
    const bool as_coarse = away >= 0 && depth + kDepthStep <= kFinestOwnDepth;
    const bool as_fine = away <= 0 && depth - kDepthStep >= kCoarsestOwnDepth;
    if (depth < kCoarsestOwnDepth || depth > kFinestOwnDepth || (!as_coarse && !as_fine)) continue;
    Fingerprint print = prints.At(depth);
    if (as_fine) out.push_back({.fingerprint = print, .weight = WeightOf(away)});
    if (!as_coarse) continue;
    MarkCoarse(print);
    out.push_back({.fingerprint = std::move(print), .coarse = true, .weight = WeightOf(away)});
  }
  return out;
}

ComparedSets CompareSets(TrajectoryView query, TrajectoryView trajectory, const IndexParams& params,
                         Ends query_ends) {
  if (!HasOwnDepths(params)) {
    return {.query = MakeFingerprint(query, params, query_ends).geodabs,
            .trajectory = MakeFingerprint(trajectory, params).geodabs};
  }
  const OwnPrints asking(query, params, query_ends), asked(trajectory, params, Ends::kMarked);
  const int asks = asking.depths().asks;
  const std::optional<int> depth = ComparedAt(asks, asked.depths());
  if (!depth) return {};
  return {.query = asking.At(*depth).geodabs,
          .trajectory = asked.At(*depth).geodabs,
          .weight = WeightOf((*depth - asks) / kDepthStep)};
}

bool HasStrand(const IndexParams& params) { return params.scheme == Scheme::kV2 && params.k > 1; }

std::vector<Geodab> FlipStrand(const std::vector<Geodab>& geodabs) {
  std::vector<Geodab> out(geodabs);
  for (Geodab& g : out) g ^= 1;
  // Only a pair that differs in the strand alone can be out of order, and both are there.
  for (size_t i = 1; i < out.size(); ++i) {
    if (out[i - 1] > out[i]) std::swap(out[i - 1], out[i]);
  }
  return out;
}

}  // namespace spoor
