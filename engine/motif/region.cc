#include "engine/motif/region.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "engine/fingerprint/own_depths.h"
#include "engine/motif/pair.h"
#include "engine/motif/together.h"

namespace spoor {
namespace {

// Keys whose trips are asked for together.
constexpr size_t kKeysAtOnce = 16;
// Stretches whose followers are asked for together.
constexpr size_t kMeasuredAtOnce = 64;
// Keys are asked for so often, and as often again as motifs are: what is left was travelled by few.
constexpr size_t kMostBatches = 96;
// Trips of a run that are tried as the one whose line is told.
constexpr size_t kTriedAsLine = 3;
// Of what cells allow: as far apart are those who go together, when they are smoothed...
constexpr double kLeashOfCell = 1.0 / 3;
// ...over so much of it on both sides.
constexpr double kSmoothOfCell = 0.5;
// A candidate is one told before when so much of it lies on those, and a part of one that is told
// when that much of it does.
constexpr double kToldBefore = 0.5, kIsPart = 0.8;

// What the collection's cells allow where the line is.
double DiagonalM(TrajectoryView fixes, const IndexParams& params) {
  const int depth = HasOwnDepths(params) ? OwnDepthsOf(fixes, params).asks : params.depth;
  return ScaleAt(depth, fixes[fixes.size() / 2]).diagonal_m;
}

// How far from the line told the farthest of those listed is.
double FarthestM(const std::vector<MotifOccurrence>& occurrences) {
  double farthest_m = 0;
  for (const MotifOccurrence& o : occurrences) farthest_m = std::max(farthest_m, o.distance_m);
  return farthest_m;
}

struct RunHash {
  size_t operator()(const RunKey& key) const {
    return (key.first * 0x9e3779b97f4a7c15 ^ key.last) * 0xff51afd7ed558ccd >> 7;
  }
};

// A part of a trip that several have in common, before anybody has counted them all.
struct StretchDraft {
  TrajectoryId id;
  uint32_t from = 0, to = 0;     // fixes of the trip
  std::vector<Fix> fixes;        // of the part
  std::vector<PlanePoint> line;  // smoothed, on a plane of its own
  Fix origin;                    // of that plane
  Box cover;
  double length_m = 0;
  Followers followers;
};

// Trips of a run on one plane.
struct SideBySide {
  std::vector<std::vector<PlanePoint>> lines;  // smoothed, all in the direction of the run
  std::vector<uint32_t> middles;               // of the run, a point of each
};

class RegionSearch {
 public:
  RegionSearch(MotifSource& source, const RegionQuery& query, const Patience& patience)
      : source_(source),
        query_(query),
        terms_(query.terms),
        either_(query.terms.direction == Direction::kEither),
        patience_(patience) {}

  absl::StatusOr<MotifAnswer> Run() {
    if (absl::Status s = Count(); !s.ok()) return s;
    const size_t wanted = terms_.k + terms_.k / 2 + 4;
    const size_t most_batches = kMostBatches + terms_.k;
    while (next_ < runs_.size() && batches_ < most_batches && told_.size() < terms_.k) {
      while (drafts_.size() < wanted && batches_ < most_batches) {
        if (absl::Status s = patience_.Check(); !s.ok()) return s;
        const std::vector<RunKey> keys = NextKeys();
        if (keys.empty()) break;
        if (absl::Status s = Draft(keys); !s.ok()) return s;
      }
      if (absl::Status s = Measure(); !s.ok()) return s;
    }
    return Answer();
  }

 private:
  absl::Status Count() {
    RunQuery asked{.filter = query_.filter,
                   .min_length_m = terms_.min_length_m,
                   .either = either_,
                   .least = 2,
                   .only_steps = true};
    const auto steps = source_.Runs(asked);
    if (!steps.ok()) return steps.status();
    asked.level = LevelFor(steps->steps);
    asked.only_steps = false;
    auto counted = source_.Runs(asked);
    if (!counted.ok()) return counted.status();
    answer_.damaged = counted->damaged;
    answer_.position = counted->position;
    runs_ = std::move(counted->runs);
    std::ranges::sort(runs_, [](const RunCount& a, const RunCount& b) {
      return a.trips != b.trips ? a.trips > b.trips : a.key < b.key;
    });
    return absl::OkStatus();
  }

