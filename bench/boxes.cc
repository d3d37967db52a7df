// What runs through a box: latency of range queries, and of searches for the most similar that are
// filtered by the box, for boxes of 35 m to 3 km, on trips and anywhere in the city (often where
// nothing runs).  Answers are checked first against every trip.  Times are of the processor, all of
// whose work is the asking thread's: other programs change little.
//
//   boxes --trips 100000 --boxes 100
//   boxes --trips 100000,1000000
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "bench/cities.h"
#include "engine/engine.h"

namespace spoor::bench {
namespace {

constexpr size_t kPage = 100;
constexpr double kSizesM[] = {35, 100, 350, 1000, 3000};

struct Asked {
  Box box;
  double size_m;
  bool on_trip;
  std::vector<std::string> expected;  // the first ids, ascending; one more than a page at most
};

Box Around(const Fix& middle, double size_m) {
  const double half_e7 = size_m / 2 / 111'195 * kUnitsPerDegree;
  const auto north = static_cast<int32_t>(half_e7);
  const auto east = static_cast<int32_t>(half_e7 / std::cos(middle.lat_deg() * M_PI / 180));
  return {middle.lat_e7 - north, middle.lon_e7 - east, middle.lat_e7 + north, middle.lon_e7 + east};
}

// Half of them around fixes, half anywhere in what the trips cover.
std::vector<Asked> DrawBoxes(const City& city, uint64_t trips, size_t of_each) {
  std::mt19937_64 rng(1);
  Box all = Cover(city.Trip(city.DriveAt(0)).view());
  for (int i = 0; i < 1000; ++i)
    all = all.Union(Cover(city.Trip(city.DriveAt(rng() % trips)).view()));
  std::vector<Asked> out;
  for (const double size_m : kSizesM) {
    for (size_t i = 0; i < of_each; ++i) {
      const bool on_trip = i % 2 == 0;
      const Trajectory trip = city.Trip(city.DriveAt(rng() % trips));
      Fix middle = trip.fixes[rng() % trip.fixes.size()];
      if (!on_trip) {
        middle.lat_e7 =
            all.south_e7 +
            static_cast<int32_t>(rng() % static_cast<uint64_t>(all.north_e7 - all.south_e7));
        middle.lon_e7 = all.west_e7 + static_cast<int32_t>(
                                          rng() % static_cast<uint64_t>(all.east_e7 - all.west_e7));
      }
      out.push_back(
          {.box = Around(middle, size_m), .size_m = size_m, .on_trip = on_trip, .expected = {}});
    }
  }
  return out;
}

void Expect(const Trajectory& trip, Asked& asked) {
  std::vector<std::string>& ids = asked.expected;
  if (ids.size() > kPage && ids.back() < trip.id.value()) return;
  if (!Meets(trip.view(), asked.box, Relation::kIntersects)) return;
  ids.insert(std::upper_bound(ids.begin(), ids.end(), trip.id.value()), trip.id.value());
  if (ids.size() > kPage + 1) ids.pop_back();
}

absl::Status Load(Engine& engine, const City& city, uint64_t trips, std::vector<Asked>& boxes) {
  std::vector<Trajectory> batch;
  for (uint64_t i = 0; i < trips; ++i) {
    batch.push_back(city.Trip(city.DriveAt(i)));
    for (Asked& asked : boxes) Expect(batch.back(), asked);
    if (batch.size() < 1000 && i + 1 < trips) continue;
    if (auto r = engine.Write(std::exchange(batch, {})); !r.ok()) return r.status();
  }
  return engine.Compact();
}

bool IsRight(const RangeAnswer& answer, const Asked& asked) {
  if (answer.more != (asked.expected.size() > kPage)) return false;
  if (answer.ids.size() != std::min(kPage, asked.expected.size())) return false;
  for (size_t i = 0; i < answer.ids.size(); ++i) {
    if (answer.ids[i].value() != asked.expected[i]) return false;
  }
  return true;
}

struct Times {
  std::vector<double> range_ms, similar_ms;
  uint64_t read = 0, judged = 0, nothing = 0;
};

absl::Status Ask(const Engine& engine, const Asked& asked, const std::vector<Fix>& like,
                 Times& out) {
  RangeQuery range;
  range.filter.box = asked.box;
  range.limit = kPage;
  double start = ProcessorSeconds();
  const auto page = engine.Range(range, {});
  out.range_ms.push_back(1e3 * (ProcessorSeconds() - start));
  if (!page.ok()) return page.status();
  if (!IsRight(*page, asked)) return absl::InternalError("wrong answer");
  out.read += page->cost.read;
  out.judged += page->cost.judged;
  out.nothing += page->ids.empty();
  Query query{.fixes = like, .k = 10};
  query.filter.box = asked.box;
  start = ProcessorSeconds();
  const auto similar = engine.Search(query, {});
  out.similar_ms.push_back(1e3 * (ProcessorSeconds() - start));
  return similar.status();
}

int RunOne(const City& city, uint64_t trips, size_t of_each) {
  const ScratchDir dir;
  std::vector<Asked> boxes = DrawBoxes(city, trips, of_each);
  auto engine = Engine::Open(dir.path() + "/c",
                             {.access = Access::kCreate, .memory_bytes = uint64_t{1} << 30});
  absl::Status status = engine.status();
  const double start = Seconds();
  if (status.ok()) status = Load(**engine, city, trips, boxes);
  if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  std::fprintf(stderr, "%.0f s to load\n", Seconds() - start);
  const std::vector<Fix> like = city.Trip(city.DriveAt(trips / 2)).fixes;
  for (const double size_m : kSizesM) {
    for (const bool on_trip : {true, false}) {
      Times times;
      for (int round = 0; round < 2; ++round) {  // the first warms
        times = {};
        for (const Asked& asked : boxes) {
          if (asked.size_m != size_m || asked.on_trip != on_trip) continue;
          status = Ask(**engine, asked, like, times);
          if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
        }
      }
      const auto n = static_cast<double>(times.range_ms.size());
      std::printf("| %lu | %.0f | %s | %.0f %% | %.2f | %.2f | %.2f | %.2f | %.0f | %.1f |\n",
                  static_cast<unsigned long>(trips), size_m, on_trip ? "on a trip" : "anywhere",
                  100 * static_cast<double>(times.nothing) / n, Percentile(times.range_ms, .5),
                  Percentile(times.range_ms, .99), Percentile(times.similar_ms, .5),
                  Percentile(times.similar_ms, .99), static_cast<double>(times.judged) / n,
                  static_cast<double>(times.read) / n);
      std::fflush(stdout);
    }
  }
  uint64_t bytes = 0;
  for (const auto& e : std::filesystem::directory_iterator(dir.path() + "/c/segments")) {
    bytes += e.file_size();
  }
  std::printf("%.0f bytes of segments a trip\n",
              static_cast<double>(bytes) / static_cast<double>(trips));
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  using namespace spoor::bench;  // NOLINT(google-build-using-namespace)
  const Arguments arguments(argc, argv);
  std::printf(
      "| trips | box m | where | empty | range p50 ms | p99 ms | similar p50 ms | p99 ms | judged "
      "| "
      "records read |\n|---|---|---|---|---|---|---|---|---|---|\n");
  int failed = 0;
  for (const uint64_t trips : arguments.Numbers("trips", "100000")) {
    spoor::CityOptions options;
    options.noise = spoor::Noise::kAr1;
    options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
    const auto city = MakeCity(arguments, options);
    if (!city.ok()) return std::fprintf(stderr, "%s\n", city.status().ToString().c_str()), 1;
    failed += RunOne(*city, trips, static_cast<size_t>(arguments.Number("boxes", 100)));
  }
  return failed == 0 ? 0 : 1;
}
