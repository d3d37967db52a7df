// One process against a cluster, the same trips and the same questions: how fast they come in and
// how far behind the slowest replica is, what they take on disk, and the latency of the top 10 by
// id as a client sees it on one kept connection, both asked in turn.  Answers are compared before
// they are timed.
//
//   deploy/cluster up; spoor serve --listen 127.0.0.1:8090 --data D &
//   cluster --single http://127.0.0.1:8090 --cluster http://127.0.0.1:8080 --file trips.ndjson.zst
#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "bench/cities.h"
#include "router/client/client.h"

namespace spoor::bench {
namespace {

namespace json = boost::json;

constexpr size_t kTop = 10;
constexpr size_t kPiece = 1 << 20;
constexpr double kCatchUpLimit = 1800;
constexpr double kCrowdSeconds = 5;

struct Side {
  std::string name, url;
  std::unique_ptr<Client> client;
  double upload_s = 0, behind_s = 0;
  uint64_t fixes = 0, trajectories = 0, disk_bytes = 0;
  std::vector<double> ms;
  double per_second = 0;
};

absl::StatusOr<json::value> Get(Client& client, const std::string& target) {
  const auto answer = client.Call({.method = "GET", .target = target});
  if (!answer.ok()) return answer.status();
  if (answer->status != 200) return absl::UnavailableError(answer->body);
  return json::parse(answer->body);
}

// Makes the collection with the parameters that the other side has chosen by its first records.
bool SameIndex(Client& from, Client& to, const std::string& collection) {
  const std::string target = absl::StrCat("/v1/collections/", collection);
  const auto chosen = Get(from, target);
  if (!chosen.ok()) return false;
  const auto made =
      to.Call({.method = "PUT",
               .target = target,
               .headers = {{"content-type", "application/json"}},
               .body = json::serialize(json::object{{"index", chosen->at("index")}})});
  return made.ok() && made->status / 100 == 2;
}

// Sends the file as it is; true when everything was accepted.
bool Upload(Side& side, const std::string& collection, const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  const auto piece = [&in](std::string* out) {
    out->resize(kPiece);
    in.read(out->data(), kPiece);
    out->resize(static_cast<size_t>(in.gcount()));
    return !out->empty();
  };
  ApiRequest head{.method = "POST",
                  .target = absl::StrCat("/v1/collections/", collection, "/trajectories"),
                  .headers = {{"content-type", "application/x-ndjson"}}};
  if (absl::EndsWith(path, ".zst")) head.headers.emplace_back("content-encoding", "zstd");
  const double start = Seconds();
  const auto answer = side.client->Stream(head, piece);
  side.upload_s = Seconds() - start;
  if (answer.ok() && answer->status == 200) return true;
  std::fprintf(stderr, "%s: %s\n", side.name.c_str(),
               answer.ok() ? answer->body.c_str() : answer.status().ToString().c_str());
  return false;
}

// Until no replica lags and all are ready.
bool CatchUp(Side& side, const std::string& collection) {
  const double start = Seconds();
  for (bool behind = true; behind; side.behind_s = Seconds() - start) {
    if (side.behind_s > kCatchUpLimit) return false;
    const auto cluster = Get(*side.client, "/v1/cluster");
    if (!cluster.ok()) return false;
    behind = false;
    for (const json::value& c : cluster->at("collections").as_array()) {
      if (c.at("name").as_string() != collection) continue;
      for (const json::value& node : c.at("nodes").as_array()) {
        behind = behind || !node.at("ready").as_bool() || node.at("lag").to_number<uint64_t>() > 0;
      }
    }
  }
  const auto counts = Get(*side.client, absl::StrCat("/v1/collections/", collection));
  if (!counts.ok()) return false;
  side.fixes = counts->at("fixes").to_number<uint64_t>();
  side.trajectories = counts->at("trajectories").to_number<uint64_t>();
  side.disk_bytes = counts->at("bytes").at("disk").to_number<uint64_t>();
  return true;
}

// Ids spread over the list of all.
std::vector<std::string> SomeIds(Client& client, const std::string& collection, size_t wanted) {
  std::vector<std::string> all, some;
  std::string cursor;
  do {
    const auto page =
        Get(client, absl::StrCat("/v1/collections/", collection, "/trajectories?limit=1000",
                                 cursor.empty() ? "" : "&cursor=", cursor));
    if (!page.ok()) return {};
    for (const json::value& t : page->at("trajectories").as_array()) {
      all.emplace_back(t.at("id").as_string());
    }
    const json::value* next = page->as_object().if_contains("next");
    cursor = next == nullptr ? "" : std::string(next->as_string());
  } while (!cursor.empty() && all.size() < 100'000);
  for (size_t i = 0; i < wanted && !all.empty(); ++i) some.push_back(all[i * all.size() / wanted]);
  return some;
}

std::string Hits(const std::string& body) {
  std::string out;
  const json::value answer = json::parse(body);
  for (const json::value& hit : answer.at("hits").as_array()) {
    absl::StrAppend(&out, json::serialize(hit.at("id")), json::serialize(hit.at("score")), " ");
  }
  return out;
}

ApiRequest Question(const std::string& collection, const std::string& id) {
  const json::object body{{"query", {{"id", id}}}, {"k", kTop}};
  return {.method = "POST",
          .target = absl::StrCat("/v1/collections/", collection, "/search/similar"),
          .headers = {{"content-type", "application/json"}},
          .body = json::serialize(body)};
}

// Searches a second when several clients ask at the same time.
void Crowd(Side& side, const std::string& collection, const std::vector<std::string>& ids,
           size_t clients) {
  std::atomic<uint64_t> answered = 0;
  std::vector<std::thread> threads;
  const double start = Seconds();
  for (size_t c = 0; c < clients; ++c) {
    threads.emplace_back([&, c] {
      const auto client = ConnectHttp(side.url);
      if (!client.ok()) return;
      for (size_t i = c * ids.size() / clients; Seconds() - start < kCrowdSeconds; ++i) {
        const auto answer = (*client)->Call(Question(collection, ids[i % ids.size()]));
        if (answer.ok() && answer->status == 200) ++answered;
      }
    });
  }
  for (auto& t : threads) t.join();
  side.per_second = static_cast<double>(answered) / (Seconds() - start);
}

bool Measure(std::vector<Side>& sides, const std::string& collection,
             const std::vector<std::string>& ids) {
  for (Side& side : sides) side.ms.clear();
  for (const std::string& id : ids) {
    std::vector<std::string> hits;
    for (Side& side : sides) {
      const ApiRequest request = Question(collection, id);
      const double start = Seconds();
      const auto answer = side.client->Call(request);
      side.ms.push_back(1e3 * (Seconds() - start));
      if (!answer.ok() || answer->status != 200) return false;
      hits.push_back(Hits(answer->body));
    }
    if (hits.front() != hits.back()) {
      std::fprintf(stderr, "%s: %s\n  or %s\n", id.c_str(), hits[0].c_str(), hits[1].c_str());
      return false;
    }
  }
  return true;
}

int Run(const Arguments& arguments) {
  const std::string collection = arguments.Text("collection", "city");
  const std::string file = arguments.Text("file", "");
  std::vector<Side> sides(2);
  sides[0].name = "one process";
  sides[1].name = "cluster";
  const char* options[] = {"single", "cluster"};
  for (size_t i = 0; i < sides.size(); ++i) {
    sides[i].url = arguments.Text(options[i], "");
    auto client = ConnectHttp(sides[i].url);
    if (!client.ok()) return std::fprintf(stderr, "%s\n", client.status().ToString().c_str()), 1;
    sides[i].client = *std::move(client);
    if (i > 0 && !SameIndex(*sides[0].client, *sides[i].client, collection)) return 1;
    if (!Upload(sides[i], collection, file) || !CatchUp(sides[i], collection)) return 1;
  }
  const auto wanted = static_cast<size_t>(arguments.Number("queries", 500));
  const auto ids = SomeIds(*sides[0].client, collection, wanted);
  for (int round = 0; round < 2; ++round) {  // the first warms
    if (ids.empty() || !Measure(sides, collection, ids)) {
      return std::fprintf(stderr, "both answer differently, or not at all: not timed\n"), 1;
    }
  }
  const auto clients = static_cast<size_t>(arguments.Number("clients", 8));
  for (Side& side : sides) Crowd(side, collection, ids, clients);
  std::printf("%s: %llu trajectories, %llu fixes; %zu queries, answers equal\n\n",
              collection.c_str(), static_cast<unsigned long long>(sides[0].trajectories),
              static_cast<unsigned long long>(sides[0].fixes), ids.size());
  std::printf(
      "| | M fixes/s | behind, s | bytes on disk, M | p50 ms | p99 ms | searches/s, %zu clients |\n"
      "|---|---|---|---|---|---|---|\n",
      clients);
  for (Side& side : sides) {
    std::printf("| %s | %.2f | %.1f | %.1f | %.3f | %.3f | %.0f |\n", side.name.c_str(),
                static_cast<double>(side.fixes) / side.upload_s / 1e6, side.behind_s,
                static_cast<double>(side.disk_bytes) / 1e6, Percentile(side.ms, .5),
                Percentile(side.ms, .99), side.per_second);
  }
  return 0;
}

}  // namespace
}  // namespace spoor::bench

int main(int argc, char** argv) { return spoor::bench::Run(spoor::bench::Arguments(argc, argv)); }
