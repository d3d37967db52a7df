// Live feeds: fixes a second, and a CPU second, through POST .../fixes (text, open trips read, cut
// and written, synced log, index), by how many fixes of an object come in one request: an open trip
// is written anew by each.  All objects drive round and round, a fix a second, so that none rests
// and open trips are as long as --seconds.
//
//   feed --objects 1000 --seconds 600 --streams 2
#include <sys/resource.h>

#include <atomic>
#include <cmath>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_format.h"
#include "bench/cities.h"
#include "router/api/api.h"
#include "router/cluster/local_cluster.h"
#include "shard/node/node.h"

namespace spoor::bench {
namespace {

struct Feed {
  uint64_t objects = 0, seconds = 0, streams = 1;
};

void AppendFix(uint64_t object, uint64_t second, std::string* text) {
  const double angle = static_cast<double>(second) / 100 + static_cast<double>(object);
  absl::StrAppendFormat(text, "{\"object\":\"cab-%d\",\"time\":%d,\"lon\":%.6f,\"lat\":%.6f}\n",
                        object, 1'714'564'800 + second, 8.5 + 0.02 * std::cos(angle),
                        47.4 + 0.02 * std::sin(angle));
}

// The requests of a stream: `span` seconds of each of its objects in each.
std::vector<std::string> Requests(const Feed& feed, uint64_t stream, uint64_t span) {
  std::vector<std::string> requests;
  for (uint64_t begin = 0; begin < feed.seconds; begin += span) {
    std::string& text = requests.emplace_back();
    for (uint64_t s = begin; s < std::min(begin + span, feed.seconds); ++s) {
      for (uint64_t o = stream; o < feed.objects; o += feed.streams) AppendFix(o, s, &text);
    }
  }
  return requests;
}

bool SendRequest(Api& api, const std::string& text) {
  const ApiRequest head{.method = "POST",
                        .target = "/v1/collections/feed/fixes?timeout_ms=600000&dwell_s=0",
                        .headers = {{"content-type", "application/x-ndjson"}}};
  ApiResponse refusal;
  const auto upload = api.StartUpload(head, api.PatienceFor(head), &refusal);
  if (upload == nullptr) return std::fprintf(stderr, "%s\n", refusal.body.c_str()), false;
  constexpr size_t kSocketPiece = 256 << 10;
  for (size_t at = 0; at < text.size(); at += kSocketPiece) {
    if (!upload->Feed(absl::string_view(text).substr(at, kSocketPiece)).ok()) break;
  }
  const ApiResponse answer = upload->Finish();
  if (answer.status == 200) return true;
  return std::fprintf(stderr, "%s\n", answer.body.substr(0, 500).c_str()), false;
}

// That this process has had, on all cores: what others do on the machine does not count.
double CpuSeconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

// A row of the table; false when a fix is missing.
bool Measure(const Feed& feed, uint64_t span) {
  std::vector<std::vector<std::string>> requests;
  size_t calls = 0;
  for (uint64_t s = 0; s < feed.streams; ++s) {
    requests.push_back(Requests(feed, s, span));
    calls += requests.back().size();
  }
  const ScratchDir dir;
  auto node = EmbeddedNode::Open(dir.path(), {});
  if (!node.ok()) return std::fprintf(stderr, "%s\n", node.status().ToString().c_str()), false;
  const std::unique_ptr<Cluster> cluster = LocalCluster(**node);
  Api api(*cluster, {});
  std::atomic<bool> sound = true;
  const double start = Seconds(), cpu_start = CpuSeconds();
  std::vector<std::thread> threads;
  for (const auto& stream : requests) {
    threads.emplace_back([&] {
      for (const std::string& text : stream) sound = SendRequest(api, text) && sound;
    });
  }
  for (std::thread& t : threads) t.join();
  const double seconds = Seconds() - start, cpu_s = CpuSeconds() - cpu_start;
  const uint64_t fixes = feed.objects * feed.seconds;
  const EngineStats stats = (*(*node)->Find("feed"))->Stats();
  sound = sound && stats.trajectories == feed.objects && stats.fixes == fixes;
  const auto n = static_cast<double>(fixes);
  std::printf("| %llu | %zu | %.2f | %.3f | %.2f | %.1f |\n", static_cast<unsigned long long>(span),
              calls, seconds, n / seconds / 1e6, n / cpu_s / 1e6,
              1e3 * seconds * static_cast<double>(feed.streams) / static_cast<double>(calls));
  if (!sound) std::fprintf(stderr, "not all fixes arrived, figures mean nothing\n");
  return sound;
}

int Run(const Arguments& arguments) {
  const Feed feed{.objects = static_cast<uint64_t>(arguments.Number("objects", 1000)),
                  .seconds = static_cast<uint64_t>(arguments.Number("seconds", 600)),
                  .streams = static_cast<uint64_t>(arguments.Number("streams", 2))};
  std::printf(
      "| fixes of an object a request | requests | s | M fixes/s | M fixes a CPU second | ms a "
      "request |\n");
  std::printf("|---|---|---|---|---|---|\n");
  bool sound = true;
  for (const uint64_t span : {uint64_t{10}, uint64_t{60}, uint64_t{300}, feed.seconds}) {
    sound = Measure(feed, std::min(span, feed.seconds)) && sound;
  }
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
