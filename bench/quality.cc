// How good are the answers?
//
//   quality --part city --trips 10000,100000 --queries 500
//   quality --part city --graph-nodes nodes.csv --graph-edges edges.csv
//   quality --part self --data trips.ndjson.zst --queries 300
//   quality --part self --data trips.ndjson.zst --index 29,2,2
//   quality --part self --data trips.ndjson.zst --index auto
//   quality --part agreement --data trips.ndjson.zst --trips 20000
//   quality --part agreement --trips 200,1000,4000
//   quality --part mix --data trips.ndjson.zst --trips 30000
//
// city: trips of a generated city, whose route and heading are known: the average precision of
// whole rankings, by scheme and noise.  self: the half-split self-test on any trips (NDJSON, or a
// tar.zst of PLT files), with parameters that tune chose, beside brute force.  agreement: how much
// of the exact first ten is found by re-ranking, by trips' own depths and by one; without --data of
// so many short drives scattered over a city.  mix: whether drifters, drives, flights and cabs are
// found in one collection as well as each kind alone.  Tables in Markdown; bench/README.md keeps
// what they said.
#include <algorithm>
#include <cstdio>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/agreement.h"
#include "bench/cities.h"
#include "bench/mix.h"
#include "bench/read_trips.h"
#include "bench/self_test.h"
#include "shard/tune/jaccard_ranking.h"
#include "shard/tune/tune.h"
#include "shard/tune/typical_params.h"

