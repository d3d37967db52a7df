#include "engine/motif/runs.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <map>
#include <numbers>
#include <set>
#include <utility>

#include "engine/motif/run_area.h"
#include "engine/motif/run_walk.h"
#include "engine/search/candidates.h"
#include "engine/segment/segment_filter.h"
#include "engine/segment/segment_format.h"
#include "engine/store/home_key.h"

namespace spoor {
namespace {

constexpr double kWorldM = 2 * std::numbers::pi * kEarthRadiusM;

constexpr int kPaperPrefixBits = 16;  // of a geodab that say where it is

// The side of the square with the area of a cell, at this latitude.
double SideM(int depth, double lat_deg) {
  const double width_m =
      std::ldexp(kWorldM * std::cos(lat_deg * std::numbers::pi / 180), -((depth + 1) / 2));
  return std::sqrt(width_m * std::ldexp(kWorldM / 2, -(depth / 2)));
}

double MiddleLatDeg(const Box& box) {
  return (static_cast<double>(box.south_e7) + static_cast<double>(box.north_e7)) / 2e7;
}

bool CountsAt(uint64_t hash, uint32_t level) { return level == 0 || hash >> (64 - level) == 0; }

// Counts of pairs of terms of one segment, each trip once.
class TermPairs {
 public:
  TermPairs() : slots_(1 << 12) {}

  void Add(uint32_t first, uint32_t last, uint32_t trip) {
    const uint64_t key = uint64_t{first} << 32 | last;
    Slot& slot = Find(key);
    if (slot.trips == 0) {
      slot = {key, 1, trip};
      if (++used_ * 4 > slots_.size() * 3) Grow();
      return;
    }
    if (slot.last == trip) return;
    slot.last = trip;
    ++slot.trips;
  }

  template <typename Visit>
  void ForEach(Visit visit) const {
    for (const Slot& s : slots_) {
      if (s.trips > 0)
        visit(static_cast<uint32_t>(s.key >> 32), static_cast<uint32_t>(s.key), s.trips);
    }
  }

 private:
  struct Slot {
    uint64_t key = 0;
    uint32_t trips = 0, last = 0;
  };
  Slot& Find(uint64_t key) {
    const size_t mask = slots_.size() - 1;
    size_t at = (key * 0x9e3779b97f4a7c15 >> 20) & mask;
    while (slots_[at].trips > 0 && slots_[at].key != key) at = (at + 1) & mask;
    return slots_[at];
  }
  void Grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& s : old) {
      if (s.trips > 0) Find(s.key) = s;
    }
  }

  std::vector<Slot> slots_;
  size_t used_ = 0;
};

// Those of a segment that pass the filter, ascending.
absl::StatusOr<std::vector<uint32_t>> Passing(const SearchContext& context, uint32_t segment,
                                              const Filter& filter) {
  std::vector<uint32_t> sure;
  std::vector<SegmentOrdinal> unsure;
  SegmentFilter(filter, context.segments[segment]).ForEachPossible([&](uint32_t o, Verdict v) {
    v == Verdict::kYes ? sure.push_back(o) : unsure.push_back({segment, o});
    return true;
  });
  if (unsure.empty()) return sure;
  const auto admitted = AdmitByFixes(context, filter, unsure);
  if (!admitted.ok()) return admitted.status();
  const size_t middle = sure.size();
  for (size_t i = 0; i < unsure.size(); ++i) {
    if ((*admitted)[i]) sure.push_back(unsure[i].ordinal);
  }
  std::inplace_merge(sure.begin(), sure.begin() + static_cast<ptrdiff_t>(middle), sure.end());
  return sure;
}

int DepthOf(const Segment::Arrays& arrays, uint32_t ordinal, const IndexParams& params) {
  return DepthOfTrip(params, arrays.length_m[ordinal], arrays.fixes[ordinal],
                     MiddleLatDeg(arrays.box[ordinal]));
}

