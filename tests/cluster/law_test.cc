// The law "cluster == engine == brute force" through HTTP, with real processes, Kafka and etcd:
// whatever the contract lets a client ask, it gets what a look at every trajectory says.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <cctype>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>
#include <optional>
#include <ostream>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "engine/motif/btm.h"
#include "engine/motif/pair.h"
#include "engine/search/join.h"
#include "engine/search/search.h"
#include "router/client/client.h"
#include "router/generate/ndjson.h"
#include "tests/cluster/whole_cluster.h"
#include "tests/engine/random_query.h"
#include "tests/eventually.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::Draw;
using testing::Eventually;
using testing::OneIn;
using testing::Rng;
using testing::WholeCluster;
using Clock = std::chrono::steady_clock;

constexpr char kLawBase[] = "/v1/collections/law";
constexpr uint64_t kSeed = 20261122;  // SPOOR_SEED=123 asks for another one
constexpr uint32_t kTrajectories = 300;
constexpr testing::CollectionSize kSize{
    .min_trajectories = 0, .max_trajectories = 0, .max_fixes = 24, .routes = 40};
constexpr int kMotifPairs = 12;
constexpr int kQueriesAtRest = 24, kQueriesAfterWrite = 3, kQueriesUnderNoise = 24;
constexpr int kWrites = 6;
constexpr uint64_t kUploads = 15;      // of each writer of noise
constexpr uint32_t kBoundMs = 20'000;  // of bounded reads: never the reason for a refusal here

// Where the streets of random_collection.h are put, and what serves them.
struct World {
  const char* name;
  WholeCluster::Shape shape;
  int32_t north_e7, east_e7;  // moved by so much
};
void PrintTo(const World& world, std::ostream* out) { *out << world.name; }

