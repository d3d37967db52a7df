#include "bench/self_test.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "bench/cities.h"
#include "bench/memory_index.h"
#include "geo/local_plane.h"
#include "geo/measure/measure.h"
#include "router/generate/random.h"
#include "shard/tune/half_split.h"
#include "shard/tune/jaccard_ranking.h"

namespace spoor::bench {
namespace {

constexpr size_t kTop = 10;

// The odd halves of trips, to be searched.
class Index {
 public:
  Index(const std::vector<Trajectory>& trips, const IndexParams& params)
      : halves_(HalvesOf(trips), params) {
    for (size_t i = 0; i < halves_.size(); ++i) ranking_.Add(halves_.fingerprint(i));
  }

  absl::StatusOr<SearchAnswer> Search(const Query& query) const { return halves_.Search(query); }
  double FingerprintRank(const HalfQuery& query) {
    return ranking_.RankOf(AskedSets(query.fixes, halves_.params(), Ends::kMarked), query.wanted);
  }
  TrajectoryView half(size_t i) const { return halves_.line(i); }
  size_t size() const { return halves_.size(); }

 private:
  static std::vector<NamedLine> HalvesOf(const std::vector<Trajectory>& trips) {
    std::vector<NamedLine> out;
    for (const Trajectory& t : trips) out.push_back({t.id.value(), HalfOf(t.fixes, 1)});
    return out;
  }

  const MemoryIndex halves_;
  JaccardRanking ranking_;
};

// The rival: every target, projected on one plane.
class Scan {
 public:
  Scan(const Index& index, const Measure& measure)
      : plane_(index.half(index.size() / 2).front()), measure_(measure) {
    for (size_t i = 0; i < index.size(); ++i) targets_.push_back(plane_.Project(index.half(i)));
  }

  // The numbers of the nearest ten, nearest first.
  std::vector<uint32_t> Nearest(const HalfQuery& query) const {
    const std::vector<PlanePoint> asked = plane_.Project(query.fixes);
    std::vector<std::pair<double, uint32_t>> best;  // a heap, the worst on top
    for (uint32_t i = 0; i < targets_.size(); ++i) {
      const double cutoff =
          best.size() < kTop ? std::numeric_limits<double>::infinity() : best.front().first;
      const double d = measure_.Distance(asked, targets_[i], cutoff);
      if (best.size() == kTop && d >= cutoff) continue;
      best.emplace_back(d, i);
      std::ranges::push_heap(best);
      if (best.size() <= kTop) continue;
      std::ranges::pop_heap(best);
      best.pop_back();
    }
    std::ranges::sort(best);
    std::vector<uint32_t> out;
    for (const auto& [d, i] : best) out.push_back(i);
    return out;
  }

  // The rank of the right answer, from 1; what ties with it counts half.
  double Rank(const HalfQuery& query) const {
    const std::vector<PlanePoint> asked = plane_.Project(query.fixes);
    const double own =
        measure_.Distance(asked, targets_[query.wanted], std::numeric_limits<double>::infinity());
    size_t nearer = 0, equal = 0;
    for (const auto& target : targets_) {
      const double d = measure_.Distance(asked, target, own);
      nearer += d < own;
      equal += d == own;
    }
    return 1 + static_cast<double>(nearer) + static_cast<double>(equal - 1) / 2;
  }

 private:
  const LocalPlane plane_;
  const Measure& measure_;
  std::vector<std::vector<PlanePoint>> targets_;
};

// One row of the table in the making.
struct Row {
  double first = 0, first_10 = 0, first_1000 = 0, first_3000 = 0, rank = 0;  // sums over queries
  double exact = 0;  // of the true top ten, sums of shares
  double seconds = 0;

  void AddRank(double r) {
    first += r <= 1;
    first_10 += r <= 10;
    first_1000 += r <= 1000;
    first_3000 += r <= 3000;
    rank += r;
  }

