#include "engine/motif/closest_pairs.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "engine/motif/btm.h"
#include "engine/motif/near_blocks.h"

namespace spoor {
namespace {

constexpr double kUnboundedM = std::numeric_limits<double>::infinity();
constexpr double kFirstRoundM = 2;

struct ClosePair {
  double distance_m = 0;
  uint32_t a = 0, b = 0;  // numbers of trips, a < b
  friend auto operator<=>(const ClosePair&, const ClosePair&) = default;
};

class PairRounds {
 public:
  PairRounds(absl::Span<const Trajectory> trips, const ClosestQuery& query,
             const Patience& patience, const std::function<void(uint64_t, uint64_t)>& shown)
      : query_(query), patience_(patience), shown_(shown) {
    const size_t least = size_t{query.steps} + 2;
    for (const Trajectory& t : trips) {
      if (t.fixes.size() < least) continue;
      if (t.fixes.size() > ClosestQuery::kMostFixes) {
        answer_.too_long.push_back(t.id);
        continue;
      }
      trips_.push_back(&t);
      lines_.push_back(t.view());
    }
    block_ = (least + 1) / 2;  // of `least` fixes in a row one such block is a part
    ClosestCost& cost = answer_.cost;
    cost.trips = trips_.size();
    cost.pairs = cost.trips * (cost.trips - std::min<uint64_t>(1, cost.trips)) / 2;
  }

  absl::StatusOr<ClosestAnswer> Run() {
    ClosestCost& cost = answer_.cost;
    for (cost.within_m = kFirstRoundM;;) {
      ++cost.rounds;
      absl::Status s = cost.within_m < kUnboundedM ? NearRound(cost.within_m) : OpenAll();
      if (!s.ok()) return s;
      if (cost.within_m == kUnboundedM || kth_m() <= cost.within_m) break;
      cost.within_m = std::min(2 * cost.within_m, kth_m());
      if (cost.within_m > NearBlocks::kMostM) cost.within_m = kUnboundedM;
    }
    cost.opened = opened_.size();
    return Tell();
  }

 private:
  // What is farther is not told.
  double kth_m() const { return best_.size() < query_.k ? kUnboundedM : best_.back().distance_m; }

  absl::Status NearRound(double within_m) {
    NearBlocks near(lines_, within_m);
    std::vector<uint32_t> found;
    for (uint32_t a = 0; a < lines_.size(); ++a) {
      if (absl::Status s = patience_.CheckInTurn(); !s.ok()) return s;
      for (size_t from = 0; from + block_ <= lines_[a].size(); from += block_) {
        near.Find(lines_[a].subspan(from, block_), a, found);
        for (const uint32_t b : found) {
          if (absl::Status s = Open(a, b); !s.ok()) return s;
        }
      }
      shown_(a + 1, lines_.size());
    }
    return absl::OkStatus();
  }

  absl::Status OpenAll() {
    for (uint32_t a = 0; a < lines_.size(); ++a) {
      for (uint32_t b = a + 1; b < lines_.size(); ++b) {
        if (absl::Status s = Open(a, b); !s.ok()) return s;
      }
      shown_(a + 1, lines_.size());
    }
    return absl::OkStatus();
  }

  absl::Status Open(uint32_t a, uint32_t b) {
    if (!opened_.insert(uint64_t{a} << 32 | b).second) return absl::OkStatus();
    const LocalPlane plane(lines_[a][lines_[a].size() / 2]);
    const std::vector<PlanePoint> line_a = plane.Project(lines_[a]);
    std::vector<PlanePoint> line_b = plane.Project(lines_[b]);
    ClosePair pair{.distance_m = kUnboundedM, .a = a, .b = b};
    for (const Direction direction : {Direction::kSame, Direction::kOpposite}) {
      if (query_.direction != Direction::kEither && query_.direction != direction) continue;
      if (direction == Direction::kOpposite) line_b = Backwards(line_b);
      const auto found = LeastFrechetPairWithin(
          line_a, line_b, {query_.steps, std::min(kth_m(), pair.distance_m)}, patience_);
      if (!found.ok()) return found.status();
      if (found->pair) pair.distance_m = std::min(pair.distance_m, found->pair->distance_m);
    }
    if (pair.distance_m == kUnboundedM) return absl::OkStatus();
    best_.insert(std::ranges::upper_bound(best_, pair), pair);
    if (best_.size() > query_.k) best_.pop_back();
    return absl::OkStatus();
  }

  absl::StatusOr<ClosestAnswer> Tell() {
    for (const ClosePair& pair : best_) {
      const Trajectory &a = *trips_[pair.a], &b = *trips_[pair.b];
      auto exact = ExactMotifBetween({.id = a.id, .object = a.object, .fixes = a.view()},
                                     {.id = b.id, .object = b.object, .fixes = b.view()},
                                     {.direction = query_.direction}, query_.steps, patience_);
      if (!exact.ok()) return exact.status();
      for (Motif& motif : exact->motifs) answer_.motifs.push_back(std::move(motif));
    }
    return std::move(answer_);
  }

  const ClosestQuery& query_;
  const Patience& patience_;
  const std::function<void(uint64_t, uint64_t)>& shown_;
  std::vector<const Trajectory*> trips_;
  std::vector<TrajectoryView> lines_;
  size_t block_ = 0;
  absl::flat_hash_set<uint64_t> opened_;
  std::vector<ClosePair> best_;  // ascending, at most k
  ClosestAnswer answer_;
};

}  // namespace

absl::StatusOr<ClosestAnswer> ClosestPairs(
    absl::Span<const Trajectory> trips, const ClosestQuery& query, const Patience& patience,
    const std::function<void(uint64_t done, uint64_t total)>& shown) {
  return PairRounds(trips, query, patience, shown).Run();
}

}  // namespace spoor
