// Exact search: what is nearest by a measure, or lies within a distance, among all trips, and how
// long that takes beside a scan.  Answers are checked before times are printed.
//
//   exact --graph-nodes nodes.csv --graph-edges edges.csv --data trips.ndjson.zst
//   exact --only city,cabs --data trips.ndjson.zst --queries 500
//   exact --trips 2000 --queries 20      at most so many trips each: a look
//
// city: 50 000 trips of 100 fixes, the 10 nearest by discrete Frechet.  london: 10 000 and 100 000
// trips of a fix a second, all within 160 m, 8 sigma of their noise, before and right after 1000
// inserts.  strangers: the same of trips that few are near to.  rerank: the best 100 by
// fingerprint, by a measure.  cabs: trips of taxis, the 10 nearest.  measures: the same by every
// measure.  postgis: the question of `city` and boxes, to a PostGIS that it starts for itself; as
// many full scans as --postgis says, 0: none.  Tables in Markdown; bench/README.md keeps what they
// said.
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "bench/cities.h"
#include "bench/collection.h"
#include "bench/nearest.h"
#include "bench/origin.h"
#include "bench/postgis.h"
#include "bench/postgis_rival.h"
#include "bench/read_trips.h"
#include "bench/timed_search.h"
#include "geo/measure/frechet.h"
#include "tests/geo/worlds.h"