using PassingOf = std::vector<std::vector<uint32_t>>;  // by segment
absl::StatusOr<PassingOf> AllPassing(const SearchContext& context, const RunQuery& query,
                                     std::vector<uint64_t>& steps) {
  PassingOf out;
  steps.assign(RunQuery::kMostLevels + 1, 0);
  for (uint32_t s = 0; s < context.segments.size(); ++s) {
    auto passing = Passing(context, s, query.filter);
    if (!passing.ok()) return passing.status();
    const Segment& segment = *context.segments[s].segment;
    for (size_t i = 0; i < passing->size(); ++i) {
      if (i % 4096 == 0) {
        if (absl::Status late = context.CheckPatience(); !late.ok()) return late;
      }
      const uint64_t hash = StableHash(segment.id((*passing)[i]));
      const uint32_t levels =
          hash == 0 ? RunQuery::kMostLevels
                    : std::min<uint32_t>(RunQuery::kMostLevels,
                                         static_cast<uint32_t>(std::countl_zero(hash)));
      for (uint32_t l = 0; l <= levels; ++l) steps[l] += segment.arrays().fine[(*passing)[i]];
    }
    out.push_back(*std::move(passing));
  }
  return out;
}

absl::Status CountSegment(const SearchContext& context, const RunQuery& query, uint32_t s,
                          const std::vector<uint32_t>& passing, RunAnswer& answer) {
  const Segment& segment = *context.segments[s].segment;
  const Segment::Arrays& arrays = segment.arrays();
  RunArea area(query.filter, arrays);
  TermPairs pairs;
  for (size_t i = 0; i < passing.size(); ++i) {
    if (i % 256 == 0) {
      if (absl::Status late = context.CheckPatience(); !late.ok()) return late;
    }
    const uint32_t o = passing[i];
    if (query.level > 0 && !CountsAt(StableHash(segment.id(o)), query.level)) continue;
    const int depth = DepthOf(arrays, o, *context.params);
    const std::vector<uint8_t>* inside =
        area.InsideAt(context.params->scheme == Scheme::kPaper ? kPaperPrefixBits : depth);
    ForEachRun(arrays, o, StepsOfRun(depth, query.min_length_m), [&](const TermRun& run) {
      if (inside != nullptr && ((*inside)[run.first] & (*inside)[run.last]) == 0) return true;
      pairs.Add(run.first, run.last, o);
      return true;
    });
  }
  // What nobody can add to need not be told.
  const uint32_t least = context.segments.size() == 1 ? query.least : 1;
  pairs.ForEach([&](uint32_t first, uint32_t last, uint32_t trips) {
    if (trips < least && !query.either) return;
    RunKey key{segment.geodab(first), segment.geodab(last)};
    if (query.either) key = EitherWay(key, *context.params);
    if (query.after && key <= *query.after) return;
    answer.runs.push_back({key, trips});
  });
  return absl::OkStatus();
}

void SortAndSum(std::vector<RunCount>& runs, uint32_t least) {
  std::ranges::sort(runs, {}, &RunCount::key);
  size_t kept = 0;
  for (size_t i = 0; i < runs.size();) {
    RunCount sum = runs[i];
    while (++i < runs.size() && runs[i].key == sum.key) sum.trips += runs[i].trips;
    if (sum.trips >= least) runs[kept++] = sum;
  }
  runs.resize(kept);
}

}  // namespace

RunKey OppositeOf(const RunKey& key, const IndexParams& params) {
  if (HasStrand(params)) return {FlipStrand({key.last}).front(), FlipStrand({key.first}).front()};
  return params.scheme == Scheme::kPaper ? key : RunKey{key.last, key.first};
}

RunKey EitherWay(const RunKey& key, const IndexParams& params) {
  return std::min(key, OppositeOf(key, params));
}

uint32_t StepsOfRun(int depth, double min_length_m) {
  constexpr double kLatDeg = 45;  // the same everywhere, so that neighbours have the same runs
  // Of a way across cells a step is a little less than the side of a cell.
  constexpr double kStepOfSide = 1.2, kMost = 64;
  const double steps = min_length_m / (kStepOfSide * SideM(depth, kLatDeg));
  return static_cast<uint32_t>(std::clamp(std::round(steps), 1.0, kMost));
}

