#include <algorithm>
#include <tuple>
#include <utility>

#include "engine/motif/run_area.h"
#include "engine/motif/run_walk.h"
#include "engine/motif/runs.h"
#include "engine/search/candidates.h"
#include "engine/segment/segment_filter.h"
#include "engine/store/home_key.h"

namespace spoor {
namespace {

// A trip that has both ends of a run, perhaps as far apart as they should be.
struct MaybeRun {
  uint64_t rank = 0;
  SegmentOrdinal place;
  bool backwards = false;
  bool unsure = false;  // whether it passes the filter
};

bool ByRank(const RunTrip& a, const RunTrip& b) {
  return std::tie(a.rank, a.id) < std::tie(b.rank, b.id);
}

class RunSampler {
 public:
  RunSampler(const SearchContext& context, const RunSampleQuery& query)
      : context_(context), query_(query) {
    for (const SegmentView& s : context.segments) filters_.emplace_back(query.filter, s);
  }

  absl::StatusOr<std::vector<RunTrip>> Sample(const RunKey& key) {
    std::vector<MaybeRun> maybe;
    for (uint32_t s = 0; s < context_.segments.size(); ++s) {
      AddThoseOf(s, key, /*backwards=*/false, maybe);
      const RunKey back = OppositeOf(key, *context_.params);
      if (query_.either && back != key) AddThoseOf(s, back, /*backwards=*/true, maybe);
    }
    std::ranges::sort(maybe, [this](const MaybeRun& a, const MaybeRun& b) {
      if (a.rank != b.rank) return a.rank < b.rank;
      if (a.place == b.place) return a.backwards < b.backwards;
      return IdOf(a) < IdOf(b);
    });
    std::vector<RunTrip> out;
    for (size_t at = 0; at < maybe.size() && out.size() < RunSampleQuery::kTripsOfKey;) {
      if (absl::Status s = Take(key, maybe, at, out); !s.ok()) return s;
    }
    return out;
  }

 private:
  const Segment& SegmentOf(const MaybeRun& m) const {
    return *context_.segments[m.place.segment].segment;
  }
  absl::string_view IdOf(const MaybeRun& m) const { return SegmentOf(m).id(m.place.ordinal); }
  uint32_t StepsIn(const Segment::Arrays& a, uint32_t o) const {
    const double lat_deg =
        (static_cast<double>(a.box[o].south_e7) + static_cast<double>(a.box[o].north_e7)) / 2e7;
    const int depth = DepthOfTrip(*context_.params, a.length_m[o], a.fixes[o], lat_deg);
    return StepsOfRun(depth, query_.min_length_m);
  }

  void AddThoseOf(uint32_t s, const RunKey& key, bool backwards, std::vector<MaybeRun>& maybe) {
    const Segment& segment = *context_.segments[s].segment;
    uint32_t term = 0;
    const auto first = segment.Postings(key.first, &term), last = segment.Postings(key.last, &term);
    for (size_t i = 0, j = 0; i < first.size() && j < last.size();) {
      if (first[i] != last[j]) {
        first[i] < last[j] ? ++i : ++j;
        continue;
      }
      const uint32_t o = first[i++];
      ++j;
      if (!segment.arrays().IsOrdinal(o)) continue;
      const Verdict verdict = filters_[s].Judge(o);
      if (verdict == Verdict::kNo) continue;
      maybe.push_back({.rank = StableHash(segment.id(o)),
                       .place = {s, o},
                       .backwards = backwards,
                       .unsure = verdict == Verdict::kMaybe});
    }
  }

  // Takes the next few, as many as are missing, of those that have the run and pass.
  absl::Status Take(const RunKey& key, const std::vector<MaybeRun>& maybe, size_t& at,
                    std::vector<RunTrip>& out) {
    std::vector<SegmentOrdinal> places;
    std::vector<RunTrip> trips;
    for (; at < maybe.size() && out.size() + trips.size() < RunSampleQuery::kTripsOfKey; ++at) {
      if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
      const bool is_same = !places.empty() && places.back() == maybe[at].place;
      RunTrip trip;
      if (is_same || !FindRun(key, maybe[at], trip)) continue;
      if (maybe[at].unsure) {
        const auto admitted = AdmitByFixes(context_, query_.filter, {maybe[at].place});
        if (!admitted.ok()) return admitted.status();
        if (!admitted->front()) continue;
      }
      places.push_back(maybe[at].place);
      trips.push_back(std::move(trip));
    }
    absl::Status read = VisitGeometry(context_, places, [&](size_t i, TrajectoryView fixes) {
      CutAround(fixes, trips[i]);
      AddRuns(places[i], trips[i]);
      out.push_back(std::move(trips[i]));
    });
    return read;
  }

