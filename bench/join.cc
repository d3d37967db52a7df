// All pairs of trips whose fingerprints are as alike as asked (a similarity join), beside merging
// the sorted sets of every two.
//
//   join --data trips.ndjson.zst
//   join --data trips.ndjson.zst --min-score 0.8 --rival-trips 4000
//   join --trips 20000                 trips of a generated city
//
// The pairs of a sample of trips are checked against the definition first.  Then the join is timed
// three times: probes against the engine, on --threads threads; the same as a job, with its result
// in a file; and the rival on one thread over --rival-trips of the trips, scaled to all.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <ctime>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/cities.h"
#include "bench/read_trips.h"
#include "router/cluster/local_cluster.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"
#include "shard/node/node.h"
#include "shard/tune/typical_params.h"

namespace spoor::bench {
namespace {

constexpr size_t kBatch = 1000;
constexpr size_t kProbes = 1000;
constexpr size_t kChecked = 100;

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return 1;
}

absl::StatusOr<std::vector<Trajectory>> Trips(const Arguments& arguments) {
  const std::string data = arguments.Text("data", "");
  if (!data.empty()) return ReadNdjson(data);
  CityOptions options;
  const auto trips = static_cast<size_t>(arguments.Number("trips", 20'000));
  options.routes = static_cast<uint32_t>(std::max<size_t>(1, trips / options.variants));
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return city.status();
  std::vector<Trajectory> out;
  for (size_t i = 0; i < trips; ++i) out.push_back(city->Trip(city->DriveAt(i)));
  return out;
}

// How many geodabs two have in common.
size_t Common(const std::vector<Geodab>& a, const std::vector<Geodab>& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++common, ++i, ++j;
    } else {
      a[i] < b[j] ? ++i : ++j;
    }
  }
  return common;
}

bool Alike(const std::vector<Geodab>& a, const std::vector<Geodab>& b, double min_score) {
  const auto common = static_cast<double>(Common(a, b));
  return common / static_cast<double>(a.size() + b.size() - static_cast<size_t>(common)) >=
         min_score;
}

struct Corpus {
  std::vector<std::pair<HomePlace, const Trajectory*>> order;  // by home
  std::vector<std::vector<Geodab>> geodabs;                    // in that order
};

Corpus CorpusOf(const std::vector<Trajectory>& trips, const IndexParams& params) {
  Corpus out;
  for (const Trajectory& t : trips) {
    out.order.emplace_back(HomePlace{HomeKey(t.view(), t.id.value()), t.id.value()}, &t);
  }
  std::sort(out.order.begin(), out.order.end());
  for (const auto& [place, t] : out.order) {
    out.geodabs.push_back(MakeFingerprint(t->view(), params).geodabs);
  }
  return out;
}

// Whether the partners of a sample of trips are those of the definition.
bool IsRight(const Engine& engine, const Corpus& corpus, const JoinQuery& query) {
  const size_t n = corpus.order.size();
  for (size_t c = 0; c < std::min(kChecked, n); ++c) {
    const size_t i = c * n / std::min(kChecked, n);
    const JoinProbe probe{.after = corpus.order[i].first, .fixes = corpus.order[i].second->fixes};
    const auto answer = engine.Probe(absl::MakeConstSpan(&probe, 1), query, {});
    if (!answer.ok()) return false;
    std::vector<HomePlace> found, expected;
    for (const JoinPair& pair : answer->pairs) found.push_back(answer->PlaceOf(pair));
    for (size_t j = i + 1; j < n; ++j) {
      if (Alike(corpus.geodabs[i], corpus.geodabs[j], query.min_score)) {
        expected.push_back(corpus.order[j].first);
      }
    }
    if (found != expected) return false;
  }
  return true;
}

// Every trip asks; how many pairs there are.
absl::StatusOr<uint64_t> JoinEngine(const Engine& engine, const JoinQuery& query, int threads) {
  Mutex mu;
  WalkQuery walk{.after = {}, .filter = {}, .limit = kProbes};
  bool more = true;
  absl::Status status;
  std::atomic<uint64_t> pairs = 0;
  const auto work = [&] {
    for (;;) {
      std::vector<JoinProbe> probes;
      {
        MutexLock lock(mu);
        if (!more || !status.ok()) return;
        auto page = engine.Walk(walk, {});
        status.Update(page.status());
        if (!status.ok()) return;
        walk.after = page->reached;
        more = page->more;
        for (auto& step : page->steps) probes.push_back({step.place, std::move(step.fixes)});
      }
      for (size_t from = 0; from < probes.size();) {
        const auto answer = engine.Probe(absl::MakeConstSpan(probes).subspan(from), query, {});
        if (!answer.ok()) {
          MutexLock lock(mu);
          status.Update(answer.status());
          return;
        }
        pairs += answer->pairs.size();
        if (answer->complete) break;
        from += answer->pairs.back().probe;
        probes[from].after = answer->PlaceOf(answer->pairs.back());
      }
    }
  };
  std::vector<std::thread> pool;
  for (int t = 0; t < threads; ++t) pool.emplace_back(work);
  for (std::thread& t : pool) t.join();
  if (!status.ok()) return status;
  return pairs.load();
}

// Of all threads of this process: what is left to compare where others use the machine too.
double CpuSeconds() {
  timespec spent = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &spent);
  return static_cast<double>(spent.tv_sec) + 1e-9 * static_cast<double>(spent.tv_nsec);
}

