// Bulk loading of NDJSON text, durable and fingerprinted: fixes a second through the whole way that
// an upload takes (text, records, fingerprints, synced log, index), and bytes a fix on disk
// afterwards.
//
//   ingest --trips 5000 --streams 2
#include <atomic>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

#include "bench/cities.h"
#include "router/api/api.h"
#include "router/cluster/local_cluster.h"
#include "router/generate/ndjson.h"
#include "shard/node/node.h"

namespace spoor::bench {
namespace {

constexpr size_t kPiece = 256 << 10;  // as a socket would bring it

// Uploads the text in pieces; false when any record was not accepted.
bool UploadAll(Api& api, const std::string& text, size_t records) {
  const ApiRequest head{.method = "POST",
                        .target = "/v1/collections/city/trajectories?timeout_ms=600000",
                        .headers = {{"content-type", "application/x-ndjson"}}};
  ApiResponse refusal;
  const auto upload = api.StartUpload(head, api.PatienceFor(head), &refusal);
  if (upload == nullptr) return std::fprintf(stderr, "%s\n", refusal.body.c_str()), false;
  for (size_t at = 0; at < text.size(); at += kPiece) {
    if (!upload->Feed(absl::string_view(text).substr(at, kPiece)).ok()) break;
  }
  const ApiResponse answer = upload->Finish();
  const std::string wanted = "\"accepted\":" + std::to_string(records);
  if (answer.status == 200 && answer.body.find(wanted) != std::string::npos) return true;
  return std::fprintf(stderr, "%s\n", answer.body.substr(0, 500).c_str()), false;
}

int Run(const Arguments& arguments) {
  const auto trips = static_cast<uint64_t>(arguments.Number("trips", 5000));
  const auto streams = static_cast<size_t>(arguments.Number("streams", 2));
  CityOptions options;
  options.routes = static_cast<uint32_t>(std::max<uint64_t>(1, trips / options.variants));
  options.noise = Noise::kAr1;
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return std::fprintf(stderr, "%s\n", city.status().ToString().c_str()), 1;
  std::vector<std::string> texts(streams);
  std::vector<size_t> records(streams);
  uint64_t fixes = 0, bytes = 0;
  for (uint64_t i = 0; i < city->drives(); ++i) {
    const Trajectory t = city->Trip(city->DriveAt(i));
    AppendNdjson(t, &texts[i % streams]);
    ++records[i % streams];
    fixes += t.fixes.size();
  }
  for (const std::string& t : texts) bytes += t.size();

  const ScratchDir dir;
  auto node = EmbeddedNode::Open(dir.path(), {});
  if (!node.ok()) return std::fprintf(stderr, "%s\n", node.status().ToString().c_str()), 1;
  double seconds = 0;
  bool sound = true;
  {
    const std::unique_ptr<Cluster> cluster = LocalCluster(**node);
    Api api(*cluster, {});
    std::atomic<bool> all = true;
    const double start = Seconds();
    std::vector<std::thread> threads;
    for (size_t s = 0; s < streams; ++s) {
      threads.emplace_back([&, s] {
        if (!UploadAll(api, texts[s], records[s])) all = false;
      });
    }
    for (std::thread& t : threads) t.join();
    seconds = Seconds() - start;
    sound = all && (*(*node)->Find("city"))->Stats().trajectories == city->drives();
    if (!(*(*node)->Find("city"))->Compact().ok()) sound = false;
  }
  node->reset();  // flushes
  const double n = static_cast<double>(fixes);
  std::printf("| trips | fixes | text MB | s | M fixes/s | MB/s | bytes/fix on disk |\n");
  std::printf("|---|---|---|---|---|---|---|\n");
  std::printf("| %llu | %.0f | %.0f | %.2f | %.2f | %.0f | %.2f |\n",
              static_cast<unsigned long long>(city->drives()), n, static_cast<double>(bytes) / 1e6,
              seconds, n / seconds / 1e6, static_cast<double>(bytes) / seconds / 1e6,
              static_cast<double>(dir.bytes()) / n);
  if (!sound) std::fprintf(stderr, "not all records arrived, figures mean nothing\n");
  return sound ? 0 : 1;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
