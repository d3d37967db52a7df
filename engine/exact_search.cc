#include <algorithm>
#include <utility>
#include <vector>

#include "engine/refine.h"
#include "engine/segment_filter.h"

namespace spoor {
namespace {

// How many trajectories are read together.
constexpr size_t kBatch = 64;
// Blocks between two looks at the clock.
constexpr uint32_t kPatienceBlocks = 16;

// A trajectory whose bound does not rule it out.
struct Survivor {
  double bound_m;
  Place place;
  bool maybe;  // the filter has to see its fixes
};

// Looks at every trajectory's summary, nearest bounds first at their fixes.
class ExactSearch {
 public:
  ExactSearch(const SearchContext& context, const Query& query, SearchCost& cost)
      : context_(context),
        query_(query),
        cost_(cost),
        refiner_(context, query),
        envelope_(query.fixes, refiner_.plane(), query.direction, refiner_.measure()) {}

  // What the fingerprints propose gives the cutoff that rules out most others.
  absl::StatusOr<std::vector<Refined>> Run(const std::vector<Candidate>& seeds) {
    std::vector<Survivor> batch;
    for (const Candidate& c : seeds) {
      batch.push_back({0, c.place, false});
      seeds_.push_back(c.place);
    }
    std::sort(seeds_.begin(), seeds_.end());
    if (absl::Status s = Measure(batch); !s.ok()) return s;
    for (uint32_t i = 0; i < context_.segments.size(); ++i) {
      if (absl::Status s = Collect(i); !s.ok()) return s;
    }
    const auto nearer = [](const Survivor& a, const Survivor& b) { return a.bound_m < b.bound_m; };
    std::sort(survivors_.begin(), survivors_.end(), nearer);
    for (auto at = survivors_.begin(); at != survivors_.end();) {
      if (!refiner_.MayEnter(at->bound_m)) break;
      const auto end = at + std::min<ptrdiff_t>(kBatch, survivors_.end() - at);
      batch.assign(at, end);
      if (absl::Status s = Measure(batch); !s.ok()) return s;
      at = end;
    }
    cost_.cells += refiner_.cells();
    return refiner_.Take();
  }

 private:
  absl::Status CheckPatience() const {
    return context_.patience == nullptr ? absl::OkStatus() : context_.patience->Check();
  }

  absl::Status Collect(uint32_t segment) {
    const SegmentFilter filter(query_.filter, context_.segments[segment]);
    const Segment::Arrays& a = context_.segments[segment].segment->arrays();
    if (filter.never()) return absl::OkStatus();
    for (uint32_t b = 0; b < a.block_count(); ++b) {
      if (b % kPatienceBlocks == 0) {
        if (absl::Status s = CheckPatience(); !s.ok()) return s;
      }
      if (!filter.MayPass(a.blocks[b]) ||
          !refiner_.MayEnter(envelope_.BoundOfBox(a.blocks[b].box))) {
        continue;
      }
      const uint32_t end = std::min(a.size, (b + 1) * kBlockSize);
      for (uint32_t o = b * kBlockSize; o < end; ++o) {
        const double bound_m = envelope_.Bound(a.box[o], a.ends[o]);
        if (refiner_.MayEnter(bound_m)) Add(filter, {segment, o}, bound_m);
      }
    }
    return absl::OkStatus();
  }

  void Add(const SegmentFilter& filter, const Place& place, double bound_m) {
    const Verdict verdict = filter.Judge(place.ordinal);
    if (verdict == Verdict::kNo) return;
    if (std::binary_search(seeds_.begin(), seeds_.end(), place)) return;
    survivors_.push_back({bound_m, place, verdict == Verdict::kMaybe});
  }

  absl::Status Measure(const std::vector<Survivor>& batch) {
    if (absl::Status s = CheckPatience(); !s.ok()) return s;
    std::vector<Place> places;
    for (const Survivor& survivor : batch) places.push_back(survivor.place);
    const auto geometry = context_.fetch(places);
    if (!geometry.ok()) return geometry.status();
    for (size_t i = 0; i < batch.size(); ++i) {
      const TrajectoryView fixes = (*geometry)[i]->fixes;
      const Segment& segment = *context_.segments[places[i].segment].segment;
      if (!refiner_.MayEnter(batch[i].bound_m)) continue;
      if (batch[i].maybe && !Admits(query_.filter, segment, places[i].ordinal, fixes)) continue;
      refiner_.Offer({.score = 0, .direction = Direction::kSame, .place = places[i]}, fixes);
      ++cost_.refined;
    }
    return absl::OkStatus();
  }

  const SearchContext& context_;
  const Query& query_;
  SearchCost& cost_;
  Refiner refiner_;
  QueryEnvelope envelope_;
  std::vector<Place> seeds_;  // ascending
  std::vector<Survivor> survivors_;
};

}  // namespace

absl::StatusOr<std::vector<Refined>> RefineAll(const SearchContext& context, const Query& query,
                                               const std::vector<Candidate>& seeds,
                                               SearchCost& cost) {
  return ExactSearch(context, query, cost).Run(seeds);
}

}  // namespace spoor