constexpr World kWorlds[] = {
    {"OneShard", {.shards = 1, .replicas = 1, .routers = 1, .brokers = 1}, 0, 0},
    {"TwoShardsAcrossTheDateLine",
     {.shards = 2, .replicas = 2, .routers = 1, .brokers = 1},
     0,
     1'801'092'000},
    {"FiveShardsWhereTheWorldIsCutInFour",
     {.shards = 5, .replicas = 3, .routers = 2, .brokers = 1},
     -515'067'500,
     1'092'000},
};
constexpr int32_t kAroundE7 = 5'000'000;   // a box with all streets reaches half a degree further
constexpr int32_t kAwayE7 = -100'000'000;  // noise is ten degrees south

Fix Moved(Fix fix, int32_t north_e7, int32_t east_e7) {
  int64_t lon_e7 = int64_t{fix.lon_e7} + east_e7;
  if (lon_e7 >= kMaxLonE7) lon_e7 -= 2 * int64_t{kMaxLonE7};
  if (lon_e7 < -kMaxLonE7) lon_e7 += 2 * int64_t{kMaxLonE7};
  fix.lat_e7 += north_e7;
  fix.lon_e7 = static_cast<int32_t>(lon_e7);
  return fix;
}

Fix Moved(const Fix& fix, const World& world) { return Moved(fix, world.north_e7, world.east_e7); }

std::vector<Fix> Moved(std::vector<Fix> fixes, const World& world) {
  for (Fix& f : fixes) f = Moved(f, world);
  return fixes;
}

Box Moved(const Box& box, const World& world) {
  const Fix low = Moved(Fix{.lat_e7 = box.south_e7, .lon_e7 = box.west_e7}, world);
  const Fix high = Moved(Fix{.lat_e7 = box.north_e7, .lon_e7 = box.east_e7}, world);
  return {.south_e7 = low.lat_e7,
          .west_e7 = low.lon_e7,
          .north_e7 = high.lat_e7,
          .east_e7 = high.lon_e7};
}

// What of a convex ring lies west (side 1) or east (side -1) of 180 degrees, if anything.
Ring CutAt180(const Ring& ring, int side) {
  Ring out;
  for (size_t i = 0; i + 1 < ring.size(); ++i) {
    const auto& [lat, lon] = ring[i];
    const auto& [next_lat, next_lon] = ring[i + 1];
    if (side * (lon - 180) <= 0) out.push_back(ring[i]);
    if ((lon - 180) * (next_lon - 180) < 0)
      out.emplace_back(lat + (180 - lon) / (next_lon - lon) * (next_lat - lat), 180);
  }
  if (out.size() < 3) return {};
  out.push_back(out.front());
  return out;
}

// Of one convex ring; it is cut where it comes to lie across 180 degrees.
std::shared_ptr<const Region> Moved(const Region& region, const World& world) {
  Ring ring = region.polygons()[0][0];
  for (auto& [lat, lon] : ring) {
    const Fix there = Moved(FixFromDegrees(lat, lon), world);
    lat = there.lat_deg(), lon = there.lon_deg();
    if (world.east_e7 > kMaxLonE7 && lon < 0) lon += 360;
  }
  std::vector<PolygonRings> polygons;
  if (const Ring west = CutAt180(ring, 1); !west.empty()) polygons.push_back({west});
  if (Ring east = CutAt180(ring, -1); !east.empty()) {
    for (auto& [lat, lon] : east) lon -= 360;
    polygons.push_back({east});
  }
  return *Region::Make(polygons);
}

Box Everywhere(const World& world) {
  const Fix middle = {.lat_e7 = 515'067'500, .lon_e7 = -1'092'000};
  return Moved(Box{.south_e7 = middle.lat_e7 - kAroundE7,
                   .west_e7 = middle.lon_e7 - kAroundE7,
                   .north_e7 = middle.lat_e7 + kAroundE7,
                   .east_e7 = middle.lon_e7 + kAroundE7},
               world);
}

std::string Coords(const std::vector<Fix>& fixes) {
  return absl::StrCat(
      "[",
      absl::StrJoin(fixes, ",",
                    [](std::string* out, const Fix& f) {
                      absl::StrAppendFormat(out, "[%.7f,%.7f", f.lon_deg(), f.lat_deg());
                      if (f.has_time())
                        absl::StrAppendFormat(out, ",%.3f", static_cast<double>(f.time_ms) / 1e3);
                      *out += "]";
                    }),
      "]");
}

std::string RecordLine(const Trajectory& t) {
  std::string line;
  AppendNdjson(t, &line);
  return line;
}

std::string TextOf(const json::value& value) { return std::string(value.as_string()); }

json::array Texts(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

// RFC 3339, or seconds as a number.
json::value TimeJson(int64_t time_ms, bool as_text) {
  if (!as_text) return static_cast<double>(time_ms) / 1e3;
  const std::time_t seconds = time_ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return json::string(text);
}

json::object PolygonJson(const Region& region) {
  json::array polygons;
  for (const PolygonRings& polygon : region.polygons()) {
    json::array rings;
    for (const Ring& ring : polygon) {
      json::array positions;
      for (const auto& [lat, lon] : ring) positions.push_back(json::array{lon, lat});
      rings.push_back(positions);
    }
    polygons.push_back(rings);
  }
  if (polygons.size() == 1) return {{"type", "Polygon"}, {"coordinates", polygons[0]}};
  return {{"type", "MultiPolygon"}, {"coordinates", polygons}};
}

json::object FilterJson(const Filter& filter, bool times_as_text) {
  static constexpr const char* kRelations[] = {"intersects", "within", "starts", "ends"};
  json::object out;
  if (filter.time_ms) {
    out["time"] = json::array{TimeJson(filter.time_ms->first, times_as_text),
                              TimeJson(filter.time_ms->second, times_as_text)};
  }
  if (filter.box) {
    out["bbox"] = json::array{filter.box->west_e7 / 1e7, filter.box->south_e7 / 1e7,
                              filter.box->east_e7 / 1e7, filter.box->north_e7 / 1e7};
  }
  if (filter.region != nullptr) out["polygon"] = PolygonJson(*filter.region);
  if (filter.box || filter.region != nullptr)
    out["relation"] = kRelations[static_cast<size_t>(filter.relation)];
  if (!filter.objects.empty()) out["objects"] = Texts(filter.objects);
  json::object tags;
  for (const auto& [name, values] : filter.tags) tags[name] = Texts(values);
  if (!tags.empty()) out["tags"] = tags;
  if (!filter.exclude.empty()) out["exclude"] = Texts(filter.exclude);
  return out;
}

json::object QueryJson(const Query& query, bool times_as_text) {
  static constexpr const char* kDirections[] = {"same", "opposite", "either"};
  json::object out = {
      {"query", json::object{{"coords", json::parse(Coords(query.fixes))}}},
      {"k", query.k},
      {"score", query.score == Score::kJaccard ? "jaccard" : "containment"},
      {"direction", kDirections[static_cast<size_t>(query.direction)]},
  };
  if (query.min_score > 0) out["min_score"] = query.min_score;
  if (query.max_distance_m) out["max_distance_m"] = *query.max_distance_m;
  if (query.rerank) {
    json::object params;
    for (const auto& [name, value] : query.rerank->params) params[name] = value;
    out["rerank"] = json::object{{"measure", query.rerank->name},
                                 {"candidates", query.rerank->candidates},
                                 {"params", params}};
    out["exact"] = query.exact;
  }
  const json::object filter = FilterJson(query.filter, times_as_text);
  if (!filter.empty()) out["filter"] = filter;
  return out;
}

std::string Encoded(absl::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0) {
      out += c;
    } else {
      absl::StrAppendFormat(&out, "%%%02X", byte);
    }
  }
  return out;
}

using Header = std::pair<std::string, std::string>;
const Header kJson = {"content-type", "application/json"};
const Header kNdjson = {"content-type", "application/x-ndjson"};
const Header kWantsGeoJson = {"accept", "application/geo+json"};

// The routers; a caller's own, since a connection is.
class Routers {
 public:
  explicit Routers(const std::vector<std::string>& urls) {
    for (const std::string& url : urls) clients_.push_back(*ConnectHttp(url));
  }
  size_t size() const { return clients_.size(); }
  // One after the other gets a request.
  absl::StatusOr<ApiResponse> Call(const ApiRequest& request) {
    return CallOne(next_++ % size(), request);
  }
  absl::StatusOr<ApiResponse> CallOne(size_t router, const ApiRequest& request) {
    return clients_[router]->Call(request);
  }
  ApiResponse Expect(int status, const ApiRequest& request) {
    return ExpectOne(next_++ % size(), status, request);
  }
  ApiResponse ExpectOne(size_t router, int status, const ApiRequest& request) {
    const auto answer = CallOne(router, request);
    if (!answer.ok()) {
      ADD_FAILURE() << request.method << " " << request.target << ": " << answer.status();
      return {.status = 0, .content_type = "", .headers = {}, .body = "{}"};
    }
    EXPECT_EQ(answer->status, status) << request.method << " " << request.target << "\n"
                                      << request.body << "\n-> " << answer->body.substr(0, 4000);
    return *answer;
  }

