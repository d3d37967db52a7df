#include "engine/motif/follow.h"

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "engine/motif/line_windows.h"
#include "engine/motif/part_search.h"
#include "engine/search/candidates.h"
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
        same_(points_, work),
        opposite_(Backwards(points_), work),
        several_(ReachM(points_) > kReachOfSeveral * query.max_distance_m),
        work_(work) {}

  void Measure(absl::string_view id, absl::string_view object, TrajectoryView fixes) {
    windows_.Cut(fixes, cut_);
    bool follows = several_ ? ListAll(id, object) : ListNearest(id, object);
    for (size_t i = 0; i < cut_.size() && !follows && full(); ++i) {
      follows = HasWithin(cut_[i].points);
    }
    if (!follows) return;
    ++found_.trajectories;
    found_.owners.push_back(OwnerOf(object, id));
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
    return full() ? found_.occurrences.front().distance_m : query_.max_distance_m;
  }

  bool HasWithin(PlaneView line) {
    return (asks(Direction::kSame) && same_.HasWithin(line, query_.max_distance_m)) ||
           (asks(Direction::kOpposite) && opposite_.HasWithin(line, query_.max_distance_m));
  }

  std::optional<std::pair<NearPart, Direction>> Nearest(PlaneView line) {
    std::optional<std::pair<NearPart, Direction>> best;
    if (asks(Direction::kSame)) {
      if (const auto part = same_.Nearest(line, cutoff_m())) best = {*part, Direction::kSame};
    }
    if (asks(Direction::kOpposite)) {
      const auto part = opposite_.Nearest(line, best ? best->first.distance_m : cutoff_m());
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
  PartSearch same_, opposite_;
  const bool several_;
  MeasureWork& work_;
  Followers found_;
  std::vector<LineWindow> cut_;
};

absl::StatusOr<Followers> FollowOne(const SearchContext& context, const std::vector<Fix>& stretch,
                                    const FollowQuery& query) {
  const Query asked = CandidateQuery(stretch, query, *context.params);
  const QueryWays ways = MakeWays(asked, *context.params);
  size_t all = 1;
  for (const SegmentView& s : context.segments) all += s.segment->size();
  SearchCost cost;
  auto candidates = FindCandidates(context, asked, ways, {.keep = all}, cost);
  if (!candidates.ok()) return candidates.status();
  // Those most alike first: they rule the others out of the list sooner.
  std::sort(candidates->begin(), candidates->end(), [](const Candidate& a, const Candidate& b) {
    return a.score != b.score ? a.score > b.score : a.place < b.place;
  });
  std::vector<SegmentOrdinal> places;
  places.reserve(candidates->size());
  for (const Candidate& c : *candidates) places.push_back(c.place);
  MeasureWork work;
  if (context.patience != nullptr) context.patience->Limit(work);
  StretchFollowers followers(stretch, query, work);
  absl::Status visited = VisitGeometry(context, places, [&](size_t i, TrajectoryView fixes) {
    if (work.stopped) return;
    const Segment& segment = *context.segments[places[i].segment].segment;
    followers.Measure(segment.id(places[i].ordinal), segment.object(places[i].ordinal), fixes);
  });
  if (visited.ok() && work.stopped) visited = context.CheckPatience();
  if (!visited.ok()) return visited;
  return followers.Take();
}

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
    auto one = FollowOne(context, stretch, query);
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
