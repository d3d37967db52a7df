// The same searches through HTTP and in the engine beneath, in turn: latency of the top 10 as a
// client sees it on one kept connection over loopback, for queries by id and with all their fixes.
// The city comes in by HTTP as well; answers are compared with the engine's before anything is
// timed.
//
//   http --trips 100000 --queries 300
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "bench/cities.h"
#include "router/client/client.h"
#include "router/cluster/local_cluster.h"
#include "router/generate/ndjson.h"
#include "router/http/server.h"
#include "shard/node/node.h"

namespace spoor::bench {
namespace {

constexpr size_t kTop = 10;
constexpr size_t kPiece = 1 << 20;

// A server on a free port of the loopback for as long as the object lives.
class Served {
 public:
  Served(EmbeddedNode& node, const ServerOptions& options)
      : cluster_(LocalCluster(node)), api_(*cluster_, {}) {
    auto server = Server::Listen(api_, options);
    if (!server.ok()) return;
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~Served() {
    if (server_ == nullptr) return;
    server_->Stop();
    thread_.join();
  }
  std::string url() const {
    return server_ == nullptr ? "" : absl::StrCat("http://127.0.0.1:", server_->port());
  }

 private:
  const std::unique_ptr<Cluster> cluster_;
  Api api_;
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// Uploads the whole city as one NDJSON stream; the seconds it took, negative when it failed.
double Upload(Client& client, const City& city) {
  uint64_t next = 0;
  const auto piece = [&](std::string* out) {
    out->clear();
    while (next < city.drives() && out->size() < kPiece) {
      AppendNdjson(city.Trip(city.DriveAt(next++)), out);
    }
    return !out->empty();
  };
  const double start = Seconds();
  const auto answer =
      client.Stream({.method = "POST",
                     .target = "/v1/collections/city/trajectories?timeout_ms=600000",
                     .headers = {{"content-type", "application/x-ndjson"}},
                     .body = ""},
                    piece);
  const bool all =
      answer.ok() && answer->status == 200 &&
      answer->body.find(absl::StrCat("\"accepted\":", city.drives())) != std::string::npos;
  return all ? Seconds() - start : -1;
}

std::string Quoted(const TrajectoryId& id) { return absl::StrCat("\"", id.value(), "\""); }

ApiRequest Ask(const std::string& query) {
  return {.method = "POST",
          .target = "/v1/collections/city/search/similar",
          .headers = {{"content-type", "application/json"}},
          .body = absl::StrCat("{\"query\":", query, ",\"k\":", kTop, "}")};
}

ApiRequest AskById(const Trajectory& t) { return Ask(absl::StrCat("{\"id\":", Quoted(t.id), "}")); }

ApiRequest AskByFixes(const Trajectory& t) {
  std::string record;
  AppendNdjson(t, &record);
  record.pop_back();
  return Ask(absl::StrCat("{", record.substr(record.find("\"coords\""))));
}

// Whether the answer names the hits of the engine's, in order.
bool Agree(const absl::StatusOr<ApiResponse>& answer, const std::vector<Hit>& hits) {
  if (!answer.ok() || answer->status != 200) return false;
  size_t at = 0;
  for (const Hit& h : hits) {
    at = answer->body.find(absl::StrCat("{\"id\":", Quoted(h.id)), at);
    if (at == std::string::npos) return false;
  }
  return true;
}

struct Times {
  std::vector<double> engine_ms, id_ms, fixes_ms;
};

bool Measure(Client& client, const Engine& engine, const std::vector<Trajectory>& queries,
             Times* times) {
  *times = {};
  for (const Trajectory& t : queries) {
    const ApiRequest by_id = AskById(t), by_fixes = AskByFixes(t);
    const double start = Seconds();
    const auto direct = engine.Search({.fixes = t.fixes, .k = kTop}, {});
    const double searched = Seconds();
    const auto fixes_answer = client.Call(by_fixes);
    const double asked = Seconds();
    const auto id_answer = client.Call(by_id);
    const double end = Seconds();
    times->engine_ms.push_back(1e3 * (searched - start));
    times->fixes_ms.push_back(1e3 * (asked - searched));
    times->id_ms.push_back(1e3 * (end - asked));

    Query others{.fixes = t.fixes, .k = kTop};
    others.filter.exclude = {t.id.value()};
    const auto without = engine.Search(others, {});
    if (!direct.ok() || !without.ok()) return false;
    if (!Agree(fixes_answer, direct->hits) || !Agree(id_answer, without->hits)) return false;
  }
  return true;
}

int Run(const Arguments& arguments) {
  CityOptions options;
  options.routes =
      static_cast<uint32_t>(std::max(1.0, arguments.Number("trips", 100'000) / options.variants));
  options.noise = Noise::kAr1;
  const auto city = MakeCity(arguments, options);
  if (!city.ok()) return std::fprintf(stderr, "%s\n", city.status().ToString().c_str()), 1;
  const ScratchDir dir;
  auto node = EmbeddedNode::Open(dir.path(), {.memory_bytes = uint64_t{2} << 30});
  if (!node.ok()) return std::fprintf(stderr, "%s\n", node.status().ToString().c_str()), 1;
  if (!(*node)->Create("city", IndexParams()).ok()) return 1;
  const Served served(**node, {.port = 0});
  const auto client = ConnectHttp(served.url());
  if (!client.ok()) return std::fprintf(stderr, "%s\n", client.status().ToString().c_str()), 1;

  const double upload_s = Upload(**client, *city);
  const EnginePtr engine = *(*node)->Find("city");
  if (upload_s < 0 || !engine->Compact().ok()) return std::fprintf(stderr, "upload failed\n"), 1;
  std::vector<Trajectory> queries;
  const auto wanted = static_cast<uint64_t>(arguments.Number("queries", 300));
  for (uint64_t i = 0; i < wanted; ++i) {
    queries.push_back(city->Trip(city->DriveAt(i * city->drives() / wanted)));
  }
  Times times;
  for (int round = 0; round < 2; ++round) {  // the first warms
    if (!Measure(**client, *engine, queries, &times)) {
      return std::fprintf(stderr, "HTTP and engine answer differently, not timed\n"), 1;
    }
  }
  std::printf("uploaded %llu trips in %.1f s (making them included)\n\n",
              static_cast<unsigned long long>(city->drives()), upload_s);
  std::printf("| top 10 | p50 ms | p99 ms |\n|---|---|---|\n");
  const auto row = [](const char* name, std::vector<double>& ms) {
    std::printf("| %s | %.3f | %.3f |\n", name, Percentile(ms, .5), Percentile(ms, .99));
  };
  row("in the engine", times.engine_ms);
  row("HTTP, by id", times.id_ms);
  row("HTTP, with all fixes", times.fixes_ms);
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