  // The next runs that are not told yet, no two of them in the same place: what the first of them
  // grows to will have the others in it.
  std::vector<RunKey> NextKeys() {
    std::vector<RunKey> keys;
    std::set<Geodab> places;
    std::vector<RunCount> later;
    while (next_ < runs_.size() && keys.size() < kKeysAtOnce && later.size() < 64 * kKeysAtOnce) {
      const RunCount run = runs_[next_++];
      if (done_.contains(run.key)) continue;
      const Geodab first = run.key.first >> 32, last = run.key.last >> 32;
      if (places.contains(first) || places.contains(last)) {
        later.push_back(run);
        continue;
      }
      places.insert(first);
      places.insert(last);
      keys.push_back(run.key);
    }
    // These stand before what comes next.
    next_ -= later.size();
    std::ranges::copy(later, runs_.begin() + static_cast<ptrdiff_t>(next_));
    ++batches_;
    return keys;
  }

  absl::Status Draft(const std::vector<RunKey>& keys) {
    auto samples = source_.Samples({.keys = keys,
                                    .filter = query_.filter,
                                    .min_length_m = terms_.min_length_m,
                                    .either = either_});
    if (!samples.ok()) return samples.status();
    for (size_t i = 0; i < keys.size() && i < samples->keys.size(); ++i) {
      if (absl::Status s = patience_.Check(); !s.ok()) return s;
      if (!done_.insert(keys[i]).second) continue;
      DraftOf(samples->keys[i]);
    }
    return absl::OkStatus();
  }

  void DraftOf(const std::vector<RunTrip>& trips) {
    if (trips.size() < 2) return;
    if (cell_m_ == 0) {
      cell_m_ = DiagonalM(trips[0].fixes, source_.params());
      answer_.max_distance_m = terms_.max_distance_m.value_or(cell_m_);
    }
    const Fix origin = trips[0].fixes[trips[0].fixes.size() / 2];
    const LocalPlane plane(origin);
    const SideBySide beside = LayOut(trips, plane);
    if (IsTold(beside.lines[0], RunOf(trips[0], beside.lines[0].size()), plane)) return;
    std::optional<SharedPart> best;
    size_t best_line = 0;
    std::vector<Together> best_with;
    for (size_t r = 0; r < std::min(kTriedAsLine, trips.size()); ++r) {
      std::vector<Together> with = WhoGoesWith(r, beside);
      const auto part = MostShared(with, AlongM(beside.lines[r]), terms_.min_length_m);
      if (!part) continue;
      if (best && std::tie(best->trips, best->length_m) >= std::tie(part->trips, part->length_m)) {
        continue;
      }
      best = part;
      best_line = r;
      best_with = std::move(with);
    }
    if (!best) return;
    MarkRuns(trips, best_line, *best, best_with);
    AddDraft(trips[best_line], beside.lines[best_line], *best, origin, plane);
  }

  SideBySide LayOut(const std::vector<RunTrip>& trips, const LocalPlane& plane) const {
    SideBySide out;
    for (const RunTrip& t : trips) {
      std::vector<PlanePoint> line = plane.Project(t.fixes);
      const auto [from, to] = RunOf(t, line.size());
      uint32_t middle = from + (to - from) / 2;
      if (t.backwards) {
        line = Backwards(line);
        middle = static_cast<uint32_t>(line.size() - 1) - middle;
      }
      out.lines.push_back(Smoothed(line, kSmoothOfCell * cell_m_));
      out.middles.push_back(middle);
    }
    return out;
  }

  // Points of what is shown of the trip, in its own direction, between which the run lies.
  static std::pair<uint32_t, uint32_t> RunOf(const RunTrip& t, size_t points) {
    const auto last = static_cast<uint32_t>(points - 1);
    const auto clip = [&](uint32_t fix) {
      return fix < t.first ? 0 : std::min(last, fix - t.first);
    };
    return {clip(t.from), clip(t.to)};
  }

  // In the order of the trips, but the one that they go with; itself is not among them.
  std::vector<Together> WhoGoesWith(size_t r, const SideBySide& beside) const {
    std::vector<Together> with;
    for (size_t o = 0; o < beside.lines.size(); ++o) {
      if (o == r) continue;
      const auto together = GoTogether(beside.lines[r], beside.middles[r], beside.lines[o],
                                       beside.middles[o], kLeashOfCell * cell_m_);
      with.push_back(together.value_or(Together()));
    }
    return with;
  }

