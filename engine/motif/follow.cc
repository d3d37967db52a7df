#include "engine/motif/follow.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "engine/motif/line_windows.h"
#include "engine/motif/part_search.h"
#include "engine/motif/sketch_bounds.h"
#include "engine/search/candidates.h"
#include "engine/segment/segment_format.h"
#include "engine/store/home_key.h"

namespace spoor {
namespace {

bool NearerFirst(const MotifOccurrence& a, const MotifOccurrence& b) {
  return std::tie(a.distance_m, a.id, a.from_at, a.direction) <
         std::tie(b.distance_m, b.id, b.from_at, b.direction);
}

// As Followers are told: sorted, each owner once, no more than so many occurrences.
void PutInOrder(Followers& followers, size_t occurrences) {
  auto& [trajectories, owners, listed] = followers;
  std::sort(owners.begin(), owners.end());
  owners.erase(std::unique(owners.begin(), owners.end()), owners.end());
  std::sort(listed.begin(), listed.end(), NearerFirst);
  if (listed.size() > occurrences) listed.resize(occurrences);
}

// The trajectories that are measured: those that contain enough of the stretch.
Query CandidateQuery(const std::vector<Fix>& stretch, const FollowQuery& query,
                     const IndexParams& params) {
  Query out{.fixes = stretch,
            .min_score = kLeastContained,
            .score = Score::kContainment,
            .direction = query.direction,
            .filter = query.filter};
  // Where positions tell the direction, the measure tells it better.
  if (params.scheme == Scheme::kV2 && !HasStrand(params)) out.direction = Direction::kEither;
  return out;
}

// How far the stretch gets away from where it begins.
double ReachM(PlaneView stretch) {
  double most_m = 0;
  for (const PlanePoint& p : stretch) most_m = std::max(most_m, DistanceM(stretch.front(), p));
  return most_m;
}

// Measures trajectories, one after another, against one stretch.
class StretchFollowers {
 public:
  StretchFollowers(const std::vector<Fix>& stretch, const FollowQuery& query, MeasureWork& work)
      : query_(query),
        plane_(stretch[stretch.size() / 2]),
        points_(plane_.Project(stretch)),
        windows_(stretch, query.max_distance_m, plane_),
        bounds_(points_, query.max_distance_m, windows_, plane_),
        same_(points_, work),
        opposite_(Backwards(points_), work),
        several_(ReachM(points_) > kReachOfSeveral * query.max_distance_m),
        work_(work) {}

  // What the sketch of a trajectory proves, and that none of its parts is nearer than least_m.
  SketchBounds::Verdict Judge(absl::string_view sketch, const Fix& start, double* least_m) {
    const auto verdict =
        bounds_.Judge(sketch, start, {asks(Direction::kSame), asks(Direction::kOpposite)});
    *least_m = bounds_.least_m();
    return verdict;
  }

  // Whether a trajectory that has no nearer part may be among those that are listed; a second look
  // at its sketch may tell that it is not.
  bool MayList(double least_m) const { return query_.occurrences > 0 && least_m <= cutoff_m(); }
  bool MayList(absl::string_view sketch, const Fix& start) {
    return !full() || !bounds_.IsFarther(sketch, start, cutoff_m());
  }

  void Count(absl::string_view id, absl::string_view object) {
    ++found_.trajectories;
    found_.owners.push_back(OwnerOf(object, id));
  }
  // Lists what is near enough, and counts the trajectory where it follows and is not counted yet.
  void Measure(const Segment& segment, uint32_t ordinal, TrajectoryView fixes, bool is_counted) {
    const absl::string_view id = segment.id(ordinal), object = segment.object(ordinal);
    const Segment::Arrays& arrays = segment.arrays();
    windows_.Cut(fixes, arrays.box[ordinal], arrays.outline[ordinal], cut_);
    bool follows = several_ ? ListAll(id, object) : ListNearest(id, object);
    if (is_counted) return;
    for (size_t i = 0; i < cut_.size() && !follows && full(); ++i) {
      follows = HasWithin(cut_[i].points);
    }
    if (follows) Count(id, object);
  }

  Followers Take() {
    PutInOrder(found_, query_.occurrences);
    return std::move(found_);
  }

 private:
  bool full() const { return found_.occurrences.size() >= query_.occurrences; }
  bool asks(Direction direction) const {
    return query_.direction == direction || query_.direction == Direction::kEither;
  }
  double cutoff_m() const {
    if (!full() || query_.occurrences == 0) return query_.max_distance_m;
    return found_.occurrences.front().distance_m;
  }