 private:
  std::vector<std::unique_ptr<Client>> clients_;
  size_t next_ = 0;
};

ApiRequest Post(const std::string& path, const Header& type, const std::string& body) {
  return {
      .method = "POST", .target = absl::StrCat(kLawBase, path), .headers = {type}, .body = body};
}

ApiRequest ById(const std::string& method, const std::string& id) {
  return {.method = method,
          .target = absl::StrCat(kLawBase, "/trajectories/", Encoded(id)),
          .headers = {},
          .body = ""};
}

// Replaces records far away from those that are looked at, as fast as it can.
class Noise {
 public:
  Noise(int number, const std::vector<std::string>& urls, const World& world)
      : number_(number), world_(world), routers_(urls), thread_([this] { Run(); }) {}
  ~Noise() { Stop(); }

  void Stop() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }
  uint64_t uploads() const { return uploads_; }
  // REQUIRES: stopped.
  const std::vector<std::string>& failures() const { return failures_; }

 private:
  void Run() {
    Rng rng(kSeed + static_cast<uint64_t>(number_));
    while (!stop_) {
      std::string body;
      for (int i = 0; i < 10; ++i) {
        Trajectory t = testing::RandomTrajectory(
            rng, absl::StrCat("noise-", number_, "-", Draw(rng, 100)), kSize);
        for (Fix& f : t.fixes) f = Moved(Moved(f, world_), kAwayE7, 0);
        body += RecordLine(t);
      }
      const auto answer = routers_.Call(Post("/trajectories", kNdjson, body));
      ++uploads_;
      if (answer.ok() && answer->status == 200) continue;
      failures_.push_back(answer.ok() ? answer->body : std::string(answer.status().message()));
    }
  }

  const int number_;
  const World world_;
  Routers routers_;
  std::vector<std::string> failures_;
  std::atomic<bool> stop_ = false;
  std::atomic<uint64_t> uploads_ = 0;
  std::thread thread_;
};

// What a read is told about freshness, so that its answer is determined.
enum class Fresh { kAtRest, kSession };