int DepthOfTrip(const IndexParams& params, double length_m, uint32_t fixes, double lat_deg) {
  if (!HasOwnDepths(params)) return params.depth;
  // engine/fingerprint/own_depths.h, from what is known without the fixes.
  constexpr int kFinest = 35, kStep = 4, kCoarsest = 15;
  const double step_m = fixes > 1 ? length_m / (fixes - 1) : 0;
  const double wanted_m = std::max(1.5 * step_m, length_m / 1000);
  int fine = kFinest;
  while (fine > kCoarsest && SideM(fine - kStep, lat_deg) < wanted_m) fine -= kStep;
  return fine;
}

absl::StatusOr<RunAnswer> CountRuns(const SearchContext& context, const RunQuery& query) {
  RunAnswer answer;
  const auto passing = AllPassing(context, query, answer.steps);
  if (!passing.ok()) return passing.status();
  for (uint32_t s = 0; s < context.segments.size() && !query.only_steps; ++s) {
    absl::Status counted = CountSegment(context, query, s, (*passing)[s], answer);
    if (!counted.ok()) return counted;
  }
  SortAndSum(answer.runs, query.least);
  answer.more = answer.runs.size() > query.most;
  if (answer.more) answer.runs.resize(std::max<uint64_t>(1, query.most));
  return answer;
}

RunAnswer MergeRuns(std::vector<RunAnswer> parts, uint32_t least) {
  RunAnswer out;
  std::optional<RunKey> complete;  // up to here
  for (const RunAnswer& part : parts) {
    if (!part.more || part.runs.empty()) continue;
    const RunKey& last = part.runs.back().key;
    if (!complete || last < *complete) complete = last;
  }
  out.more = complete.has_value();
  for (size_t p = 0; p < parts.size(); ++p) {
    if (complete) {
      std::erase_if(parts[p].runs, [&](const RunCount& run) { return run.key > *complete; });
    }
    out.damaged += parts[p].damaged;
    out.position = p == 0 ? parts[p].position : std::min(out.position, parts[p].position);
    out.steps.resize(std::max(out.steps.size(), parts[p].steps.size()));
    for (size_t l = 0; l < parts[p].steps.size(); ++l) out.steps[l] += parts[p].steps[l];
    if (p == 0) {
      out.runs = std::move(parts[p].runs);
    } else {
      out.runs.insert(out.runs.end(), parts[p].runs.begin(), parts[p].runs.end());
    }
  }
  SortAndSum(out.runs, least);
  return out;
}

uint32_t LevelFor(const std::vector<uint64_t>& steps) {
  uint32_t level = 0;
  while (level + 1 < steps.size() && steps[level] > RunQuery::kMostSteps) ++level;
  return level;
}

RunAnswer BruteForceRuns(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                         const RunQuery& query) {
  std::map<RunKey, uint32_t> counts;
  for (const Trajectory& t : trajectories) {
    if (!query.filter.Matches(t)) continue;
    const Summary summary = Summarise(t.view());
    const int depth = DepthOfTrip(params, summary.length_m, static_cast<uint32_t>(t.fixes.size()),
                                  MiddleLatDeg(summary.box));
    const size_t steps = StepsOfRun(depth, query.min_length_m);
    std::vector<Occurrence> fine;
    for (const Occurrence& o : MakeFingerprint(t.view(), params).occurrences) {
      if (!HasOwnDepths(params) || (o.geodab & kCoarseBit) == 0) fine.push_back(o);
    }
    std::set<RunKey> own;
    for (size_t i = steps; i < fine.size(); ++i) {
      bool one_way = true;
      for (size_t j = i - steps; j < i; ++j) one_way &= fine[j].from <= fine[j + 1].from;
      if (one_way) own.insert({fine[i - steps].geodab, fine[i].geodab});
    }
    for (const RunKey& key : own) ++counts[query.either ? EitherWay(key, params) : key];
  }
  RunAnswer out;
  for (const auto& [key, trips] : counts) {
    if (trips >= query.least) out.runs.push_back({key, trips});
  }
  return out;
}

}  // namespace spoor
