// What a record costs a replica: a node's follower reads the log of a collection from memory and
// keeps all of it, durable and fingerprinted; processor time of the whole process, medians of some
// rounds.
//
//   follow --trips 20000 --rounds 5
#include <sys/resource.h>

#include <cstdio>
#include <string>
#include <vector>

#include "bench/cities.h"
#include "engine/store/log_value.h"
#include "shard/follow/follower.h"
#include "shard/log/memory_log.h"

namespace spoor::bench {
namespace {

constexpr uint32_t kPartitions = 16;
constexpr size_t kAppendedAtOnce = 1000;

// Of all threads of this process, in user and kernel.
double AllProcessorSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// Appends the trips of the city; how many fixes they have.
absl::StatusOr<uint64_t> Fill(const City& city, const LogName& name, MemoryLogs& logs) {
  auto writer = logs.OpenWriter(name);
  if (!writer.ok()) return writer.status();
  uint64_t fixes = 0;
  absl::Status status;
  std::vector<LogEntry> batch;
  const auto append = [&] {
    (*writer)->Append(std::move(batch), [&](const absl::StatusOr<LogPosition>& appended) {
      status.Update(appended.status());
    });
    batch.clear();
  };
  for (uint64_t i = 0; i < city.drives(); ++i) {
    const Trajectory trip = city.Trip(city.DriveAt(i));
    fixes += trip.fixes.size();
    batch.push_back({trip.id.value(), EncodeLogValue(trip)});
    if (batch.size() == kAppendedAtOnce) append();
  }
  append();
  if (!status.ok()) return status;
  return fixes;
}

// Follows the log to its end in a new directory; seconds of processor.
absl::StatusOr<double> FollowAll(const LogName& name, MemoryLogs& logs, uint64_t trips) {
  const ScratchDir dir;
  FollowerOptions options;
  options.log = name;
  options.partitions = kPartitions;
  options.engine.access = Access::kCreate;
  options.engine.memory_bytes = uint64_t{256} << 20;
  auto follower = Follower::Open(dir.path() + "/f", options, {.cuts = {}, .slots = {0}}, logs);
  if (!follower.ok()) return follower.status();
  const auto end = logs.End(name);
  if (!end.ok()) return end.status();
  const double start = AllProcessorSeconds();
  while (!(*follower)->engine().position().Includes(*end)) {
    const absl::Status stepped = (*follower)->Step(std::chrono::milliseconds(0));
    if (!stepped.ok()) return stepped;
    const bool read_all = (*follower)->ready() || (*follower)->lag() == 0;
    if (!read_all) continue;
    if (const absl::Status settled = (*follower)->Settle(); !settled.ok()) return settled;
  }
  const double seconds = AllProcessorSeconds() - start;
  if ((*follower)->engine().Stats().trajectories == trips) return seconds;
  return absl::InternalError("not all records arrived, figures mean nothing");
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}

int Run(const Arguments& arguments) {
  const auto trips = static_cast<uint64_t>(arguments.Number("trips", 20'000));
  const auto rounds = static_cast<size_t>(arguments.Number("rounds", 5));
  CityOptions options;
  options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
  options.noise = Noise::kAr1;
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return Fail(city.status());
  MemoryLogs logs;
  const LogName name{.collection = "city", .id = 1};
  if (const absl::Status made = logs.Create(name, kPartitions); !made.ok()) return Fail(made);
  const auto fixes = Fill(*city, name, logs);
  if (!fixes.ok()) return Fail(fixes.status());
  std::vector<double> seconds;
  for (size_t i = 0; i < rounds; ++i) {
    const auto took = FollowAll(name, logs, city->drives());
    if (!took.ok()) return Fail(took.status());
    seconds.push_back(*took);
  }
  const double median = Percentile(seconds, 0.5);
  const auto records = static_cast<double>(city->drives());
  std::printf("| trips | fixes | rounds | processor s | us/record | ns/fix |\n");
  std::printf("|---|---|---|---|---|---|\n");
  std::printf("| %.0f | %llu | %zu | %.2f | %.1f | %.1f |\n", records,
              static_cast<unsigned long long>(*fixes), rounds, median, median / records * 1e6,
              median / static_cast<double>(*fixes) * 1e9);
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