  void Print(const std::string& set, const char* method, size_t queries, double rival_s) const {
    const auto n = static_cast<double>(queries);
    std::printf("| %s | %s | %.3f | %.3f | %.3f | %.3f | %.0f | %.3f | %.2f | %.1f |\n",
                set.c_str(), method, first / n, first_10 / n, first_1000 / n, first_3000 / n,
                rank / n, exact / n, 1e3 * seconds / n, rival_s / seconds);
    std::fflush(stdout);
  }
};

double ShareOf(const std::vector<uint32_t>& truth, const SearchAnswer& answer) {
  const std::set<uint64_t> true_ones(truth.begin(), truth.end());
  size_t found = 0;
  for (const Hit& hit : answer.hits) found += true_ones.count(hit.version);
  return static_cast<double>(found) / static_cast<double>(truth.size());
}

// Loses and moves fixes of a query.
void Disturb(const SelfTestOptions& options, HalfQuery& query) {
  Random random(options.seed, query.wanted);
  std::vector<Fix> kept;
  for (size_t i = 0; i < query.fixes.size(); ++i) {
    const bool lost = random.Uniform() < options.drop;
    if (lost && kept.size() + query.fixes.size() - i > 2) continue;  // two stay
    kept.push_back(query.fixes[i]);
  }
  query.fixes = std::move(kept);
  if (options.noise_m <= 0) return;
  constexpr double kMetersPerDegree = 111'195;
  for (Fix& f : query.fixes) {
    const double lat_deg = f.lat_deg() + random.Normal() * options.noise_m / kMetersPerDegree;
    const double cosine = std::cos(lat_deg * M_PI / 180);
    const double lon_deg =
        f.lon_deg() + random.Normal() * options.noise_m / kMetersPerDegree / cosine;
    if (IsPosition(lat_deg, lon_deg)) f = FixFromDegrees(lat_deg, lon_deg, f.time_ms);
  }
}

class SelfTest {
 public:
  SelfTest(Index& index, std::shared_ptr<const Measure> measure, const SelfTestOptions& options)
      : index_(index), measure_(std::move(measure)), scan_(index, *measure_), options_(options) {}

  absl::Status Ask(const HalfQuery& query) {
    const std::vector<uint32_t> truth = TimeScan(query);
    alone_.AddRank(index_.FingerprintRank(query));
    Query q{.fixes = query.fixes, .k = kTop};
    if (absl::Status s = Time(q, truth, alone_); !s.ok()) return s;
    q.rerank = Rerank{.measure = measure_, .candidates = options_.candidates};
    if (absl::Status s = Time(q, truth, both_); !s.ok()) return s;

    q.k = options_.candidates;
    const auto all = index_.Search(q);
    if (!all.ok()) return all.status();
    both_.AddRank(RankIn(*all, query));
    return absl::OkStatus();
  }

  void Print(const std::string& name, size_t queries) const {
    alone_.Print(name, "fingerprints", queries, scanned_.seconds);
    both_.Print(name, "fingerprints, then measure", queries, scanned_.seconds);
    scanned_.Print(name, "brute force", queries, scanned_.seconds);
  }

 private:
  std::vector<uint32_t> TimeScan(const HalfQuery& query) {
    const double start = Seconds();
    std::vector<uint32_t> truth = scan_.Nearest(query);
    scanned_.seconds += Seconds() - start;
    scanned_.exact += 1;
    scanned_.AddRank(scan_.Rank(query));
    return truth;
  }

  absl::Status Time(const Query& q, const std::vector<uint32_t>& truth, Row& row) {
    const double start = Seconds();
    const auto answer = index_.Search(q);
    row.seconds += Seconds() - start;
    if (!answer.ok()) return answer.status();
    row.exact += ShareOf(truth, *answer);
    return absl::OkStatus();
  }

  // What was no candidate has the rank that the fingerprints gave it.
  double RankIn(const SearchAnswer& answer, const HalfQuery& query) {
    for (size_t i = 0; i < answer.hits.size(); ++i) {
      if (answer.hits[i].version == query.wanted) return static_cast<double>(i + 1);
    }
    return std::max(index_.FingerprintRank(query), static_cast<double>(answer.hits.size() + 1));
  }

  Index& index_;
  const std::shared_ptr<const Measure> measure_;
  const Scan scan_;
  const SelfTestOptions options_;
  Row alone_, both_, scanned_;
};

}  // namespace

void PrintSelfTestHeading() {
  std::printf(
      "| queries | method | recall@1 | recall@10 | in best 1000 | in best 3000 | mean rank | "
      "exact top 10 | ms/query | times faster |\n|---|---|---|---|---|---|---|---|---|---|\n");
}

absl::Status RunSelfTest(const std::string& name, const std::vector<Trajectory>& trips,
                         const IndexParams& params, const SelfTestOptions& options) {
  auto measure = MakeMeasure(options.measure, {});
  if (!measure.ok()) return measure.status();
  Index index(trips, params);
  SelfTest test(index, *std::move(measure), options);
  std::vector<HalfQuery> queries = DrawHalfQueries(trips, options.queries, options.seed);
  for (HalfQuery& query : queries) {
    Disturb(options, query);
    if (absl::Status s = test.Ask(query); !s.ok()) return s;
  }
  test.Print(name, queries.size());
  return absl::OkStatus();
}

}  // namespace spoor::bench