  bool FindRun(const RunKey& key, const MaybeRun& m, RunTrip& trip) const {
    const Segment& segment = SegmentOf(m);
    const RunKey wanted = m.backwards ? OppositeOf(key, *context_.params) : key;
    uint32_t first = 0, last = 0;
    if (segment.Postings(wanted.first, &first).empty()) return false;
    if (segment.Postings(wanted.last, &last).empty()) return false;
    const Segment::Arrays& arrays = segment.arrays();
    bool found = false;
    ForEachRun(arrays, m.place.ordinal, StepsIn(arrays, m.place.ordinal), [&](const TermRun& run) {
      found = run.first == first && run.last == last;
      if (found) trip.from = run.from, trip.to = run.to;
      return !found;
    });
    trip.rank = m.rank;
    trip.id = TrajectoryId(std::string(IdOf(m)));
    trip.backwards = m.backwards;
    return found;
  }

  // What is shown of the trip: from the middle of the run as far as it stays in the area.
  void CutAround(TrajectoryView fixes, RunTrip& trip) const {
    const auto size = static_cast<uint32_t>(fixes.size());
    trip.to = std::min(trip.to, size - 1);
    trip.from = std::min(trip.from, trip.to);
    const uint32_t middle = trip.from + (trip.to - trip.from) / 2;
    const uint32_t around = RunSampleQuery::kFixesAround;
    uint32_t first = middle, last = middle;
    while (first > 0 && first + around > trip.from && IsInArea(query_.filter, fixes[first - 1])) {
      --first;
    }
    while (last + 1 < size && last < trip.to + around && IsInArea(query_.filter, fixes[last + 1])) {
      ++last;
    }
    trip.first = first;
    for (uint32_t i = first; i <= last; ++i) {
      trip.fixes.push_back({.lat_e7 = fixes[i].lat_e7, .lon_e7 = fixes[i].lon_e7});
    }
  }

  void AddRuns(const SegmentOrdinal& place, RunTrip& trip) const {
    const Segment& segment = *context_.segments[place.segment].segment;
    const Segment::Arrays& arrays = segment.arrays();
    const uint32_t last = trip.first + static_cast<uint32_t>(trip.fixes.size()) - 1;
    ForEachRun(arrays, place.ordinal, StepsIn(arrays, place.ordinal), [&](const TermRun& run) {
      if (run.from < trip.first || run.to > last) return true;
      const RunKey key{segment.geodab(run.first), segment.geodab(run.last)};
      trip.runs.push_back(query_.either ? EitherWay(key, *context_.params) : key);
      trip.at.emplace_back(run.from, run.to);
      return true;
    });
  }

  const SearchContext& context_;
  const RunSampleQuery& query_;
  std::vector<SegmentFilter> filters_;
};

}  // namespace

absl::StatusOr<RunSamples> SampleRuns(const SearchContext& context, const RunSampleQuery& query) {
  RunSampler sampler(context, query);
  RunSamples out;
  for (const RunKey& key : query.keys) {
    auto one = sampler.Sample(key);
    if (!one.ok()) return one.status();
    out.keys.push_back(*std::move(one));
  }
  return out;
}

RunSamples MergeSamples(std::vector<RunSamples> parts) {
  RunSamples out;
  for (size_t p = 0; p < parts.size(); ++p) {
    out.damaged += parts[p].damaged;
    out.position = p == 0 ? parts[p].position : std::min(out.position, parts[p].position);
    out.keys.resize(std::max(out.keys.size(), parts[p].keys.size()));
    for (size_t k = 0; k < parts[p].keys.size(); ++k) {
      std::ranges::move(parts[p].keys[k], std::back_inserter(out.keys[k]));
    }
  }
  for (std::vector<RunTrip>& trips : out.keys) {
    std::ranges::sort(trips, ByRank);
    if (trips.size() > RunSampleQuery::kTripsOfKey) trips.resize(RunSampleQuery::kTripsOfKey);
  }
  return out;
}

}  // namespace spoor
