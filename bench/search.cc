// Search in the engine: latency of the top 10 among so many trips of a generated city, beside the
// average precision of the ranking, for scheme v2 and its rivals in one run.  Answers are checked
// first against a scan of all fingerprints.
//
//   search --trips 100000 --schemes v2,v2:33,paper,cells --queries 500
//   search --trips 10000,100000,1000000 --schemes v2
#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "bench/cities.h"
#include "bench/rivals.h"
#include "engine/engine.h"

namespace spoor::bench {
namespace {

constexpr size_t kCheckedQueries = 20;
constexpr size_t kTop = 10;

struct Corpus {
  Fingerprints fingerprints;
  std::vector<std::string> ids;
  std::vector<Trajectory> queries;
  uint64_t fixes = 0, geodabs = 0;
};

// "v2", "paper", "cells", each also with another depth: "v2:33".
IndexParams ParamsOf(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, ':');
  IndexParams params;
  if (parts[0] == "paper") params = PaperParams();
  if (parts[0] == "cells") params = CellParams();
  if (parts.size() > 1 && !absl::SimpleAtoi(parts[1], &params.depth)) params.depth = 0;
  return params;
}

// Loads the first n drives of the week and keeps what checking needs.
absl::StatusOr<Corpus> Load(Engine& engine, const City& city, size_t n, size_t queries,
                            const IndexParams& params) {
  constexpr size_t kBatch = 1000;
  Corpus out;
  std::vector<Trajectory> batch;
  for (size_t i = 0; i < n; ++i) {
    batch.push_back(city.Trip(city.DriveAt(i)));
    out.fixes += batch.back().fixes.size();
    out.ids.push_back(batch.back().id.value());
    out.fingerprints.push_back(MakeFingerprint(batch.back().view(), params).geodabs);
    out.geodabs += out.fingerprints.back().size();
    if (i % std::max<size_t>(1, n / queries) == 0) out.queries.push_back(batch.back());
    if (batch.size() < kBatch && i + 1 < n) continue;
    if (auto r = engine.Write(std::exchange(batch, {})); !r.ok()) return r.status();
  }
  return out;
}

// The definition, over all fingerprints.
std::vector<std::pair<double, std::string>> Scan(const Corpus& corpus,
                                                 const std::vector<Geodab>& q) {
  std::vector<std::pair<double, std::string>> all;
  for (size_t i = 0; i < corpus.ids.size(); ++i) {
    const auto& f = corpus.fingerprints[i];
    size_t common = 0;
    for (size_t a = 0, b = 0; a < q.size() && b < f.size();) {
      common += q[a] == f[b] ? 1 : 0;
      q[a]<f[b] ? ++a : q[a]> f[b] ? ++b : (++a, ++b);
    }
    if (common == 0) continue;
    all.emplace_back(
        -static_cast<double>(common) / static_cast<double>(q.size() + f.size() - common),
        corpus.ids[i]);
  }
  std::sort(all.begin(), all.end());
  if (all.size() > kTop) all.resize(kTop);
  return all;
}

// Median of a plain way to search; nothing when it and the engine's definition disagree.
template <typename Rival>
std::optional<double> MedianMs(Rival rival, const Corpus& corpus, const IndexParams& params) {
  std::vector<double> ms;
  for (size_t i = 0; i < corpus.queries.size(); ++i) {
    const double start = Seconds();
    const std::vector<Geodab> query = MakeFingerprint(corpus.queries[i].view(), params).geodabs;
    const Ranked top = rival.Top(query, kTop);
    ms.push_back(1e3 * (Seconds() - start));
    if (i >= kCheckedQueries) continue;
    const auto expected = Scan(corpus, query);
    if (top.size() != expected.size()) return {};
    for (size_t h = 0; h < top.size(); ++h) {
      if (top[h].first != expected[h].first) return {};
    }
  }
  return Percentile(ms, .5);
}

bool AnswersAreRight(const Engine& engine, const Corpus& corpus, const IndexParams& params) {
  for (size_t i = 0; i < std::min(kCheckedQueries, corpus.queries.size()); ++i) {
    const Trajectory& t = corpus.queries[i * corpus.queries.size() / kCheckedQueries];
    const auto expected = Scan(corpus, MakeFingerprint(t.view(), params).geodabs);
    const auto answer = engine.Search({.fixes = t.fixes, .k = kTop}, {});
    if (!answer.ok() || answer->hits.size() != expected.size()) return false;
    for (size_t h = 0; h < expected.size(); ++h) {
      if (answer->hits[h].id.value() != expected[h].second) return false;
      if (answer->hits[h].score != -expected[h].first) return false;
    }
  }
  return true;
}

// Ids are "<route>-<heading>-<variant>": what is relevant to a query shares the first two.
std::string RouteAndHeading(absl::string_view id) {
  return std::string(id.substr(0, id.rfind('-')));
}

double AveragePrecision(const Engine& engine, const Corpus& corpus, size_t queries) {
  std::vector<std::string> all;
  for (const std::string& id : corpus.ids) all.push_back(RouteAndHeading(id));
  std::sort(all.begin(), all.end());
  double sum = 0;
  size_t counted = 0;
  for (size_t i = 0; i < std::min(queries, corpus.queries.size()); ++i) {
    const Trajectory& t = corpus.queries[i];
    const std::string wanted = RouteAndHeading(t.id.value());
    const auto range = std::equal_range(all.begin(), all.end(), wanted);
    const double relevant = static_cast<double>(range.second - range.first) - 1;
    if (relevant < 1) continue;
    Query q{.fixes = t.fixes, .k = 10'000};
    q.filter.exclude = {t.id.value()};
    const auto answer = engine.Search(q, {});
    if (!answer.ok()) continue;
    double found = 0, precision = 0;
    for (size_t rank = 0; rank < answer->hits.size(); ++rank) {
      if (RouteAndHeading(answer->hits[rank].id.value()) != wanted) continue;
      precision += ++found / static_cast<double>(rank + 1);
    }
    sum += precision / relevant;
    ++counted;
  }
  return counted == 0 ? 0 : sum / static_cast<double>(counted);
}

int RunOne(const City& city, size_t trips, const std::string& scheme, size_t queries) {
  const ScratchDir dir;
  EngineOptions options;
  options.params = ParamsOf(scheme);
  options.memory_bytes = uint64_t{2} << 30;
  options.access = Access::kCreate;
  auto engine = Engine::Open(dir.path() + "/c", options);
  if (!engine.ok()) return std::fprintf(stderr, "%s\n", engine.status().ToString().c_str()), 1;
  const auto corpus = Load(**engine, city, trips, queries, *options.params);
  if (!corpus.ok()) return std::fprintf(stderr, "%s\n", corpus.status().ToString().c_str()), 1;
  if (!(*engine)->Compact().ok()) return 1;
  if (!AnswersAreRight(**engine, *corpus, *options.params)) {
    std::fprintf(stderr, "%s: wrong answer, not timed\n", scheme.c_str());
    return 1;
  }
  std::vector<double> ms;
  double postings = 0, read = 0;
  for (int round = 0; round < 2; ++round) {  // the first warms
    ms.clear();
    postings = read = 0;
    for (const Trajectory& t : corpus->queries) {
      const double start = Seconds();
      const auto answer = (*engine)->Search({.fixes = t.fixes, .k = kTop}, {});
      ms.push_back(1e3 * (Seconds() - start));
      postings += static_cast<double>(answer->cost.postings);
      read += static_cast<double>(answer->cost.postings_read);
    }
  }
  const auto counting_ms = MedianMs(PlainCounting(corpus->fingerprints), *corpus, *options.params);
  const auto published_ms =
      MedianMs(UnionThenJaccard(corpus->fingerprints), *corpus, *options.params);
  if (!counting_ms || !published_ms) {
    return std::fprintf(stderr, "%s: a rival's answer is wrong, not timed\n", scheme.c_str()), 1;
  }
  const double ap = AveragePrecision(**engine, *corpus, std::min<size_t>(queries, 200));
  const double n = static_cast<double>(trips);
  const auto stats = (*engine)->Stats();
  engine->reset();
  const double reopen = Seconds();
  engine = Engine::Open(dir.path() + "/c", {});
  const bool answered =
      engine.ok() && (*engine)->Search({.fixes = corpus->queries[0].fixes}, {}).ok();
  const double start_s = Seconds() - reopen;
  std::printf(
      "| %zu | %s | %.3f | %.3f | %.3f | %.3f | %.3f | %.0f | %.0f | %.0f %% | %u | %.2f |\n",
      trips, scheme.c_str(), Percentile(ms, .5), Percentile(ms, .99), *counting_ms, *published_ms,
      ap, static_cast<double>(corpus->geodabs) / n, postings / static_cast<double>(ms.size()),
      100 * read / std::max(1.0, postings), stats.segments, start_s);
  std::fflush(stdout);
  return answered ? 0 : 1;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  using namespace spoor::bench;  // NOLINT(google-build-using-namespace)
  const Arguments arguments(argc, argv);
  const auto sizes = arguments.Numbers("trips", "100000");
  spoor::CityOptions options;
  options.variants = static_cast<uint32_t>(arguments.Number("variants", 20));
  options.routes =
      static_cast<uint32_t>(*std::max_element(sizes.begin(), sizes.end()) / options.variants);
  options.noise = arguments.Text("noise", "ar1") == "iid" ? spoor::Noise::kIid : spoor::Noise::kAr1;
  options.noise_m = arguments.Number("noise-m", 10);
  options.min_route_m = arguments.Number("min-route-m", options.min_route_m);
  options.max_route_m = arguments.Number("max-route-m", options.max_route_m);
  std::printf(
      "| trips | scheme | p50 ms | p99 ms | counting p50 ms | as published p50 ms | AP | "
      "geodabs/trip | postings | "
      "read | segments | start "
      "s |\n");
  std::printf("|---|---|---|---|---|---|---|---|---|---|---|---|\n");
  int failed = 0;
  for (uint64_t trips : sizes) {
    options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
    const auto city = MakeCity(arguments, options);
    if (!city.ok()) {
      std::fprintf(stderr, "%s\n", city.status().ToString().c_str());
      return 1;
    }
    for (const std::string& scheme : std::vector<std::string>(
             absl::StrSplit(arguments.Text("schemes", "v2,paper,cells"), ','))) {
      failed += RunOne(*city, trips, scheme, static_cast<size_t>(arguments.Number("queries", 500)));
    }
  }
  return failed == 0 ? 0 : 1;
}