  bool HasWithin(PlaneView line) {
    return (asks(Direction::kSame) && same_.HasWithin(line, query_.max_distance_m)) ||
           (asks(Direction::kOpposite) && opposite_.HasWithin(line, query_.max_distance_m));
  }

  std::optional<std::pair<NearPart, Direction>> Nearest(PlaneView line) {
    std::optional<std::pair<NearPart, Direction>> best;
    if (asks(Direction::kSame)) {
      if (const auto part = same_.Nearest(line, cutoff_m(), full()))
        best = {*part, Direction::kSame};
    }
    if (asks(Direction::kOpposite)) {
      const auto part = opposite_.Nearest(line, best ? best->first.distance_m : cutoff_m(),
                                          full() || best.has_value());
      if (part && (!best || part->distance_m < best->first.distance_m)) {
        best = {*part, Direction::kOpposite};
      }
    }
    return best;
  }

  // Both list what is near enough to be listed; false: there is nothing, and the windows are as
  // they were.
  bool ListNearest(absl::string_view id, absl::string_view object) {
    const LineWindow* in = nullptr;
    std::pair<NearPart, Direction> best;
    for (const LineWindow& window : cut_) {
      const auto part = Nearest(window.points);
      if (!part || (in != nullptr && part->first.distance_m >= best.first.distance_m)) continue;
      best = *part;
      in = &window;
    }
    if (in != nullptr) List(*in, best.first, best.second, {id, object});
    return in != nullptr;
  }

  bool ListAll(absl::string_view id, absl::string_view object) {
    bool any = false;
    std::vector<LineWindow> left = cut_;
    while (!left.empty() && !work_.stopped) {
      const LineWindow in = std::move(left.back());
      left.pop_back();
      const auto part = Nearest(in.points);
      if (!part) continue;
      any = true;
      List(in, part->first, part->second, {id, object});
      left.push_back(in.Behind(part->first.to_at));
      left.push_back(in.Before(part->first.from_at));
    }
    return any;
  }

  void List(const LineWindow& in, const NearPart& part, Direction direction,
            std::pair<absl::string_view, absl::string_view> id_and_object) {
    MotifOccurrence listed{.id = TrajectoryId(std::string(id_and_object.first)),
                           .object = std::string(id_and_object.second),
                           .from_at = in.PlaceOf(part.from_at),
                           .to_at = in.PlaceOf(part.to_at),
                           .distance_m = part.distance_m,
                           .direction = direction};
    listed.from = static_cast<uint32_t>(std::lround(listed.from_at));
    listed.to = static_cast<uint32_t>(std::lround(listed.to_at));
    auto& heap = found_.occurrences;  // the farthest in front
    heap.push_back(std::move(listed));
    std::push_heap(heap.begin(), heap.end(), NearerFirst);
    if (heap.size() <= query_.occurrences) return;
    std::pop_heap(heap.begin(), heap.end(), NearerFirst);
    heap.pop_back();
  }

  const FollowQuery& query_;
  const LocalPlane plane_;
  const std::vector<PlanePoint> points_;
  const LineWindows windows_;
  SketchBounds bounds_;
  PartSearch same_, opposite_;
  const bool several_;
  MeasureWork& work_;
  Followers found_;
  std::vector<LineWindow> cut_;
};

// A candidate about which its sketch has been asked.
struct Weighed {
  double least_m = 0;
  bool is_counted = false;
  SegmentOrdinal place;
};

// Asks one stretch's question of one set of segments.
class FollowSearch {
 public:
  FollowSearch(const SearchContext& context, const std::vector<Fix>& stretch,
               const FollowQuery& query)
      : context_(context), stretch_(stretch), query_(query), followers_(stretch, query, work_) {
    if (context.patience != nullptr) context.patience->Limit(work_);
  }

  absl::StatusOr<Followers> Run() {
    if (absl::Status s = Weigh(); !s.ok()) return s;
    // What may be nearest first: it rules the others out of the list.
    std::ranges::sort(weighed_, [](const Weighed& a, const Weighed& b) {
      return std::tie(a.least_m, a.place) < std::tie(b.least_m, b.place);
    });
    for (size_t at = 0; at < weighed_.size();) {
      if (absl::Status s = MeasureNext(at); !s.ok()) return s;
    }
    return followers_.Take();
  }

 private:
  const Segment& SegmentOf(const SegmentOrdinal& place) const {
    return *context_.segments[place.segment].segment;
  }