namespace spoor::bench {
namespace {

struct Scheme {
  std::string name;
  IndexParams params;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

// ---- Generated cities ----

struct Noisy {
  Noise noise;
  double noise_m;
  const char* name;
};
constexpr Noisy kNoises[] = {{Noise::kIid, 5, "iid 5 m"},
                             {Noise::kIid, 20, "iid 20 m"},
                             {Noise::kAr1, 5, "AR(1) 5 m"},
                             {Noise::kAr1, 10, "AR(1) 10 m"}};

// The drives of a city, fingerprinted; relevant to each other are those of one route and heading.
struct Drives {
  JaccardRanking ranking;
  std::vector<std::vector<AskedSet>> asking;
  std::vector<uint32_t> ways;  // route and heading
  uint64_t geodabs = 0;
};

Drives Fingerprints(const City& city, const IndexParams& params) {
  Drives out;
  for (uint32_t route = 0; route < city.routes(); ++route) {
    for (const Heading heading : {Heading::kForth, Heading::kBack}) {
      for (uint32_t v = 0; v < city.variants(heading); ++v) {
        const std::vector<Fix> fixes = city.Trip(route, heading, v).fixes;
        const Fingerprint fingerprint = MakeFingerprint(fixes, params);
        out.asking.push_back(AskedSets(fixes, params, Ends::kMarked));
        out.ranking.Add(fingerprint);
        out.geodabs += fingerprint.geodabs.size();
        out.ways.push_back(2 * route + (heading == Heading::kBack ? 1 : 0));
      }
    }
  }
  return out;
}

// Mean over the relevant of the precision down to each of them (Manning et al., Introduction to
// Information Retrieval, 8.4); what the ranking does not hold counts nothing.
double AveragePrecision(Drives& drives, uint32_t asker, size_t relevant) {
  double found = 0, sum = 0, rank = 0;
  for (const auto& hit : drives.ranking.Rank(drives.asking[asker])) {
    if (hit.number == asker) continue;
    ++rank;
    if (drives.ways[hit.number] != drives.ways[asker]) continue;
    sum += ++found / rank;
  }
  return sum / static_cast<double>(relevant);
}

int CityRow(const Arguments& arguments, CityOptions options, const Noisy& noisy, size_t queries,
            const Scheme& scheme) {
  options.noise = noisy.noise;
  options.noise_m = noisy.noise_m;
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return Fail(city.status());
  Drives drives = Fingerprints(*city, scheme.params);
  std::unordered_map<uint32_t, size_t> per_way;
  for (const uint32_t way : drives.ways) ++per_way[way];
  const size_t n = drives.ways.size();
  double sum = 0;
  for (size_t q = 0; q < queries; ++q) {
    const auto asker = static_cast<uint32_t>(q * n / queries);
    sum += AveragePrecision(drives, asker, per_way[drives.ways[asker]] - 1);
  }
  const auto asked = static_cast<double>(queries);
  std::printf("| %zu | %s | %s | %.4f | %.0f | %.0f |\n", n, noisy.name, scheme.name.c_str(),
              sum / asked, static_cast<double>(drives.geodabs) / static_cast<double>(n),
              static_cast<double>(drives.ranking.postings_read()) / asked);
  std::fflush(stdout);
  return 0;
}

int CityPart(const Arguments& arguments) {
  CityOptions options;
  options.min_route_m = arguments.Number("min-route-m", options.min_route_m);
  options.max_route_m = arguments.Number("max-route-m", options.max_route_m);
  const auto queries = static_cast<size_t>(arguments.Number("queries", 500));
  const std::vector<Scheme> schemes = {{"v2", AutoParams()},
                                       {"v2, depth 35", IndexParams()},
                                       {"paper", PaperParams()},
                                       {"cells", CellParams()}};
  std::printf("| trips | noise | scheme | AP | geodabs/trip | postings/query |\n");
  std::printf("|---|---|---|---|---|---|\n");
  for (const uint64_t trips : arguments.Numbers("trips", "10000,100000")) {
    options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
    for (const Noisy& noisy : kNoises) {
      for (const Scheme& scheme : schemes) {
        if (int failed = CityRow(arguments, options, noisy, queries, scheme)) return failed;
      }
    }
  }
  return 0;
}

// ---- The self-test ----

// Every so many of them, so that about `count` are left.
std::vector<Trajectory> Sample(const std::vector<Trajectory>& trips, size_t count) {
  const size_t step = std::max<size_t>(1, trips.size() / count);
  std::vector<Trajectory> out;
  for (size_t i = 0; i < trips.size(); i += step) out.push_back(trips[i]);
  return out;
}

absl::StatusOr<IndexParams> TunedParams(const std::vector<Trajectory>& trips) {
  const TuneOptions options;
  const std::vector<Trajectory> sample = Sample(trips, options.sample);
  const double start = Seconds();
  const auto tuned = Tune(sample, options, {}, nullptr);
  if (!tuned.ok()) return tuned.status();
  std::printf("\ntune: %zu of %zu trips, %.1f s\n\n", sample.size(), trips.size(),
              Seconds() - start);
  std::printf("| depth | k | t | recall@10 | recall@1000 | mean rank | postings/query |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  for (size_t i = 0; i < std::min<size_t>(6, tuned->rows.size()); ++i) {
    const TuneRow& row = tuned->rows[i];
    std::printf("| %d | %d | %d | %.3f | %.3f | %.0f | %.0f |\n", row.params.depth, row.params.k,
                row.params.t, row.recall_at_10, row.recall_at_1000, row.mean_rank,
                row.postings_per_query);
  }
  return tuned->best;
}

// With --index auto each trip's own depths; with depth, k and t those; else what tune finds.
absl::StatusOr<IndexParams> ParamsFor(const std::vector<Trajectory>& trips,
                                      const Arguments& arguments) {
  if (arguments.Text("index", "") == "auto") return AutoParams();
  const auto index = arguments.Numbers("index", "0,0,0");
  if (index.size() != 3 || index[0] == 0) return TunedParams(trips);
  IndexParams params = TypicalParams(trips);
  params.depth = static_cast<int>(index[0]);
  params.k = static_cast<int>(index[1]);
  params.t = static_cast<int>(index[2]);
  if (absl::Status s = Validate(params); !s.ok()) return s;
  return params;
}

absl::StatusOr<std::vector<Trajectory>> ReadTrips(const std::string& data) {
  return absl::StrContains(data, "plt") ? ReadPltArchive(data) : ReadNdjson(data);
}

int SelfPart(const Arguments& arguments) {
  const std::string data = arguments.Text("data", "");
  auto trips = ReadTrips(data);
  if (!trips.ok()) return Fail(trips.status());
  std::erase_if(*trips, [](const Trajectory& t) { return t.fixes.size() < 4; });
  const auto params = ParamsFor(*trips, arguments);
  if (!params.ok()) return Fail(params.status());

  SelfTestOptions options;
  options.queries = static_cast<size_t>(arguments.Number("queries", 300));
  options.candidates = static_cast<size_t>(arguments.Number("candidates", 3000));
  std::printf("\n");
  PrintSelfTestHeading();
  for (const auto& [name, drop, noise_m] :
       {std::tuple("as they are", 0.0, 0.0), std::tuple("40 % of the fixes lost", 0.4, 0.0),
        std::tuple("20 m noise", 0.0, 20.0)}) {
    options.drop = drop;
    options.noise_m = noise_m;
    if (absl::Status s = RunSelfTest(name, *trips, *params, options); !s.ok()) return Fail(s);
  }
  return 0;
}

// ---- Agreement with exact answers ----

// Drives of half a kilometre to three, a fix about every ten seconds, no two of one route.
absl::StatusOr<std::vector<Trajectory>> ScatteredDrives(const Arguments& arguments, size_t count) {
  const auto city = MakeCity(arguments, {.routes = static_cast<uint32_t>(count),
                                         .variants = 1,
                                         .min_route_m = 500,
                                         .max_route_m = 3000,
                                         .noise = Noise::kAr1,
                                         .drop = .9});
  if (!city.ok()) return city.status();
  std::vector<Trajectory> out;
  for (uint64_t i = 0; i < city->drives(); ++i) out.push_back(city->Trip(city->DriveAt(i)));
  return out;
}

int AgreementPart(const Arguments& arguments) {
  const std::string data = arguments.Text("data", "");
  AgreementOptions options;
  options.measures = absl::StrSplit(arguments.Text("measures", "monotone_mean,frechet"), ',');
  options.candidates = arguments.Numbers("candidates", "1000");
  options.queries = static_cast<size_t>(arguments.Number("queries", 200));
  options.coarser = static_cast<int>(arguments.Number("coarser", options.coarser));
  options.finer = static_cast<int>(arguments.Number("finer", options.finer));
  for (const uint64_t count : arguments.Numbers("trips", "200,1000,4000")) {
    auto trips = data.empty() ? ScatteredDrives(arguments, count) : ReadTrips(data);
    if (!trips.ok()) return Fail(trips.status());
    std::erase_if(*trips, [](const Trajectory& t) { return t.fixes.size() < 2; });
    const absl::Status printed = PrintAgreement(Sample(*trips, count), options);
    if (!printed.ok()) return Fail(printed);
  }
  return 0;
}

// ---- Collections of several kinds ----

int MixPart(const Arguments& arguments) {
  const auto count = static_cast<size_t>(arguments.Number("trips", 5000));
  const std::string data = arguments.Text("data", "");
  const auto city = MakeCity(arguments, {.routes = 100, .noise = Noise::kAr1});
  if (!city.ok()) return Fail(city.status());
  Kind drives{.name = "drives, a fix a second", .trips = {}};
  for (uint64_t i = 0; i < city->drives(); ++i)
    drives.trips.push_back(city->Trip(city->DriveAt(i)));
  Kind cabs{.name = "cabs, a fix a minute", .trips = {}};
  if (data.empty()) {
    const auto rare = MakeCity(arguments, {.routes = static_cast<uint32_t>(count) / 20,
                                           .noise = Noise::kAr1,
                                           .drop = 59. / 60,
                                           .seed = 2});
    if (!rare.ok()) return Fail(rare.status());
    for (uint64_t i = 0; i < rare->drives(); ++i)
      cabs.trips.push_back(rare->Trip(rare->DriveAt(i)));
  } else {
    const auto trips = ReadTrips(data);
    if (!trips.ok()) return Fail(trips.status());
    cabs.trips = Sample(*trips, count);
  }
  std::erase_if(cabs.trips, [](const Trajectory& t) { return t.fixes.size() < 4; });
  const absl::Status printed =
      PrintMix({Drifters(600), std::move(drives), Flights(600), std::move(cabs)},
               static_cast<size_t>(arguments.Number("queries", 200)));
  return printed.ok() ? 0 : Fail(printed);
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  const spoor::bench::Arguments arguments(argc, argv);
  const std::string part = arguments.Text("part", "city");
  if (part == "city") return spoor::bench::CityPart(arguments);
  if (part == "self") return spoor::bench::SelfPart(arguments);
  if (part == "agreement") return spoor::bench::AgreementPart(arguments);
  if (part == "mix") return spoor::bench::MixPart(arguments);
  std::fprintf(stderr, "--part is '%s', allowed: city, self, agreement, mix\n", part.c_str());
  return 2;
}
