// What one machine keeps in memory, beside its budget, while it takes trips in, merges, searches,
// makes its index anew, re-indexes and tunes.  Anonymous: what this process has in memory that is
// of no file, less what it had before the engine was opened, the most at any time, looked at a
// hundred times a second.  Mapped: files, most of it index, which the operating system takes back
// when it needs the room.  Counted: what the engine says that it keeps of the budget (engine/
// memory.h).
//
//   memory --trips 200000 --memory-mb 256
#include "engine/store/memory.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "bench/cities.h"
#include "engine/engine.h"
#include "geo/measure/measure.h"
#include "shard/tune/tune.h"

namespace spoor::bench {
namespace {

struct Resident {
  uint64_t anonymous = 0, mapped = 0;
};

Resident Now() {
  uint64_t size = 0, resident = 0, shared = 0;
  std::ifstream("/proc/self/statm") >> size >> resident >> shared;
  const auto page = static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
  return {(resident - shared) * page, shared * page};
}

// Runs phases and prints the most that each had in memory.
class Watch {
 public:
  Watch(uint64_t trips, const std::shared_ptr<Memory>& memory) : trips_(trips), memory_(memory) {}

  absl::Status Run(const char* phase, const std::function<absl::Status()>& work) {
    std::atomic<bool> over = false;
    Resident most;
    uint64_t counted = 0;
    std::thread watcher([&] {
      while (!over) {
        const Resident now = Now();
        most.anonymous = std::max(most.anonymous, now.anonymous);
        most.mapped = std::max(most.mapped, now.mapped);
        counted = std::max(counted, memory_->use().total());
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
      }
    });
    const double start = Seconds();
    const absl::Status status = work();
    const double seconds = Seconds() - start;
    over = true;
    watcher.join();
    const auto mb = [](uint64_t bytes) { return static_cast<double>(bytes) / (1 << 20); };
    std::printf("| %lu | %s | %.0f | %.0f | %.0f | %.0f | %.0f | %.1f |\n",
                static_cast<unsigned long>(trips_), phase, mb(memory_->bytes()),
                mb(most.anonymous - std::min(most.anonymous, before_.anonymous)),
                mb(Now().anonymous - before_.anonymous), mb(counted), mb(most.mapped), seconds);
    std::fflush(stdout);
    return status;
  }

 private:
  const uint64_t trips_;
  const std::shared_ptr<Memory> memory_;
  const Resident before_ = Now();
};

constexpr uint64_t kBatch = 500;
constexpr int kThreads = 2;

// All threads at work until all is done or one fails.
absl::Status InThreads(const std::function<absl::Status(int)>& work) {
  std::vector<absl::Status> states(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) threads.emplace_back([&, t] { states[t] = work(t); });
  }
  for (const absl::Status& s : states) {
    if (!s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status Load(Engine& engine, const City& city, uint64_t trips) {
  std::atomic<uint64_t> next = 0;
  return InThreads([&](int) -> absl::Status {
    for (uint64_t from; (from = next.fetch_add(kBatch)) < trips;) {
      std::vector<Trajectory> batch;
      for (uint64_t i = from; i < std::min(trips, from + kBatch); ++i) {
        batch.push_back(city.Trip(city.DriveAt(i)));
      }
      if (auto r = engine.Write(std::move(batch)); !r.ok()) return r.status();
    }
    return absl::OkStatus();
  });
}

// Every kind of search, by trips of all the city.
absl::Status Search(const Engine& engine, const City& city, uint64_t trips) {
  constexpr uint64_t kQueries = 400;
  auto made = MakeMeasure("discrete_frechet", {});
  if (!made.ok()) return made.status();
  const std::shared_ptr<const Measure> measure = *std::move(made);
  return InThreads([&](int thread) -> absl::Status {
    for (uint64_t i = static_cast<uint64_t>(thread); i < kQueries; i += kThreads) {
      const Trajectory trip = city.Trip(city.DriveAt(i * trips / kQueries));
      Query query{.fixes = trip.fixes, .k = 10};
      if (auto found = engine.Search(query, {}); !found.ok()) return found.status();
      query.rerank = Rerank{.measure = measure, .candidates = 300};
      if (auto found = engine.Search(query, {}); !found.ok()) return found.status();
      query.exact = true;
      if (auto found = engine.Search(query, {}); !found.ok()) return found.status();
      RangeQuery range;
      range.filter.box = Cover(trip.view());
      if (auto found = engine.Range(range, {}); !found.ok()) return found.status();
    }
    return absl::OkStatus();
  });
}

absl::Status RunAll(const City& city, uint64_t trips, uint64_t memory_bytes) {
  const ScratchDir dir;
  EngineOptions options{.access = Access::kCreate,
                        .memory = std::make_shared<Memory>(memory_bytes)};
  Watch watch(trips, options.memory);
  std::unique_ptr<Engine> engine;
  const auto open = [&]() -> absl::Status {
    auto opened = Engine::Open(dir.path() + "/c", options);
    if (opened.ok()) engine = *std::move(opened);
    options.access = Access::kWrite;
    return opened.status();
  };
  const auto forget_index = [&] {
    engine = nullptr;
    std::filesystem::remove_all(dir.path() + "/c/segments");
  };
  const std::pair<const char*, std::function<absl::Status()>> phases[] = {
      {"load", [&] { return Load(*engine, city, trips); }},
      {"compact", [&] { return engine->Compact(); }},
      {"search", [&] { return Search(*engine, city, trips); }},
      {"rebuild", [&] { return forget_index(), open(); }},
      {"re-index",
       [&] {
         IndexParams params = *engine->Stats().params;
         params.depth = params.depth == 0 ? 33 : params.depth - 1;
         return engine->Reindex(params, {}, [](double) {});
       }},
      {"tune",
       [&]() -> absl::Status {
         const TuneOptions tune{.in_force = engine->Stats().params};
         const auto sample = engine->Sample(tune.sample, tune.seed, {});
         if (!sample.ok()) return sample.status();
         return Tune(*sample, tune, {}, [](uint64_t, uint64_t) {}).status();
       }},
  };
  if (absl::Status s = open(); !s.ok()) return s;
  for (const auto& [name, work] : phases) {
    if (absl::Status s = watch.Run(name, work); !s.ok()) return s;
  }
  return engine->Stats().trajectories == trips ? absl::OkStatus()
                                               : absl::InternalError("trips are missing");
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) {
  using namespace spoor::bench;  // NOLINT(google-build-using-namespace)
  const Arguments arguments(argc, argv);
  const auto memory_bytes = static_cast<uint64_t>(arguments.Number("memory-mb", 1024)) << 20;
  std::printf(
      "| trips | phase | budget MB | anonymous, most MB | afterwards MB | counted MB | mapped, "
      "most "
      "MB | s |\n|---|---|---|---|---|---|---|---|\n");
  for (const uint64_t trips : arguments.Numbers("trips", "200000")) {
    spoor::CityOptions options;
    options.noise = spoor::Noise::kAr1;
    options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
    const auto city = MakeCity(arguments, options);
    absl::Status status = city.status();
    if (status.ok()) status = RunAll(*city, trips, memory_bytes);
    if (!status.ok()) return std::fprintf(stderr, "%s\n", status.ToString().c_str()), 1;
  }
  return 0;
}