  // Runs that lie on the part, of all trips that go with it: they are no others.
  void MarkRuns(const std::vector<RunTrip>& trips, size_t line, const SharedPart& part,
                const std::vector<Together>& with) {
    for (size_t t = 0; t < trips.size(); ++t) {
      double from = part.from, to = part.to;
      if (t != line) {
        const Together& w = with[t < line ? t : t - 1];
        if (w.from == w.to) continue;
        from = w.other_from;
        to = w.other_to;
        // Where it goes with the line for longer than the part is, about where that begins and
        // ends.
        const double of_line = std::max(1.0, static_cast<double>(w.to) - w.from);
        const double each = (w.other_to - w.other_from) / of_line;
        if (part.from > w.from) from += each * (part.from - w.from);
        if (part.to < w.to) to -= each * (w.to - part.to);
      }
      const double last = static_cast<double>(trips[t].fixes.size() - 1);
      if (trips[t].backwards) std::tie(from, to) = std::pair(last - to, last - from);
      for (size_t i = 0; i < trips[t].runs.size(); ++i) {
        const double run_from = trips[t].at[i].first - trips[t].first;
        const double run_to = trips[t].at[i].second - trips[t].first;
        if ((run_from + run_to) / 2 >= from && (run_from + run_to) / 2 <= to) {
          done_.insert(trips[t].runs[i]);
        }
      }
    }
  }

  void AddDraft(const RunTrip& trip, const std::vector<PlanePoint>& line, const SharedPart& part,
                const Fix& origin, const LocalPlane& plane) {
    StretchDraft draft{.id = trip.id, .origin = origin, .length_m = part.length_m};
    const auto last = static_cast<uint32_t>(line.size() - 1);
    uint32_t from = part.from, to = part.to;
    if (trip.backwards) std::tie(from, to) = std::pair(last - to, last - from);
    draft.from = trip.first + from;
    draft.to = trip.first + to;
    draft.fixes.assign(trip.fixes.begin() + from, trip.fixes.begin() + to + 1);
    draft.line.assign(line.begin() + part.from, line.begin() + part.to + 1);
    if (trip.backwards) draft.line = Backwards(draft.line);
    draft.cover = Cover(draft.fixes);
    const auto points = static_cast<uint32_t>(draft.line.size() - 1);
    if (draft.length_m < terms_.min_length_m || points == 0) return;
    if (IsTold(draft.line, {0, points}, plane)) return;
    drafts_.push_back(std::move(draft));
  }

  // Whether a part of a line lies for the most part on what was found before.
  bool IsTold(const std::vector<PlanePoint>& line, std::pair<uint32_t, uint32_t> part,
              const LocalPlane& plane) const {
    const PlaneView of_line = PlaneView(line).subspan(part.first, part.second - part.first + 1);
    double share = 0;
    for (const auto* list : {&told_, &drafts_}) {
      for (const StretchDraft& d : *list) share += ShareOf(of_line, d, plane);
    }
    return share >= kToldBefore;
  }

  double ShareOf(PlaneView line, const StretchDraft& told, const LocalPlane& plane) const {
    const PlanePoint there = plane.Project(told.origin);
    double least_m2 = kInf;
    for (const PlanePoint& p : line) least_m2 = std::min(least_m2, SquareM2(p, there));
    // On the way told, no place is further from its origin than it is long, and what is shown.
    double reach_m = cell_m_;
    for (const PlanePoint& p : told.line) reach_m = std::max(reach_m, DistanceM(p, {}) + cell_m_);
    if (least_m2 > 4 * reach_m * reach_m) return 0;
    // Both planes are of one city, where they differ by where their origins are.
    std::vector<PlanePoint> on_plane = told.line;
    for (PlanePoint& p : on_plane) p = {p.x_m + there.x_m, p.y_m + there.y_m, 0};
    return ShareOn(line, on_plane, kLeashOfCell * cell_m_ * 1.5, either_);
  }

