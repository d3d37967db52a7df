#include "shard/tune/tune.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <functional>
#include <thread>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "shard/tune/half_split.h"
#include "shard/tune/typical_params.h"

namespace spoor {
namespace {

// How far the sweep looks at first on the coarser side of the depth that suits the typical trip,
// and the cells that it considers at all: smaller ones tell recordings of one way apart by the
// errors of their receivers, larger ones are countries.  All finer ones are tried: where a few far
// trips make cells of countries look right, those that suit the others are anywhere behind.
constexpr int kCoarser = 5, kFinestDepth = 35, kCoarsestDepth = 8;
// With how many of the best depths the other grams are tried.
constexpr size_t kBestDepths = 3;
// k cells, guarantee t.  Never k = 1: one cell knows no direction, which this test would not
// notice.
constexpr std::pair<int, int> kFirstGram = {2, 2};
constexpr std::pair<int, int> kOtherGrams[] = {{2, 3}, {2, 4}, {3, 4}, {3, 6}};

// Candidates whose worth is this near to that of the best are taken for as good: a twentieth of a
// percent of the way from chance to perfection.
constexpr double kNegligible = 0.0005;

constexpr size_t kFewestQueries = 10;
constexpr size_t kThreads = 2;

// A row, and what it is worth, the mean over the queries: 1 when the other half comes first, 0 when
// it comes last, and the same for every doubling of the rank in between, so that it tells about the
// first ten as about the first thousand, and means the same in a larger collection.
struct Measured {
  TuneRow row;
  double worth = 0;
};

Measured Judge(const IndexParams& params, const HalfSplitResult& result, size_t targets) {
  Measured m;
  m.row.params = params;
  m.row.postings_per_query = result.postings_per_query;
  for (const double rank : result.ranks) {
    m.row.recall_at_10 += rank <= 10;
    m.row.recall_at_1000 += rank <= 1000;
    m.row.mean_rank += rank;
    m.worth += 1 - std::log(rank) / std::log(static_cast<double>(targets));
  }
  const auto queries = static_cast<double>(result.ranks.size());
  for (double* sum : {&m.row.recall_at_10, &m.row.recall_at_1000, &m.row.mean_rank, &m.worth}) {
    *sum /= queries;
  }
  return m;
}

// Measures candidates on a few threads.
class Sweep {
 public:
  Sweep(const std::vector<Trajectory>& sample, std::vector<HalfQuery> queries,
        const Patience& patience, const std::function<void(uint64_t, uint64_t)>& progress)
      : sample_(sample), queries_(std::move(queries)), patience_(patience), progress_(progress) {}

  // Adds the candidates to measured().  `total` is for progress, over all calls.
  absl::Status Measure(const std::vector<IndexParams>& candidates, uint64_t total) {
    std::vector<absl::StatusOr<Measured>> results(candidates.size(), absl::UnknownError("not run"));
    std::atomic<size_t> next{0}, done{measured_.size()};
    const auto work = [&](bool reports) {
      for (size_t i; (i = next++) < candidates.size();) {
        const auto result = RunHalfSplit(sample_, queries_, candidates[i], patience_);
        if (!result.ok()) {
          results[i] = result.status();
          continue;  // the others fail as soon
        }
        results[i] = Judge(candidates[i], *result, std::max<size_t>(2, sample_.size()));
        ++done;
        if (reports && progress_) progress_(done, total);
      }
    };
    {
      std::vector<std::jthread> others;
      for (size_t i = 1; i < kThreads; ++i) others.emplace_back([&] { work(false); });
      work(true);
    }
    for (auto& result : results) {
      if (!result.ok()) return result.status();
      measured_.push_back(*std::move(result));
    }
    return absl::OkStatus();
  }

  std::vector<Measured>& measured() { return measured_; }

 private:
  const std::vector<Trajectory>& sample_;
  const std::vector<HalfQuery> queries_;
  const Patience& patience_;
  const std::function<void(uint64_t, uint64_t)>& progress_;
  std::vector<Measured> measured_;
};

IndexParams AtDepth(const IndexParams& base, int depth) {
  IndexParams params = base;
  params.depth = depth;
  std::tie(params.k, params.t) = kFirstGram;
  return params;
}

// The sweep over depths.
class Depths {
 public:
  // Each trip's own; then one for all, from coarser than the base, and than what is in force, to
  // the finest.
  Depths(const IndexParams& base, const std::optional<IndexParams>& in_force)
      : base_(base),
        coarsest_(std::max(base.depth - kCoarser, kCoarsestDepth)),
        finest_(std::max(in_force ? in_force->depth : 0, kFinestDepth)) {
    if (in_force && !HasOwnDepths(*in_force)) coarsest_ = std::min(coarsest_, in_force->depth);
  }