namespace spoor::bench {
namespace {

struct Options {
  const Arguments& arguments;
  Report& report;
  size_t trips;  // at most
  uint64_t memory_bytes;
  CheckOptions check;
};

bool Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return false;
}

// With a tolerance of 100 m, where one is needed.  Null when this build has no such measure, and
// says so.
std::shared_ptr<const Measure> MeasureIfAny(absl::string_view name) {
  auto measure = MakeMeasure(name, testing::SampleParams(name, 100));
  if (measure.ok()) return *std::move(measure);
  std::fprintf(stderr, "left out: %s\n", std::string(measure.status().message()).c_str());
  return nullptr;
}

// The drives from `begin` on of a week.
std::vector<Trajectory> Drives(const City& city, size_t begin, size_t count) {
  std::vector<Trajectory> out;
  out.reserve(count);
  for (size_t i = begin; i < begin + count; ++i) out.push_back(city.Trip(city.DriveAt(i)));
  return out;
}

// Asks each of the questions whose measure this build has.
bool AskAll(Collection& collection, const std::vector<Question>& questions,
            const CheckOptions& check, Report& report) {
  const NearestScan scan(collection.trips());
  return std::ranges::all_of(questions, [&](const Question& question) {
    auto measure = MeasureIfAny(question.measure);
    return measure == nullptr ||
           TimedSearch(collection, question, std::move(measure), check).Run(scan, report);
  });
}

// n fixes of the trip, evenly by number, with the first and the last.
void Thin(Trajectory& trip, size_t n) {
  if (trip.fixes.size() <= n) return;
  std::vector<Fix> kept;
  kept.reserve(n);
  for (size_t i = 0; i < n; ++i) {
    kept.push_back(trip.fixes[i * (trip.fixes.size() - 1) / (n - 1)]);
  }
  trip.fixes = std::move(kept);
}

// 50 000 trips of 100 fixes in the street grid.
absl::StatusOr<std::unique_ptr<Collection>> ThinCity(const Options& options) {
  constexpr uint32_t kTrips = 50'000, kVariants = 10;
  const auto routes = static_cast<uint32_t>(std::min<size_t>(options.trips, kTrips) / kVariants);
  const auto city =
      MakeCity(Arguments(0, nullptr),
               {.routes = std::max(1U, routes), .variants = kVariants, .noise = Noise::kAr1});
  if (!city.ok()) return city.status();
  std::vector<Trajectory> trips = Drives(*city, 0, city->drives());
  for (Trajectory& t : trips) Thin(t, 100);
  return Collection::Load(std::move(trips), options.memory_bytes);
}

bool RunCity(const Options& options) {
  const auto collection = ThinCity(options);
  if (!collection.ok()) return Fail(collection.status());
  CheckOptions check = options.check;
  check.by_twin = 3;
  return AskAll(**collection, {{.workload = "city", .measure = "discrete_frechet"}}, check,
                options.report);
}

// The same 50 000 trips, and the same question to PostGIS.
bool RunPostGisBesideUs(const Options& options) {
  const auto scans = static_cast<size_t>(options.arguments.Number("postgis", 3));
  if (scans == 0) return true;
  if (!PostGis::IsInstalled()) {
    std::fprintf(stderr, "postgis: left out, not installed: deploy/install-deps.sh bench\n");
    return true;
  }
  const auto collection = ThinCity(options);
  if (!collection.ok()) return Fail(collection.status());
  const NearestScan scan((*collection)->trips());
  return RunPostGis(**collection, scan, {.scans = scans});
}

constexpr size_t kBurst = 1000;

// 5000 routes, a fix a second; more drives than the largest workload and two bursts need.
absl::StatusOr<City> DenseCity(const Options& options) {
  const size_t routes = std::clamp<size_t>(options.trips / 2, kBurst, 5000);
  return MakeCity(options.arguments, {.routes = static_cast<uint32_t>(routes),
                                      .variants = 22,
                                      .noise = Noise::kIid,
                                      .noise_m = 20});
}

bool RunLondonOf(const Options& options, const City& city, size_t trips) {
  const auto collection = Collection::Load(Drives(city, 0, trips), options.memory_bytes);
  if (!collection.ok()) return Fail(collection.status());
  std::vector<Question> questions;
  for (const char* measure : {"frechet", "discrete_frechet"}) {
    questions.push_back({.workload = "london", .measure = measure, .k = 10'000, .within_m = 160});
  }
  if (!AskAll(**collection, questions, options.check, options.report)) return false;
  for (const Question& question : questions) {
    auto measure = MeasureIfAny(question.measure);
    if (measure == nullptr) continue;
    TimedSearch search(**collection, question, std::move(measure), options.check);
    const size_t begin = (*collection)->trips().size();
    if (!search.RunAfterInserting(Drives(city, begin, kBurst), options.report)) return false;
  }
  return true;
}

bool RunLondon(const Options& options) {
  const auto city = DenseCity(options);
  if (!city.ok()) return Fail(city.status());
  for (const size_t trips : {10'000, 100'000}) {
    if (!RunLondonOf(options, *city, std::min(trips, options.trips))) return false;
    if (trips >= options.trips) break;
  }
  return true;
}

// The trips of another week on other routes, of which few are near to any of the collection: what
// is left is setting up a query, and the first levels of the tree.
bool RunStrangers(const Options& options) {
  constexpr double kWithinM = 160;
  const auto city = DenseCity(options),
             other = MakeCity(options.arguments,
                              {.routes = 1000, .variants = 1, .noise_m = 20, .seed = 2});
  if (!city.ok()) return Fail(city.status());
  if (!other.ok()) return Fail(other.status());
  const size_t trips = std::min<size_t>(10'000, options.trips);
  const auto collection = Collection::Load(Drives(*city, 0, trips), options.memory_bytes);
  if (!collection.ok()) return Fail(collection.status());
  const auto measure = MeasureIfAny("frechet");
  if (measure == nullptr) return true;
  Query query{.k = 10'000, .max_distance_m = kWithinM};
  query.rerank = Rerank{.measure = measure};
  query.exact = true;
  std::vector<double> ms;
  size_t hits = 0;
  for (int pass = 0; pass < 2; ++pass) {  // the first warms
    ms.clear();
    hits = 0;
    for (const Trajectory& asked : Drives(*other, 0, options.check.queries)) {
      query.fixes = asked.fixes;
      const double start = ProcessorSeconds();
      const auto answer = (*collection)->engine().Search(query, {});
      ms.push_back(1e3 * (ProcessorSeconds() - start));
      if (!answer.ok()) return Fail(answer.status());
      hits += answer->hits.size();
      if (pass > 0 || ms.size() > options.check.by_definition) continue;
      const LocalPlane plane(asked.fixes[asked.fixes.size() / 2]);
      MeasureWork work;
      const auto near = std::ranges::count_if((*collection)->trips(), [&](const Trajectory& t) {
        return FrechetWithin(plane.Project(asked.fixes), plane.Project(t.fixes), kWithinM, work);
      });
      if (static_cast<size_t>(near) == answer->hits.size()) continue;
      return Fail(absl::InternalError("strangers: wrong answer, not timed"));
    }
  }
  std::printf(
      "strangers: %zu trips of %.0f fixes, %zu hits in %zu queries, processor p50 %.3f ms, "
      "p99 %.3f ms\n",
      trips, (*collection)->mean_fixes(), hits, ms.size(), Percentile(ms, .5), Percentile(ms, .99));
  return true;
}

bool RunRerank(const Options& options) {
  const auto city = DenseCity(options);
  if (!city.ok()) return Fail(city.status());
  const size_t trips = std::min<size_t>(10'000, options.trips);
  const auto collection = Collection::Load(Drives(*city, 0, trips), options.memory_bytes);
  if (!collection.ok()) return Fail(collection.status());
  std::vector<Question> questions;
  for (const char* measure : {"discrete_frechet", "frechet"}) {
    questions.push_back({.workload = "rerank", .measure = measure, .candidates = 100});
  }
  return AskAll(**collection, questions, options.check, options.report);
}

bool AskCabs(const Options& options, const std::vector<Question>& questions) {
  const std::string data = options.arguments.Text("data", "");
  auto trips = ReadNdjson(data);
  if (!trips.ok()) {
    std::fprintf(stderr, "cabs: left out, %s: give trips by --data FILE.ndjson.zst\n",
                 std::string(trips.status().message()).c_str());
    return absl::IsNotFound(trips.status());
  }
  if (trips->size() > options.trips) trips->resize(options.trips);
  const auto collection = Collection::Load(*std::move(trips), options.memory_bytes);
  if (!collection.ok()) return Fail(collection.status());
  return AskAll(**collection, questions, options.check, options.report);
}

bool RunCabs(const Options& options) {
  return AskCabs(options, {{.workload = "cabs", .measure = "monotone_mean"},
                           {.workload = "cabs", .measure = "frechet"}});
}

bool RunMeasures(const Options& options) {
  std::vector<Question> questions;
  for (const MeasureEntry& entry : AllMeasures()) {
    if (entry.name == "erp") continue;  // depends on the plane, and the scan has one of its own
    questions.push_back({.workload = "measures", .measure = std::string(entry.name)});
  }
  return AskCabs(options, questions);
}

struct Workload {
  absl::string_view name;
  bool (*run)(const Options&);
};
constexpr Workload kWorkloads[] = {{"city", RunCity},           {"london", RunLondon},
                                   {"strangers", RunStrangers}, {"rerank", RunRerank},
                                   {"cabs", RunCabs},           {"measures", RunMeasures}};
constexpr absl::string_view kPostGis = "postgis";  // has tables of its own

int Run(const Arguments& arguments) {
  std::vector<std::string> known, only;
  for (const Workload& w : kWorkloads) known.emplace_back(w.name);
  known.emplace_back(kPostGis);
  only = absl::StrSplit(arguments.Text("only", absl::StrJoin(known, ",")), ',');
  for (const std::string& name : only) {
    if (std::ranges::count(known, name) > 0) continue;
    std::fprintf(stderr, "--only has '%s', allowed: %s\n", name.c_str(),
                 absl::StrJoin(known, ", ").c_str());
    return 2;
  }
  Report report;
  const Options options{
      .arguments = arguments,
      .report = report,
      .trips = static_cast<size_t>(arguments.Number("trips", 1e9)),
      .memory_bytes = static_cast<uint64_t>(arguments.Number("memory-mb", 4096)) << 20,
      .check = {.queries = static_cast<size_t>(arguments.Number("queries", 200)),
                .by_definition = static_cast<size_t>(arguments.Number("checked", 10))}};
  if (options.trips == 0 || options.check.queries == 0) {
    std::fprintf(stderr, "--trips and --queries: allowed: 1 and more\n");
    return 2;
  }
  std::printf("%s\n\n", Origin().c_str());
  bool sound = true;
  for (const Workload& w : kWorkloads) {
    if (std::ranges::count(only, w.name) > 0 && !w.run(options)) sound = false;
  }
  report.PrintCosts();
  if (std::ranges::count(only, kPostGis) > 0 && !RunPostGisBesideUs(options)) sound = false;
  std::printf("\n%s\n", Origin().c_str());
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
