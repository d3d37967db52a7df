#include "bench/agreement.h"

#include <cstdio>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/cities.h"
#include "bench/memory_index.h"
#include "shard/tune/typical_params.h"
#include "tests/geo/worlds.h"

namespace spoor::bench {
namespace {

constexpr size_t kFirstTen = 10;

// The answers to one query by a measure, for each of some trips, and what they took.
struct Answers {
  std::vector<std::set<uint64_t>> hits;  // the numbers of the trips that were found
  double ms = 0;                         // of a query
  size_t exact = 0;                      // that said so
};

// What is like a trip, other than the trip itself.
Query Like(const Trajectory& trip, const std::shared_ptr<const Measure>& measure) {
  Query query{.fixes = trip.fixes, .k = kFirstTen};
  query.rerank = Rerank{.measure = measure};
  query.filter.exclude = {trip.id.value()};
  return query;
}

absl::StatusOr<Answers> Ask(const MemoryIndex& index, const std::vector<Query>& queries) {
  Answers out;
  const double start = Seconds();
  for (const Query& query : queries) {
    const auto answer = index.Search(query);
    if (!answer.ok()) return answer.status();
    std::set<uint64_t>& hits = out.hits.emplace_back();
    for (const Hit& hit : answer->hits) hits.insert(hit.version);
    out.exact += answer->exact ? 1 : 0;
  }
  out.ms = 1e3 * (Seconds() - start) / static_cast<double>(queries.size());
  return out;
}

double Agreement(const Answers& truth, const Answers& found) {
  size_t both = 0, all = 0;
  for (size_t q = 0; q < truth.hits.size(); ++q) {
    all += truth.hits[q].size();
    for (const uint64_t hit : found.hits[q]) both += truth.hits[q].count(hit);
  }
  return static_cast<double>(both) / static_cast<double>(all);
}

// The questions by one measure, and their answers.
struct Asked {
  std::string measure;
  std::vector<Query> queries;
  Answers truth;
};

absl::Status PrintDepth(const MemoryIndex& index, std::vector<Asked>& asked,
                        const std::vector<uint64_t>& candidates) {
  const std::string depth =
      HasOwnDepths(index.params()) ? "own" : std::to_string(index.params().depth);
  uint64_t geodabs = 0;
  for (size_t i = 0; i < index.size(); ++i) geodabs += index.fingerprint(i).geodabs.size();
  for (Asked& by : asked) {
    for (const uint64_t count : candidates) {
      for (Query& query : by.queries) query.rerank->candidates = count;
      const auto found = Ask(index, by.queries);
      if (!found.ok()) return found.status();
      const auto n = static_cast<double>(index.size());
      std::printf("| %s | %s | %llu | %.3f | %.2f | %.2f | %zu of %zu | %.0f | %.0f |\n",
                  depth.c_str(), by.measure.c_str(), static_cast<unsigned long long>(count),
                  Agreement(by.truth, *found), found->ms, by.truth.ms, found->exact,
                  by.queries.size(), static_cast<double>(geodabs) / n,
                  static_cast<double>(index.bytes()) / n);
      std::fflush(stdout);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status PrintAgreement(const std::vector<Trajectory>& trips, const AgreementOptions& options) {
  std::vector<NamedLine> lines;
  for (const Trajectory& t : trips) lines.push_back({t.id.value(), t.fixes});
  std::vector<Asked> asked;
  auto index = std::make_unique<MemoryIndex>(lines, AutoParams());
  for (const std::string& name : options.measures) {
    auto made = MakeMeasure(name, testing::SampleParams(name, 100));
    if (!made.ok()) return made.status();
    const std::shared_ptr<const Measure> measure = *std::move(made);
    Asked by{.measure = name, .queries = {}, .truth = {}};
    const size_t count = std::min(options.queries, trips.size());
    for (size_t i = 0; i < count; ++i) {
      by.queries.push_back(Like(trips[i * trips.size() / count], measure));
      by.queries.back().exact = true;
    }
    auto truth = Ask(*index, by.queries);
    if (!truth.ok()) return truth.status();
    by.truth = *std::move(truth);
    for (Query& query : by.queries) query.exact = false;
    asked.push_back(std::move(by));
  }
  std::printf(
      "\n%zu trips\n\n| depth | measure | candidates | exact top 10 | ms | exact: ms | "
      "say exact | geodabs/trip | bytes/trip |\n|---|---|---|---|---|---|---|---|---|\n",
      trips.size());
  if (absl::Status s = PrintDepth(*index, asked, options.candidates); !s.ok()) return s;
  IndexParams params = TypicalParams(trips);
  const int typical = params.depth;
  for (int d = typical - options.coarser; d <= typical + options.finer; ++d) {
    params.depth = d;
    index = std::make_unique<MemoryIndex>(lines, params);
    if (absl::Status s = PrintDepth(*index, asked, options.candidates); !s.ok()) return s;
  }
  return absl::OkStatus();
}

}  // namespace spoor::bench