class ClusterLaw : public ::testing::TestWithParam<World> {
 protected:
  void SetUp() override {
    const char* wanted = std::getenv("SPOOR_SEED");
    if (wanted != nullptr) {
      ASSERT_TRUE(absl::SimpleAtoi(wanted, &seed_)) << wanted;
    }
    rng_.seed(seed_);
    params_.depth = 33;
    params_.smoothing_s = params_.smoothing_m = 0;
    auto cluster = WholeCluster::Start(world_.shape);
    ASSERT_TRUE(cluster.ok()) << cluster.status();
    cluster_ = *std::move(cluster);
    routers_.emplace(cluster_->urls());
    routers_->Expect(201, {.method = "PUT",
                           .target = kLawBase,
                           .headers = {kJson},
                           .body = R"({"index": {"scheme": "v2", "depth": 33, "smoothing_s": 0,
                                                 "smoothing_m": 0}})"});
  }

  // The model

  void Learn() {  // the model has changed
    here_.live.clear(), there_.clear();
    for (const auto& [id, t] : streets_) {
      here_.live.push_back(t);
      there_.push_back(t);
      there_.back().fixes = Moved(t.fixes, world_);
    }
  }

  std::string NewId(uint32_t i) const {
    return i % 10 == 0 ? absl::StrCat("trip ", i, "/ü%") : absl::StrCat("t", i);
  }

  const Trajectory& Any() { return there_[Draw(rng_, static_cast<uint32_t>(there_.size()))]; }

  // Writing

  // Returns the token.
  std::string Upload(const std::vector<Trajectory>& all, absl::string_view ack) {
    std::string body;
    for (Trajectory t : all) {
      streets_[t.id.value()] = t;
      t.fixes = Moved(t.fixes, world_);
      body += RecordLine(t);
    }
    Learn();
    const ApiResponse answer = routers_->Expect(
        200, Post(absl::StrCat("/trajectories?timeout_ms=30000&ack=", ack), kNdjson, body));
    const json::value report = json::parse(answer.body);
    EXPECT_EQ(report.at("accepted").to_number<size_t>(), all.size()) << answer.body;
    EXPECT_EQ(TextOf(report.at("acked")), ack) << answer.body;
    return TextOf(report.at("token"));
  }

  std::vector<Trajectory> Replacements(size_t count) {
    std::map<std::string, Trajectory> out;  // by id: each once
    while (out.size() < count) {
      const std::string id = OneIn(rng_, 5) ? NewId(next_id_++) : Any().id.value();
      out[id] = testing::RandomTrajectory(rng_, id, kSize);
    }
    std::vector<Trajectory> all;
    for (auto& [id, t] : out) all.push_back(std::move(t));
    return all;
  }

  std::string DeleteOne() {
    const std::string id = Any().id.value();
    const ApiResponse answer = routers_->Expect(204, ById("DELETE", id));
    streets_.erase(id);
    gone_.push_back(id);
    Learn();
    for (const auto& [name, value] : answer.headers) {
      if (absl::EqualsIgnoreCase(name, "Spoor-Token")) return value;
    }
    ADD_FAILURE() << "no token for a deletion";
    return "";
  }

  std::string DeleteWhere() {
    Filter filter;
    while (filter.empty()) filter = FilterThere();
    for (const Trajectory& t : there_) {
      if (OneIn(rng_, 2)) filter.exclude.push_back(t.id.value());  // some are to stay
    }
    const json::object body = {{"filter", FilterJson(filter, false)}};
    const json::value answer = json::parse(
        routers_->Expect(200, Post("/trajectories/delete", kJson, json::serialize(body))).body);
    uint64_t deleted = 0;
    for (const Trajectory& t : there_) {
      if (!filter.Matches(t)) continue;
      ++deleted;
      streets_.erase(t.id.value());
      gone_.push_back(t.id.value());
    }
    EXPECT_EQ(answer.at("deleted").to_number<uint64_t>(), deleted) << json::serialize(body);
    Learn();
    return TextOf(answer.at("token"));
  }

  // Every replica has every write so far, and every router a reach that is younger: then reads
  // that demand nothing are determined as well.
  void ComeToRest() {
    token_ = Upload(Replacements(40), "all");
    const auto acked = Clock::now();
    for (size_t router = 0; router < routers_->size(); ++router) {
      ASSERT_TRUE(Eventually([&] { return KnowsReachSince(router, acked); }))
          << "router " << router;
    }
  }

  // A slot whose reach is older than what the read allows is asked without it, and explain says so.
  bool KnowsReachSince(size_t router, Clock::time_point then) {
    json::object body = QueryJson({.fixes = there_.front().fixes}, false);
    body["explain"] = true;
    body["consistency"] = "bounded";
    body["max_staleness_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - then).count();
    const auto answer =
        routers_->CallOne(router, Post("/search/similar", kJson, json::serialize(body)));
    return answer.ok() && answer->status == 200 &&
           answer->body.find("no_reach_yet") == std::string::npos;
  }

  // Reading

  // What the contract can express.
  Filter FilterThere() {
    Filter filter = testing::RandomFilter(rng_, here_);
    filter.homes = HomeSet::All();
    std::erase(filter.objects, "");
    if (filter.box) filter.box = Moved(*filter.box, world_);
    if (filter.box && noise_.empty() && OneIn(rng_, 8))
      std::swap(filter.box->west_e7, filter.box->east_e7);  // the other way round the Earth
    if (filter.region != nullptr) filter.region = Moved(*filter.region, world_);
    if (!filter.box && filter.region == nullptr) filter.relation = Relation::kIntersects;
    return filter;
  }

  // Every trajectory of the model is within the box; noise is not.
  void KeepOutNoise(Filter& filter) const {
    if (!noise_.empty() && !filter.box) filter.box = Everywhere(world_);
  }

  Query QueryThere() {
    Query query = testing::RandomQuery(rng_, here_);
    query.fixes = Moved(query.fixes, world_);
    query.min_score = std::min(query.min_score, 1.0);
    query.filter = FilterThere();
    if (query.rerank) KeepOutNoise(query.filter);
    return query;
  }

  void AddTerms(Fresh fresh, json::object& body) {
    if (OneIn(rng_, 4)) body["allow_partial"] = OneIn(rng_, 2);
    const uint32_t kind = fresh == Fresh::kSession ? 2 : Draw(rng_, 4);
    if (kind == 0) body["consistency"] = "eventual";
    if (kind == 1) {
      body["consistency"] = "bounded";
      if (OneIn(rng_, 2)) body["max_staleness_ms"] = kBoundMs;
    }
    if (kind == 2) {
      body["consistency"] = "session";
      body["token"] = token_;
    }
  }

  void ExpectWhole(const json::value& answer) {
    const json::value& slots = answer.at("slots");
    EXPECT_EQ(slots.at("failed").to_number<int>(), 0);
    EXPECT_EQ(slots.at("answered"), slots.at("asked"));
  }

  struct Includes {
    bool geometry, matches, summary;
  };

  json::array IncludeJson(const Includes& include) const {
    json::array out;
    if (include.geometry) out.emplace_back("geometry");
    if (include.matches) out.emplace_back("matches");
    if (include.summary) out.emplace_back("summary");
    return out;
  }

  // Exact by every measure that there is, the nearest and all within a distance.
  void SearchExactly(Fresh fresh) {
    for (const MeasureEntry& entry : AllMeasures()) {
      Query query = QueryThere();
      query.rerank = testing::SampleRerank(entry.name);
      query.exact = true;
      query.max_distance_m.reset();
      KeepOutNoise(query.filter);
      Search(fresh, query);
      const std::vector<Hit> hits = BruteForceSearch(there_, params_, query).hits;
      if (hits.empty() || HasFailure()) continue;
      query.max_distance_m = hits[hits.size() / 2].distance_m;  // which is within
      query.k = 10'000;
      Search(fresh, query);
    }
  }

  void Search(Fresh fresh, Query query) {
    json::object body = QueryJson(query, OneIn(rng_, 2));
    if (OneIn(rng_, 4)) {  // of a stored one; that one is no hit
      const Trajectory& stored = Any();
      query.fixes = stored.fixes;
      query.filter.exclude.push_back(stored.id.value());
      body["query"] = json::object{{"id", stored.id.value()}};
    }
    const Includes include{
        .geometry = OneIn(rng_, 4), .matches = query.matches, .summary = OneIn(rng_, 4)};
    const json::array includes = IncludeJson(include);
    if (!includes.empty()) body["include"] = includes;
    const bool explain = OneIn(rng_, 4), geojson = OneIn(rng_, 6);
    if (explain) body["explain"] = true;
    AddTerms(fresh, body);
    ApiRequest request = Post("/search/similar", kJson, json::serialize(body));
    if (geojson) request.headers.push_back(kWantsGeoJson);
    SCOPED_TRACE(request.body);
    if (query.rerank && query.rerank->measure->needs_times() && !query.fixes[0].has_time()) {
      routers_->Expect(422, request);
      return;
    }
    const json::value answer = json::parse(routers_->Expect(200, request).body);
    ExpectWhole(answer);
    EXPECT_EQ(explain, answer.as_object().contains("explain"));
    if (explain) {
      const json::value& cost = answer.at("explain");
      pruned_ += cost.at("pruned").to_number<size_t>();
      EXPECT_EQ(cost.at("phases").as_object().size(), 5u);
      if (query.rerank) {
        EXPECT_GE(cost.at("refined").to_number<size_t>(), HitCount(answer)) << "not measured";
      }
    }
    const SearchAnswer truth = BruteForceSearch(there_, params_, query);
    const json::array hits = geojson ? HitsOf(answer.at("features")) : answer.at("hits").as_array();
    ExpectHits(hits, truth, include);
    ExpectExact(answer.at("exact").as_bool(), query, truth);
    hits_ += truth.hits.size();
  }

  static size_t HitCount(const json::value& answer) {
    return answer.at(answer.as_object().contains("hits") ? "hits" : "features").as_array().size();
  }

  // Features as hits.
  json::array HitsOf(const json::value& features) {
    json::array hits;
    for (const json::value& feature : features.as_array()) {
      json::object hit = feature.at("properties").as_object();
      hit["id"] = feature.at("id");
      hit["geometry"] = feature.at("geometry");
      hits.emplace_back(hit);
      EXPECT_EQ(hit.at("rank").to_number<size_t>(), hits.size());
    }
    return hits;
  }

  void ExpectHits(const json::array& hits, const SearchAnswer& truth, const Includes& include) {
    std::vector<std::string> found, expected;
    for (const json::value& hit : hits) found.push_back(TextOf(hit.at("id")));
    for (const Hit& hit : truth.hits) expected.push_back(hit.id.value());
    ASSERT_EQ(found, expected);
    for (size_t i = 0; i < hits.size(); ++i) {
      SCOPED_TRACE(found[i]);
      ExpectHit(hits[i].as_object(), truth.hits[i]);
      EXPECT_EQ(hits[i].as_object().contains("matches"), include.matches);
      if (include.matches) ExpectMatches(hits[i].at("matches").as_array(), truth.hits[i].matches);
      ExpectRecord(hits[i].as_object(), streets_.at(found[i]), include);
    }
  }

  static void ExpectHit(const json::object& hit, const Hit& truth) {
    EXPECT_NEAR(hit.at("score").to_number<double>(), truth.score, 1e-12);
    EXPECT_EQ(TextOf(hit.at("direction")),
              truth.direction == Direction::kOpposite ? "opposite" : "same");
    EXPECT_EQ(hit.contains("distance_m"), truth.distance_m.has_value());
    EXPECT_EQ(hit.contains("part"), truth.part.has_value());
    if (hit.contains("part") && truth.part) {
      EXPECT_EQ(hit.at("part").at("from").to_number<uint32_t>(), truth.part->first);
      EXPECT_EQ(hit.at("part").at("to").to_number<uint32_t>(), truth.part->second);
    }
    if (truth.distance_m) {
      EXPECT_DOUBLE_EQ(hit.at("distance_m").to_number<double>(), *truth.distance_m);
    }
  }

  static void ExpectMatches(const json::array& matches, const std::vector<Match>& truth) {
    ASSERT_EQ(matches.size(), truth.size());
    const auto range = [](uint32_t from, uint32_t to) { return json::array{from, to}; };
    for (size_t i = 0; i < truth.size(); ++i) {
      const Match& m = truth[i];
      EXPECT_EQ(json::serialize(matches[i].at("query")),
                json::serialize(range(m.query_from, m.query_to)));
      EXPECT_EQ(json::serialize(matches[i].at("hit")),
                json::serialize(range(m.hit_from, m.hit_to)));
    }
  }

  void ExpectRecord(const json::object& shown, const Trajectory& t, const Includes& include) {
    EXPECT_EQ(shown.contains("object") ? TextOf(shown.at("object")) : "", t.object);
    if (include.summary) {
      EXPECT_EQ(shown.at("summary").at("fixes").to_number<size_t>(), t.fixes.size());
    }
    if (!include.geometry) return;
    ExpectFixes(PositionsOf(shown.at("geometry")), t.fixes, false);
    EXPECT_EQ(shown.contains("times"), t.fixes[0].has_time());
  }

  // A line that is cut at 180 degrees has two positions more at each cut, one on either side.
  static json::array PositionsOf(const json::value& geometry) {
    const std::string type = TextOf(geometry.at("type"));
    const json::value& coordinates = geometry.at("coordinates");
    if (type == "Point") return {coordinates};
    if (type == "LineString") return coordinates.as_array();
    EXPECT_EQ(type, "MultiLineString");
    json::array positions;
    for (const json::value& part : coordinates.as_array()) {
      auto first = part.as_array().begin();
      if (!positions.empty()) {
        EXPECT_EQ(std::abs(positions.back().at(0).to_number<double>()), 180);
        EXPECT_EQ(positions.back().at(0).to_number<double>(), -first->at(0).to_number<double>());
        EXPECT_EQ(positions.back().at(1), first->at(1));
        positions.pop_back();
        ++first;
      }
      positions.insert(positions.end(), first, part.as_array().end());
    }
    return positions;
  }

  void ExpectFixes(const json::array& positions, const std::vector<Fix>& streets, bool timed) {
    const std::vector<Fix> fixes = Moved(streets, world_);
    ASSERT_EQ(positions.size(), fixes.size());
    for (size_t i = 0; i < fixes.size(); ++i) {
      const json::array& p = positions[i].as_array();
      const auto number = [&](size_t at) { return p.at(at).to_number<double>(); };
      EXPECT_EQ(std::lround(number(0) * 1e7), fixes[i].lon_e7);
      EXPECT_EQ(std::lround(number(1) * 1e7), fixes[i].lat_e7);
      const int64_t time_ms = p.size() == 3 ? std::llround(number(2) * 1000) : kNoTime;
      if (timed) {
        EXPECT_EQ(time_ms, fixes[i].time_ms);
      }
    }
  }

  // What says that it is exact is what a look at everything finds.
  void ExpectExact(bool exact, Query query, const SearchAnswer& truth) {
    EXPECT_TRUE(exact || (query.rerank && !query.exact));
    if (!exact || !query.rerank) return;
    query.exact = true;
    const SearchAnswer all = BruteForceSearch(there_, params_, query);
    ASSERT_EQ(all.hits.size(), truth.hits.size()) << "exact, and not all";
    for (size_t i = 0; i < all.hits.size(); ++i) EXPECT_EQ(all.hits[i].id, truth.hits[i].id);
  }

  // What two stored trips share, and one with itself: by anchors, and the exact pair.
  void Motifs() {
    for (int i = 0; i < kMotifPairs && !HasFailure(); ++i) {
      const Trajectory &a = Any(), &b = Any();
      const MotifTrip first{.id = a.id, .object = a.object, .fixes = a.fixes};
      const MotifTrip second{.id = b.id, .object = b.object, .fixes = b.fixes};
      const MotifTerms terms{.min_length_m = 10, .direction = Direction::kEither};
      json::object body = {{"min_length_m", 10}, {"direction", "either"}};
      body["between"] = {{{"id", a.id.value()}}, {{"id", b.id.value()}}};
      ExpectMotifs(body, MotifsBetween(first, second, terms, params_, {}));
      body["exact"] = {{"min_fixes", 2}};
      ExpectMotifs(body, ExactMotifBetween(first, second, terms, 2, {}));
      body.erase("between");
      body["within"] = {{"id", a.id.value()}};
      ExpectMotifs(body, ExactMotifWithin(first, terms, 2, {}));
      body.erase("exact");
      ExpectMotifs(body, MotifsWithin(first, terms, params_, {}));
    }
    EXPECT_GT(motifs_, size_t{kMotifPairs});
  }

  void ExpectMotifs(const json::object& body, const absl::StatusOr<MotifAnswer>& truth) {
    ASSERT_TRUE(truth.ok());
    SCOPED_TRACE(json::serialize(body));
    const json::value answer = json::parse(
        routers_->Expect(200, Post("/search/motifs", kJson, json::serialize(body))).body);
    const json::array& motifs = answer.at("motifs").as_array();
    ASSERT_EQ(motifs.size(), truth->motifs.size());
    EXPECT_EQ(answer.at("exact").as_bool(), truth->exact);
    for (size_t i = 0; i < motifs.size(); ++i) {
      EXPECT_DOUBLE_EQ(motifs[i].at("distance_m").to_number<double>(), truth->motifs[i].distance_m);
    }
    motifs_ += motifs.size();
  }

  // Page by page, and each page by the next router.
  void List(Fresh fresh) {
    RangeQuery range{.filter = FilterThere(), .limit = 1 + Draw(rng_, 120), .after_id = ""};
    KeepOutNoise(range.filter);
    const Includes include{.geometry = OneIn(rng_, 4), .matches = false, .summary = OneIn(rng_, 4)};
    json::object body = {{"limit", range.limit}, {"filter", FilterJson(range.filter, true)}};
    const json::array includes = IncludeJson(include);
    if (!includes.empty()) body["include"] = includes;
    AddTerms(fresh, body);
    for (bool more = true; more;) {
      SCOPED_TRACE(json::serialize(body));
      const json::value answer = json::parse(
          routers_->Expect(200, Post("/search/range", kJson, json::serialize(body))).body);
      ExpectWhole(answer);
      ASSERT_NO_FATAL_FAILURE(ExpectPage(answer, "hits", range, include, &more));
      if (more) body["cursor"] = answer.at("next");
    }
  }

  // The same by GET, with what its parameters can say.
  void ListByGet() {
    RangeQuery range{.filter = {}, .limit = 1 + Draw(rng_, 120), .after_id = ""};
    const Filter filter = FilterThere();
    range.filter.box = filter.box, range.filter.time_ms = filter.time_ms;
    if (!filter.objects.empty()) range.filter.objects = {filter.objects[0]};
    KeepOutNoise(range.filter);
    std::string target = absl::StrCat(kLawBase, "/trajectories?limit=", range.limit);
    if (const auto& box = range.filter.box) {
      absl::StrAppendFormat(&target, "&bbox=%.7f,%.7f,%.7f,%.7f", box->west_e7 / 1e7,
                            box->south_e7 / 1e7, box->east_e7 / 1e7, box->north_e7 / 1e7);
    }
    if (const auto& time = range.filter.time_ms)
      absl::StrAppendFormat(&target, "&time=%d,%d", time->first / 1000, time->second / 1000);
    for (const std::string& object : range.filter.objects) target += "&object=" + Encoded(object);
    SCOPED_TRACE(target);
    std::string cursor;
    for (bool more = true; more;) {
      const json::value answer = json::parse(
          routers_->Expect(200, {.method = "GET", .target = target + cursor, .headers = {}}).body);
      ExpectWhole(answer);
      ASSERT_NO_FATAL_FAILURE(ExpectPage(answer, "trajectories", range, {}, &more));
      if (more) cursor = absl::StrCat("&cursor=", TextOf(answer.at("next")));
    }
  }

  // Compares a page and moves on to the next.
  void ExpectPage(const json::value& answer, const char* list, RangeQuery& range,
                  const Includes& include, bool* more) {
    const RangeAnswer truth = BruteForceRange(there_, range);
    std::vector<std::string> found, expected;
    for (const TrajectoryId& id : truth.ids) expected.push_back(id.value());
    for (const json::value& hit : answer.at(list).as_array()) {
      found.push_back(TextOf(hit.at("id")));
      if (streets_.contains(found.back()))
        ExpectRecord(hit.as_object(), streets_.at(found.back()), include);
    }
    ASSERT_EQ(found, expected) << "after '" << range.after_id << "'";
    ASSERT_EQ(answer.as_object().contains("next"), truth.more);
    *more = truth.more;
    if (truth.more) range.after_id = expected.back();
    listed_ += found.size();
  }

  void GetSome() {
    for (int i = 0; i < 10; ++i) {
      const Trajectory& t = Any();
      SCOPED_TRACE(t.id.value());
      const json::object record =
          json::parse(routers_->Expect(200, ById("GET", t.id.value())).body).as_object();
      EXPECT_EQ(TextOf(record.at("id")), t.id.value());
      ExpectRecord(record, t, {.geometry = false, .matches = false, .summary = true});
      ExpectFixes(record.at("coords").as_array(), streets_.at(t.id.value()).fixes, true);
      json::object tags;
      for (const auto& [name, value] : t.tags) tags[name] = value;
      EXPECT_EQ(record.contains("tags") ? record.at("tags").as_object() : json::object(), tags);
    }
    for (size_t i = 0; i < 5 && !gone_.empty(); ++i) {
      const std::string& id = gone_[Draw(rng_, static_cast<uint32_t>(gone_.size()))];
      if (!streets_.contains(id)) routers_->Expect(404, ById("GET", id));
    }
  }

  void Read(Fresh fresh, int queries) {
    for (int i = 0; i < queries && !HasFailure(); ++i) {
      SCOPED_TRACE(absl::StrCat("query ", i));
      Search(fresh, QueryThere());
      if (i % 2 == 0) List(fresh);
    }
    if (!HasFailure()) SearchExactly(fresh);
    if (fresh == Fresh::kSession || HasFailure()) return;
    ListByGet();
    GetSome();
  }

  // All pairs, by fingerprints and by a measure.
  void Join() {
    for (const char* params :
         {R"({"min_score":0.3,"direction":"either"})",
          R"({"measure":"discrete_frechet","max_distance_m":500,"direction":"either"})"}) {
      SCOPED_TRACE(params);
      const json::object body = {{"type", "join"},
                                 {"select", json::object{{"all", true}}},
                                 {"params", json::parse(params)}};
      const size_t router = Draw(rng_, static_cast<uint32_t>(routers_->size()));
      const ApiResponse started =
          routers_->ExpectOne(router, 202, Post("/jobs", kJson, json::serialize(body)));
      const std::string job = "/v1/jobs/" + TextOf(json::parse(started.body).at("id"));
      ASSERT_TRUE(Eventually([&] {
        const json::value status =
            json::parse(routers_->ExpectOne(router, 200, {.method = "GET", .target = job}).body);
        EXPECT_NE(TextOf(status.at("state")), "failed") << json::serialize(status);
        return HasFailure() || TextOf(status.at("state")) == "done";
      }));
      const ApiResponse result = routers_->ExpectOne(
          router, 200, {.method = "GET", .target = job + "/result?limit=100000"});
      const json::value page = json::parse(result.body);
      std::vector<std::string> found;
      for (const json::value& pair : page.at("pairs").as_array()) {
        found.push_back(absl::StrCat(TextOf(pair.at("a")), " ", TextOf(pair.at("b")), " ",
                                     TextOf(pair.at("direction"))));
      }
      const std::vector<std::string> expected = ExpectedPairs(json::parse(params).as_object());
      EXPECT_EQ(found, expected);
      EXPECT_GT(expected.size(), 20u);
    }
  }

  std::vector<std::string> ExpectedPairs(const json::object& params) const {
    JoinQuery query{.direction = Direction::kEither};
    if (params.contains("measure")) {
      query.measure = testing::SampleRerank(TextOf(params.at("measure")));
      query.max_distance_m = params.at("max_distance_m").to_number<double>();
    } else {
      query.min_score = params.at("min_score").to_number<double>();
    }
    std::map<HomePlace, const Trajectory*> by_place;
    for (const Trajectory& t : there_)
      by_place[{HomeKey(t.view(), t.id.value()), t.id.value()}] = &t;
    std::vector<std::string> out;
    for (const auto& [place, t] : by_place) {
      const JoinProbe probe{.after = place, .fixes = t->fixes};
      const JoinAnswer answer =
          BruteForceProbe(there_, params_, absl::MakeConstSpan(&probe, 1), query);
      for (const JoinPair& pair : answer.pairs) {
        out.push_back(absl::StrCat(t->id.value(), " ", answer.PlaceOf(pair).id, " ",
                                   pair.direction == Direction::kOpposite ? "opposite" : "same"));
      }
    }
    return out;
  }

  // A write and reads by its token, then rest.
  void WriteAndRead(int i) {
    SCOPED_TRACE(absl::StrCat("write ", i));
    switch (i % 4) {
      case 0:
        token_ = Upload(Replacements(30), "log");
        break;
      case 1:
        token_ = DeleteWhere();
        break;
      case 2:
        token_ = Upload(Replacements(30), "applied");
        break;
      default:
        token_ = DeleteOne();
    }
    Read(Fresh::kSession, kQueriesAfterWrite);
    if (!HasFailure()) ComeToRest();
  }

  void StartNoise() {
    for (int n = 0; n < 2; ++n)
      noise_.push_back(std::make_unique<Noise>(n, cluster_->urls(), world_));
  }

  void StopNoise() {
    for (const auto& noise : noise_) {
      noise->Stop();
      for (const std::string& failure : noise->failures()) ADD_FAILURE() << failure;
    }
  }

  const World world_ = GetParam();
  uint64_t seed_ = kSeed;
  Rng rng_;
  IndexParams params_;
  std::unique_ptr<WholeCluster> cluster_;
  std::optional<Routers> routers_;
  std::vector<std::unique_ptr<Noise>> noise_;

  std::map<std::string, Trajectory> streets_;  // what lives, where random_collection.h puts it
  testing::RandomCollection here_{
      .params = {}, .live = {}, .versions = {}, .segments = {}, .geometry = {}};  // the same
  std::vector<Trajectory> there_;  // the same where it is stored
  std::vector<std::string> gone_;
  std::string token_;  // of the last write
  uint32_t next_id_ = kTrajectories;
  size_t hits_ = 0, listed_ = 0, pruned_ = 0, motifs_ = 0;
};