absl::StatusOr<JobRecord> JoinAsJob(EmbeddedNode& node, const std::string& dir, double min_score) {
  const auto cluster = LocalCluster(node);
  Jobs jobs(*cluster, std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = dir}),
            {.spool_dir = dir});
  const auto order = JobOrderOf(absl::StrCat(
      R"({"type":"join","select":{"all":true},"params":{"min_score":)", min_score, "}}"));
  if (!order.ok()) return order.status();
  const auto id = jobs.Start("c", *order, {});
  if (!id.ok()) return id.status();
  for (uint64_t seen = 0;;) {
    auto job = jobs.Find(*id);
    if (!job.ok() || job->ended_ms != 0) return job;
    seen = jobs.AwaitChange(seen, std::chrono::steady_clock::now() + std::chrono::seconds(1));
  }
}

// The rival: every two sets are merged.
uint64_t MergeEveryTwo(const std::vector<std::vector<Geodab>>& sets, double min_score) {
  uint64_t pairs = 0;
  for (size_t i = 0; i < sets.size(); ++i) {
    for (size_t j = i + 1; j < sets.size(); ++j) pairs += Alike(sets[i], sets[j], min_score);
  }
  return pairs;
}

absl::Status WriteAll(const std::vector<Trajectory>& trips, Engine& engine) {
  for (size_t at = 0; at < trips.size(); at += kBatch) {
    const size_t end = std::min(at + kBatch, trips.size());
    const auto written = engine.Write(std::vector<Trajectory>(
        trips.begin() + static_cast<ptrdiff_t>(at), trips.begin() + static_cast<ptrdiff_t>(end)));
    if (!written.ok()) return written.status();
  }
  return engine.Compact();
}

void PrintWhatIsAsked(const Corpus& corpus, const IndexParams& params, double min_score) {
  uint64_t geodabs = 0;
  for (const auto& set : corpus.geodabs) geodabs += set.size();
  const size_t n = corpus.geodabs.size();
  std::printf("%zu trips, depth %d, k %d, t %d, %.1f geodabs a trip, Jaccard >= %g\n", n,
              params.depth, params.k, params.t,
              static_cast<double>(geodabs) / static_cast<double>(n), min_score);
}

// So many of the sets, evenly.
std::vector<std::vector<Geodab>> SampleOf(const std::vector<std::vector<Geodab>>& sets,
                                          size_t count) {
  std::vector<std::vector<Geodab>> sample;
  for (size_t i = 0; sample.size() < count; i += sets.size() / count) sample.push_back(sets[i]);
  return sample;
}

int Run(const Arguments& arguments) {
  auto trips = Trips(arguments);
  if (!trips.ok()) return Fail(trips.status());
  const double min_score = arguments.Number("min-score", 0.5);
  const int threads = static_cast<int>(arguments.Number("threads", 2));
  IndexParams params = TypicalParams(*trips);
  params.depth = static_cast<int>(arguments.Number("depth", params.depth));
  const ScratchDir dir;
  auto node = EmbeddedNode::Open(dir.path() + "/data", {});
  if (!node.ok()) return Fail(node.status());
  const auto created = (*node)->Create("c", params);
  if (!created.ok()) return Fail(created.status());
  Engine& engine = *created->engine;
  if (absl::Status s = WriteAll(*trips, engine); !s.ok()) return Fail(s);

  const Corpus corpus = CorpusOf(*trips, params);
  PrintWhatIsAsked(corpus, params, min_score);
  const size_t n = trips->size();
  JoinQuery query;
  query.min_score = min_score;
  if (!IsRight(engine, corpus, query)) {
    std::fprintf(stderr, "the pairs are WRONG\n");
    return 1;
  }
  std::printf("pairs of %zu trips are those of the definition\n\n", std::min(kChecked, n));

  double start = Seconds(), spent = CpuSeconds();
  const auto pairs = JoinEngine(engine, query, threads);
  if (!pairs.ok()) return Fail(pairs.status());
  const double engine_s = Seconds() - start, engine_cpu_s = CpuSeconds() - spent;

  start = Seconds(), spent = CpuSeconds();
  const auto job = JoinAsJob(**node, dir.path() + "/jobs", min_score);
  if (!job.ok()) return Fail(job.status());
  const double job_s = Seconds() - start, job_cpu_s = CpuSeconds() - spent;
  const JobExtent told = ExtentOf(*job, kPairsPart);
  if (job->state != JobState::kDone || told.rows != *pairs) {
    std::fprintf(stderr, "the job has %llu pairs: WRONG; %s\n",
                 static_cast<unsigned long long>(told.rows), job->error.c_str());
    return 1;
  }

  const auto m = std::min<size_t>(n, static_cast<size_t>(arguments.Number("rival-trips", 4000)));
  const auto sample = SampleOf(corpus.geodabs, m);
  spent = CpuSeconds();
  const uint64_t of_sample = MergeEveryTwo(sample, min_score);
  const double rival_cpu_s = CpuSeconds() - spent;
  const double scale = static_cast<double>(n) / static_cast<double>(m);
  const double all_cpu_s = rival_cpu_s * scale * scale;
  std::printf(
      "| how | threads | s | CPU s | pairs | times less CPU |\n|---|---|---|---|---|---|\n");
  std::printf("| engine | %d | %.2f | %.2f | %llu | %.0f |\n", threads, engine_s, engine_cpu_s,
              static_cast<unsigned long long>(*pairs), all_cpu_s / engine_cpu_s);
  std::printf("| job, %.0f MB of result | 2 | %.2f | %.2f | %llu | %.0f |\n",
              static_cast<double>(told.bytes) / 1e6, job_s, job_cpu_s,
              static_cast<unsigned long long>(told.rows), all_cpu_s / job_cpu_s);
  std::printf("| every two merged, scaled from %zu trips with %llu pairs | 1 | | %.0f | | 1 |\n", m,
              static_cast<unsigned long long>(of_sample), all_cpu_s);
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
