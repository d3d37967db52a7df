// Stretches in one engine, one core: who follows a stretch of a kilometre, and the most travelled
// stretches of a district of three kilometres and of the whole city.  Answers are checked before
// they are timed: who follows, against the definition; of a region, the followers of each stretch.
//
//   regions --trips 100000 --stretches 200 --checked 3
//   regions --trips 10000,100000,1000000
#include <algorithm>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "bench/cities.h"
#include "engine/motif/region.h"
#include "engine/reader.h"

namespace spoor::bench {
namespace {

// A reader as region motifs ask it.
class ReaderSource : public MotifSource {
 public:
  ReaderSource(const EngineReader& reader, const IndexParams& params)
      : reader_(reader), params_(params) {}
  const IndexParams& params() const override { return params_; }
  absl::StatusOr<RunAnswer> Runs(const RunQuery& query) override {
    const double start = ProcessorSeconds();
    auto answer = CountRuns(reader_, query, {});
    runs_ms += 1e3 * (ProcessorSeconds() - start);
    return answer;
  }
  absl::StatusOr<RunSamples> Samples(const RunSampleQuery& query) override {
    const double start = ProcessorSeconds();
    auto answer = SampleRuns(reader_, query, {});
    samples_ms += 1e3 * (ProcessorSeconds() - start);
    return answer;
  }
  absl::StatusOr<FollowAnswer> Follow(const FollowQuery& query) override {
    const double start = ProcessorSeconds();
    auto answer = spoor::Follow(reader_, query, {});
    follow_ms += 1e3 * (ProcessorSeconds() - start);
    return answer;
  }
  double runs_ms = 0, samples_ms = 0, follow_ms = 0;