TEST_P(ClusterLaw, ClusterIsEngineIsBruteForce) {
  SCOPED_TRACE(absl::StrCat("seed ", seed_));
  std::vector<Trajectory> first;
  for (uint32_t i = 0; i < kTrajectories; ++i)
    first.push_back(testing::RandomTrajectory(rng_, NewId(i), kSize));
  Upload(first, "all");
  ComeToRest();
  Read(Fresh::kAtRest, kQueriesAtRest);
  for (int i = 0; i < kWrites && !HasFailure(); ++i) WriteAndRead(i);
  if (!HasFailure()) Join();
  if (!HasFailure()) Motifs();
  if (HasFailure()) return;
  StartNoise();
  const auto heard = [&] {
    return std::ranges::all_of(noise_, [](const auto& n) { return n->uploads() >= kUploads; });
  };
  EXPECT_TRUE(Eventually([&] {
    Read(Fresh::kAtRest, kQueriesUnderNoise);
    return heard() || HasFailure();
  }));
  StopNoise();
  EXPECT_GT(hits_, size_t{kQueriesAtRest});
  EXPECT_GT(pruned_, 0u) << "every query has asked every slot";
  EXPECT_GT(listed_, size_t{kTrajectories});
}

INSTANTIATE_TEST_SUITE_P(Shapes, ClusterLaw, ::testing::ValuesIn(kWorlds),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace spoor