  // Counts those that follow by their sketches, and keeps what is left to be looked at.
  absl::Status Weigh() {
    const Query asked = CandidateQuery(stretch_, query_, *context_.params);
    const QueryWays ways = MakeWays(asked, *context_.params);
    size_t all = 1;
    for (const SegmentView& s : context_.segments) all += s.segment->size();
    SearchCost cost;
    auto candidates = FindCandidates(context_, asked, ways, {.keep = all}, cost);
    if (!candidates.ok()) return candidates.status();
    constexpr size_t kBetweenLooks = 64;
    for (size_t i = 0; i < candidates->size(); ++i) {
      if (i % kBetweenLooks == 0) {
        if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
      }
      WeighOne((*candidates)[i].place);
    }
    return absl::OkStatus();
  }

  absl::string_view SketchOf(const SegmentOrdinal& place) const {
    return SegmentOf(place).arrays().sketch(place.ordinal);
  }
  Fix StartOf(const SegmentOrdinal& place) const {
    const EndPoints& ends = SegmentOf(place).arrays().ends[place.ordinal];
    return {.lat_e7 = ends.start_lat_e7, .lon_e7 = ends.start_lon_e7};
  }

  void WeighOne(const SegmentOrdinal& place) {
    const Segment& segment = SegmentOf(place);
    Weighed weighed{.place = place};
    const auto verdict = followers_.Judge(SketchOf(place), StartOf(place), &weighed.least_m);
    if (verdict == SketchBounds::Verdict::kNo) return;
    weighed.is_counted = verdict == SketchBounds::Verdict::kYes;
    if (weighed.is_counted)
      followers_.Count(segment.id(place.ordinal), segment.object(place.ordinal));
    weighed_.push_back(weighed);
  }

  // Reads and measures the next few that may be listed, or may not follow.
  absl::Status MeasureNext(size_t& at) {
    std::vector<Weighed> next;
    std::vector<SegmentOrdinal> places;
    for (; at < weighed_.size() && places.size() < kReadAtOnce; ++at) {
      const Weighed& w = weighed_[at];
      if (w.is_counted && (!followers_.MayList(w.least_m) ||
                           !followers_.MayList(SketchOf(w.place), StartOf(w.place)))) {
        continue;
      }
      next.push_back(w);
      places.push_back(w.place);
    }
    absl::Status visited = VisitGeometry(context_, places, [&](size_t i, TrajectoryView fixes) {
      const Weighed& w = next[i];
      if (work_.stopped || (w.is_counted && !followers_.MayList(w.least_m))) return;
      followers_.Measure(SegmentOf(w.place), w.place.ordinal, fixes, w.is_counted);
    });
    if (visited.ok() && work_.stopped) visited = context_.CheckPatience();
    return visited;
  }

  static constexpr size_t kReadAtOnce = 32;
  const SearchContext& context_;
  const std::vector<Fix>& stretch_;
  const FollowQuery& query_;
  MeasureWork work_;
  StretchFollowers followers_;
  std::vector<Weighed> weighed_;
};

}  // namespace

uint64_t OwnerOf(absl::string_view object, absl::string_view id) {
  // The hashes of ids are others than those of objects of the same name.
  return object.empty() ? ~StableHash(id) : StableHash(object);
}

absl::StatusOr<FollowAnswer> FollowSegments(const SearchContext& context,
                                            const FollowQuery& query) {
  FollowAnswer answer;
  for (const std::vector<Fix>& stretch : query.stretches) {
    if (absl::Status s = context.CheckPatience(); !s.ok()) return s;
    auto one = FollowSearch(context, stretch, query).Run();
    if (!one.ok()) return one.status();
    answer.stretches.push_back(*std::move(one));
  }
  return answer;
}

FollowAnswer MergeFollowers(std::vector<FollowAnswer> parts, size_t occurrences) {
  FollowAnswer out;
  for (size_t p = 0; p < parts.size(); ++p) {
    FollowAnswer& part = parts[p];
    out.damaged += part.damaged;
    out.position = p == 0 ? part.position : std::min(out.position, part.position);
    out.stretches.resize(std::max(out.stretches.size(), part.stretches.size()));
    for (size_t i = 0; i < part.stretches.size(); ++i) {
      Followers &to = out.stretches[i], &from = part.stretches[i];
      to.trajectories += from.trajectories;
      to.owners.insert(to.owners.end(), from.owners.begin(), from.owners.end());
      std::move(from.occurrences.begin(), from.occurrences.end(),
                std::back_inserter(to.occurrences));
    }
  }
  for (Followers& one : out.stretches) PutInOrder(one, occurrences);
  return out;
}

}  // namespace spoor