  std::vector<IndexParams> First() const {
    std::vector<IndexParams> out = {AutoParams()};
    for (int depth = coarsest_; depth <= finest_; ++depth) out.push_back(AtDepth(base_, depth));
    return out;
  }
  // The next coarser one where the best so far is the coarsest; else nothing.
  std::vector<IndexParams> Beyond(int best) {
    if (best != coarsest_ || coarsest_ <= kCoarsestDepth) return {};
    return {AtDepth(base_, --coarsest_)};
  }

 private:
  const IndexParams base_;
  int coarsest_;
  const int finest_;
};

std::vector<IndexParams> OtherGrams(absl::Span<const Measured> best) {
  std::vector<IndexParams> out;
  for (const Measured& m : best) {
    for (const auto& [k, t] : kOtherGrams) {
      IndexParams params = m.row.params;
      params.k = k;
      params.t = t;
      out.push_back(params);
    }
  }
  return out;
}

void SortByWorth(std::vector<Measured>& all) {
  std::ranges::sort(all, [](const Measured& a, const Measured& b) {
    if (a.worth != b.worth) return a.worth > b.worth;
    const IndexParams &p = a.row.params, &q = b.row.params;
    return std::tie(p.depth, p.k, p.t) < std::tie(q.depth, q.k, q.t);
  });
}

size_t Find(const std::vector<Measured>& all, const std::optional<IndexParams>& params) {
  const auto at =
      std::ranges::find_if(all, [&](const Measured& m) { return m.row.params == params; });
  return static_cast<size_t>(at - all.begin());
}

// Of those as good as the best one comes first, then all by their worth.  What is in force, or else
// what AutoParams says, where it is among them: an easy collection finds every half by any
// parameters, which proves nothing against those that stand noise best, and nobody should re-index
// for nothing.  Else the cheapest.  What has fewer within the first ten than what is in force is
// not chosen: ranks far behind can improve while those that people see get worse.
void PutChosenFirst(const std::optional<IndexParams>& in_force, std::vector<Measured>& all) {
  SortByWorth(all);
  const size_t forced = Find(all, in_force);
  const auto may_follow = [&](size_t i) {
    return forced == all.size() || all[i].row.recall_at_10 >= all[forced].row.recall_at_10;
  };
  size_t best = 0;
  while (!may_follow(best)) ++best;
  const auto as_good = [&](size_t i) {
    return i < all.size() && all[i].worth >= all[best].worth - kNegligible && may_follow(i);
  };
  size_t chosen = best;
  for (size_t i = best; i < all.size(); ++i) {
    if (as_good(i) && all[i].row.postings_per_query < all[chosen].row.postings_per_query) {
      chosen = i;
    }
  }
  for (const size_t known : {Find(all, AutoParams()), forced}) {
    if (as_good(known)) chosen = known;
  }
  std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(chosen),
              all.begin() + static_cast<std::ptrdiff_t>(chosen) + 1);
}

// Measures depths until the best of them has worse ones on both sides; sorts them by their worth.
// `total` becomes how many candidates there will be with the other grams of the best.
absl::Status SweepDepths(Depths depths, Sweep& sweep, uint64_t* total) {
  for (std::vector<IndexParams> next = depths.First(); !next.empty();
       next = depths.Beyond(sweep.measured().front().row.params.depth)) {
    *total = sweep.measured().size() + next.size() + kBestDepths * std::size(kOtherGrams);
    if (absl::Status s = sweep.Measure(next, *total); !s.ok()) return s;
    SortByWorth(sweep.measured());
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<TuneResult> Tune(const std::vector<Trajectory>& sample, const TuneOptions& options,
                                const Patience& patience,
                                const std::function<void(uint64_t, uint64_t)>& progress) {
  std::vector<HalfQuery> queries = DrawHalfQueries(sample, options.queries, options.seed);
  if (queries.size() < kFewestQueries) {
    return absl::FailedPreconditionError(
        absl::StrCat("too few trajectories of 4 fixes or more: ", queries.size(), ", needed are ",
                     kFewestQueries));
  }
  // A recording must not find its own errors again: each query drifts as another receiver would.
  for (HalfQuery& q : queries) AddDrift({.seed = options.seed + q.wanted}, q.fixes);
  Sweep sweep(sample, std::move(queries), patience, progress);
  uint64_t total = 0;
  const Depths depths(TypicalParams(sample), options.in_force);
  if (absl::Status s = SweepDepths(depths, sweep, &total); !s.ok()) return s;
  const auto best = absl::MakeConstSpan(sweep.measured()).first(kBestDepths);
  if (absl::Status s = sweep.Measure(OtherGrams(best), total); !s.ok()) return s;
  if (options.in_force && Find(sweep.measured(), options.in_force) == sweep.measured().size()) {
    if (absl::Status s = sweep.Measure({*options.in_force}, ++total); !s.ok()) return s;
  }
  if (progress) progress(total, total);

  PutChosenFirst(options.in_force, sweep.measured());
  TuneResult result;
  for (Measured& m : sweep.measured()) result.rows.push_back(m.row);
  result.best = result.rows.front().params;
  return result;
}

}  // namespace spoor