 private:
  const EngineReader& reader_;
  const IndexParams params_;
};

struct Loaded {
  std::vector<Trajectory> trips;  // as far as they are needed
  Box extent;
};

absl::StatusOr<Loaded> Load(Engine& engine, const City& city, size_t n, size_t kept) {
  constexpr size_t kBatch = 1000;
  Loaded out;
  std::vector<Trajectory> batch;
  for (size_t i = 0; i < n; ++i) {
    batch.push_back(city.Trip(city.DriveAt(i)));
    const Box cover = Cover(batch.back().view());
    out.extent = i == 0 ? cover : out.extent.Union(cover);
    if (out.trips.size() < kept) out.trips.push_back(batch.back());
    if (batch.size() < kBatch && i + 1 < n) continue;
    if (auto r = engine.Write(std::exchange(batch, {})); !r.ok()) return r.status();
  }
  return out;
}

// A kilometre from the middle of a trip on; nothing where it is shorter.
std::vector<Fix> Kilometre(const Trajectory& t) {
  std::vector<Fix> out;
  double length_m = 0;
  for (size_t i = t.fixes.size() / 3; i < t.fixes.size() && length_m < 1000; ++i) {
    if (!out.empty()) length_m += HaversineM(out.back(), t.fixes[i]);
    out.push_back(t.fixes[i]);
  }
  return length_m < 1000 ? std::vector<Fix>() : out;
}

bool IsRight(const Followers& got, const std::vector<Trajectory>& trips, const IndexParams& params,
             const std::vector<Fix>& stretch, double distance_m) {
  const FollowQuery query{.stretches = {stretch}, .max_distance_m = distance_m};
  const Followers truth = BruteForceFollow(trips, params, query).stretches[0];
  return got.trajectories == truth.trajectories && got.owners == truth.owners;
}

int Failed(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

int RunRegion(ReaderSource& source, const char* name, const RegionQuery& query,
              const std::vector<Trajectory>* all, const IndexParams& params) {
  std::vector<double> ms;
  MotifAnswer last;
  for (int i = 0; i < 5; ++i) {
    source.runs_ms = source.samples_ms = source.follow_ms = 0;
    const double start = ProcessorSeconds();
    auto answer = RegionMotifs(source, query, {});
    ms.push_back(1e3 * (ProcessorSeconds() - start));
    if (!answer.ok()) return Failed(answer.status());
    last = *std::move(answer);
  }
  if (all != nullptr && !query.filter.box && !last.motifs.empty()) {
    const Motif& first = last.motifs[0];
    const FollowQuery follow{.stretches = {first.geometry}, .max_distance_m = last.max_distance_m};
    const Followers truth = BruteForceFollow(*all, params, follow).stretches[0];
    if (truth.trajectories != first.trajectories) {
      std::fprintf(stderr, "wrong: %zu follow, told are %zu\n",
                   static_cast<size_t>(truth.trajectories),
                   static_cast<size_t>(first.trajectories));
      return 1;
    }
  }
  std::printf("%-10s %8.1f ms p50 (runs %.1f, samples %.1f, followers %.1f); %zu stretches of",
              name, Percentile(ms, .5), source.runs_ms, source.samples_ms, source.follow_ms,
              last.motifs.size());
  for (const Motif& m : last.motifs) std::printf(" %zu", static_cast<size_t>(m.trajectories));
  std::printf(" trips\n");
  return 0;
}

int RunOne(const City& city, size_t n, size_t stretches, size_t checked) {
  const ScratchDir dir;
  EngineOptions options;
  options.access = Access::kCreate;
  options.params = AutoParams();
  options.memory_bytes = uint64_t{4} << 30;
  auto engine = Engine::Open(dir.path() + "/c", options);
  if (!engine.ok()) return Failed(engine.status());
  const auto loaded = Load(**engine, city, n, checked > 0 ? n : stretches * 20);
  if (!loaded.ok()) return Failed(loaded.status());
  if (absl::Status s = (*engine)->Seal(); !s.ok()) return Failed(s);
  if (absl::Status s = (*engine)->Compact(); !s.ok()) return Failed(s);
  const EngineReader reader = (*engine)->Read();
  const IndexParams params = AutoParams();
  ReaderSource source(reader, params);
  std::vector<double> ms;
  uint64_t followers = 0;
  for (int pass = 0; pass < 2; ++pass) {  // the first one warms what is read
    ms.clear();
    followers = 0;
    for (size_t i = 0; i < loaded->trips.size() && ms.size() < stretches; i += 17) {
      const StretchQuery query{.stretch = Kilometre(loaded->trips[i]), .terms = {}, .filter = {}};
      if (query.stretch.empty()) continue;
      const double start = ProcessorSeconds();
      const auto answer = StretchMotifs(source, query);
      ms.push_back(1e3 * (ProcessorSeconds() - start));
      if (!answer.ok()) return Failed(answer.status());
      if (answer->motifs.empty()) continue;  // nobody else
      followers += answer->motifs[0].trajectories;
      if (pass > 0 || ms.size() > checked) continue;
      const auto direct =
          source.Follow({.stretches = {query.stretch}, .max_distance_m = answer->max_distance_m});
      if (!direct.ok() || !IsRight(direct->stretches[0], loaded->trips, params, query.stretch,
                                   answer->max_distance_m)) {
        std::fprintf(stderr, "wrong: stretch %zu\n", i);
        return 1;
      }
    }
  }
  const double mean = static_cast<double>(followers) / static_cast<double>(ms.size());
  std::printf("%zu trips\nstretch    %8.2f ms p50, %.2f ms p99; %.0f followers on average\n", n,
              Percentile(ms, .5), Percentile(ms, .99), mean);
  RegionQuery query;
  int wrong = RunRegion(source, "city", query, checked > 0 ? &loaded->trips : nullptr, params);
  const Box& e = loaded->extent;
  const int32_t lat_e7 = e.south_e7 / 2 + e.north_e7 / 2, lon_e7 = e.west_e7 / 2 + e.east_e7 / 2;
  constexpr int32_t kHalfLatE7 = 135'000, kHalfLonE7 = 217'000;  // 1.5 km in London
  query.filter.box = Box{.south_e7 = lat_e7 - kHalfLatE7,
                         .west_e7 = lon_e7 - kHalfLonE7,
                         .north_e7 = lat_e7 + kHalfLatE7,
                         .east_e7 = lon_e7 + kHalfLonE7};
  wrong |= RunRegion(source, "district", query, nullptr, params);
  return wrong;
}

int Main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  CityOptions options;
  options.noise = Noise::kAr1;
  const std::vector<uint64_t> trips = arguments.Numbers("trips", "100000");
  options.routes = static_cast<uint32_t>(*std::ranges::max_element(trips) / options.variants);
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return Failed(city.status());
  for (const uint64_t n : trips) {
    const int wrong = RunOne(*city, n, static_cast<size_t>(arguments.Number("stretches", 200)),
                             static_cast<size_t>(arguments.Number("checked", 1)));
    if (wrong != 0) return wrong;
  }
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Main(argc, argv); }