  // Counts who follows the drafts, and tells those of enough.
  absl::Status Measure() {
    if (drafts_.empty()) return absl::OkStatus();
    FollowQuery asked{.max_distance_m = answer_.max_distance_m,
                      .direction = terms_.direction,
                      .occurrences = terms_.occurrences,
                      .filter = query_.filter};
    for (const StretchDraft& d : drafts_) asked.stretches.push_back(d.fixes);
    auto followers = source_.Follow(asked);
    if (!followers.ok()) return followers.status();
    answer_.damaged = std::max(answer_.damaged, followers->damaged);
    answer_.position = std::min(answer_.position, followers->position);
    for (size_t i = 0; i < drafts_.size() && i < followers->stretches.size(); ++i) {
      drafts_[i].followers = std::move(followers->stretches[i]);
      const Followers& f = drafts_[i].followers;
      if (f.trajectories < terms_.min_trajectories || f.owners.size() < terms_.min_objects)
        continue;
      told_.push_back(std::move(drafts_[i]));
    }
    drafts_.clear();
    return absl::OkStatus();
  }

  bool IsPartOf(const StretchDraft& part, const StretchDraft& whole) const {
    const LocalPlane plane(part.origin);
    return ShareOf(part.line, whole, plane) >= kIsPart;
  }

  MotifAnswer Answer() {
    std::ranges::sort(told_, [](const StretchDraft& a, const StretchDraft& b) {
      const auto key = [](const StretchDraft& d) {
        return std::tuple(-static_cast<double>(d.followers.trajectories), -d.length_m, d.id,
                          d.from);
      };
      return key(a) < key(b);
    });
    std::vector<const StretchDraft*> kept;
    for (const StretchDraft& d : told_) {
      const bool is_part =
          std::ranges::any_of(kept, [&](const StretchDraft* k) { return IsPartOf(d, *k); });
      if (is_part || kept.size() >= terms_.k) continue;
      kept.push_back(&d);
      Motif motif{.length_m = d.length_m,
                  .trajectories = d.followers.trajectories,
                  .objects = d.followers.owners.size(),
                  .occurrences = d.followers.occurrences,
                  .geometry = d.fixes};
      motif.distance_m = FarthestM(motif.occurrences);
      answer_.motifs.push_back(std::move(motif));
    }
    return std::move(answer_);
  }

  MotifSource& source_;
  const RegionQuery& query_;
  const MotifTerms& terms_;
  const bool either_;
  const Patience& patience_;
  double cell_m_ = 0;           // what cells allow, where most is travelled
  std::vector<RunCount> runs_;  // most trips first
  size_t next_ = 0, batches_ = 0;
  absl::flat_hash_set<RunKey, RunHash> done_;
  std::vector<StretchDraft> drafts_, told_;
  MotifAnswer answer_;
};

}  // namespace

absl::StatusOr<RunAnswer> SegmentSource::Runs(const RunQuery& query) {
  return CountRuns(context_, query);
}
absl::StatusOr<RunSamples> SegmentSource::Samples(const RunSampleQuery& query) {
  return SampleRuns(context_, query);
}
absl::StatusOr<FollowAnswer> SegmentSource::Follow(const FollowQuery& query) {
  return FollowSegments(context_, query);
}

absl::StatusOr<MotifAnswer> StretchMotifs(MotifSource& source, const StretchQuery& query) {
  MotifAnswer answer;
  answer.max_distance_m =
      query.terms.max_distance_m.value_or(DiagonalM(query.stretch, source.params()));
  auto found = source.Follow({.stretches = {query.stretch},
                              .max_distance_m = answer.max_distance_m,
                              .direction = query.terms.direction,
                              .occurrences = query.terms.occurrences,
                              .filter = query.filter});
  if (!found.ok()) return found.status();
  answer.damaged = found->damaged;
  answer.position = found->position;
  if (found->stretches.empty() || found->stretches[0].trajectories == 0) return answer;
  Followers& followers = found->stretches[0];
  Motif motif{.trajectories = followers.trajectories,
              .objects = followers.owners.size(),
              .occurrences = std::move(followers.occurrences),
              .geometry = query.stretch};
  motif.length_m = LengthM(query.stretch);
  if (query.terms.direction == Direction::kOpposite) motif.direction = Direction::kOpposite;
  motif.distance_m = FarthestM(motif.occurrences);
  answer.motifs.push_back(std::move(motif));
  return answer;
}

absl::StatusOr<MotifAnswer> RegionMotifs(MotifSource& source, const RegionQuery& query,
                                         const Patience& patience) {
  if (query.terms.direction == Direction::kOpposite) {
    return absl::InvalidArgumentError(
        "direction is 'opposite'; allowed with region: same, either (both ways are one)");
  }
  return RegionSearch(source, query, patience).Run();
}

}  // namespace spoor
