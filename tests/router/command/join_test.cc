#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "router/cluster/local_cluster.h"
#include "router/jobs/file_job_store.h"
#include "router/jobs/jobs.h"
#include "router/jobs/join_run.h"
#include "router/message/request_join.h"
#include "router/reads/merge.h"
#include "shard/node/node.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"
#include "tests/router/api_world.h"
#include "tests/router/joined_nodes.h"

namespace spoor {
namespace {

using testing::At;
using testing::Draw;
using testing::JoinedNodes;
using testing::OneIn;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kJoinSeed = 20261123;
constexpr testing::CollectionSize kJoinSize{
    .min_trajectories = 60, .max_trajectories = 90, .max_fixes = 16, .routes = 6};
const std::vector<std::string> kBodies = {
    R"({"type":"join","select":{"all":true},"params":{"min_score":0.5}})",
    R"({"type":"join","select":{"all":true},"params":{"min_score":0.2,"direction":"either"}})",
    R"({"type":"join","select":{"filter":{"tags":{"mode":["bus"]}}},"params":{"min_score":0.1}})",
    R"({"type":"join","select":{"all":true},"params":{"measure":"discrete_frechet","max_distance_m":400,"direction":"either"}})",
};

// What a body asks to be joined.
struct JoinRequest {
  JoinQuery query;
};

JobOrder OrderOf(const std::string& body) {
  auto order = JobOrderOf(body);
  EXPECT_TRUE(order.ok()) << order.status();
  return *std::move(order);
}

JoinRequest RequestOf(const std::string& body) {
  const JobOrder order = OrderOf(body);
  JsonDocument params;
  EXPECT_TRUE(params.Parse(order.params).ok());
  Problems problems;
  JoinRequest request{.query = ReadJoinParams(&params.root(), problems)};
  EXPECT_TRUE(problems.ok());
  request.query.filter = order.selection.filter;
  return request;
}

HomePlace PlaceOf(const Trajectory& t) { return {HomeKey(t.view(), t.id.value()), t.id.value()}; }

// The lines of a join, by definition: those of which the filter holds for both.
std::vector<std::string> Expected(const std::vector<Trajectory>& live, const IndexParams& params,
                                  const JoinRequest& request) {
  std::map<HomePlace, const Trajectory*> by_place;
  for (const Trajectory& t : live) by_place[PlaceOf(t)] = &t;
  std::vector<std::string> out;
  for (const auto& [place, t] : by_place) {
    if (!request.query.filter.Matches(*t)) continue;
    const JoinProbe probe{.after = place, .fixes = t->fixes};
    const auto found = BruteForceProbe(live, params, absl::MakeConstSpan(&probe, 1), request.query);
    for (const JoinPair& pair : found.pairs) {
      JsonWriter w;
      w.BeginObject();
      w.Member("a", place.id);
      w.Member("b", found.PlaceOf(pair).id);
      w.Key(request.query.measure ? "distance_m" : "score");
      w.Double(request.query.measure ? pair.distance_m : pair.score);
      w.Member("direction", pair.direction == Direction::kOpposite ? "opposite" : "same");
      w.EndObject();
      out.push_back(w.Take());
    }
  }
  return out;
}

std::vector<std::string> LinesOf(const std::string& text) {
  return absl::StrSplit(text, '\n', absl::SkipEmpty());
}

// So small that everything happens: pages that are left, probes that go on.
JoinPace SmallPace(Rng& rng) {
  return {.probes = 1 + Draw(rng, 20),
          .measured_probes = 1 + Draw(rng, 5),
          .pages_at_once = 1 + Draw(rng, 3),
          .page_bytes = OneIn(rng, 2) ? 1 + Draw(rng, 400) : 1 << 20,
          .max_pairs = OneIn(rng, 2) ? 1 + Draw(rng, 5) : JoinQuery::kMaxPairs};
}

// Joins, and is thrown out `stops` times, to go on at the checkpoint.
std::vector<std::string> JoinAll(Rng& rng, const ClusterCollection& collection,
                                 const JoinRequest& request, const testing::RandomCollection& c,
                                 int stops) {
  JoinCheckpoint at;
  uint64_t told = 0;
  std::string lines;
  for (;;) {
    int pages = stops-- > 0 ? static_cast<int>(Draw(rng, 6)) : INT_MAX;
    const JoinSink sink = [&](absl::string_view more, uint64_t pairs,
                              const JoinCheckpoint& reached) {
      if (pages-- == 0) return absl::DataLossError("stop");
      absl::StrAppend(&lines, more);
      told += pairs;
      at = reached;
      return absl::OkStatus();
    };
    const JoinWork work{.collection = collection,
                        .query = request.query,
                        .as_of = {.log_id = 0, .next = {UINT64_MAX}},
                        .params = c.params,
                        .since = std::chrono::steady_clock::now() - std::chrono::hours(1),
                        .pace = SmallPace(rng)};
    const absl::Status done = RunJoin(work, at, sink, {});
    if (absl::IsDataLoss(done)) continue;
    EXPECT_TRUE(done.ok()) << done;
    EXPECT_EQ(told, LinesOf(lines).size());
    EXPECT_TRUE(at.done == c.live.size() || !request.query.filter.only_homes()) << at.done;
    return LinesOf(lines);
  }
}

TEST(JoinRun, OfAClusterIsThatOfBruteForceWhereverItWasStopped) {
  size_t pairs = 0;
  for (const uint32_t nodes : {1u, 2u, 5u}) {
    for (uint64_t i = 0; i < 4; ++i) {
      SCOPED_TRACE(absl::StrCat(nodes, " nodes, seed ", kJoinSeed + i));
      Rng rng(kJoinSeed + i);
      const TempDir dir;
      const auto c = testing::MakeCollection(rng, kJoinSize, dir);
      const JoinedNodes cluster(rng, nodes, c);
      for (const std::string& body : kBodies) {
        const JoinRequest request = RequestOf(body);
        const auto expected = Expected(c.live, c.params, request);
        EXPECT_EQ(JoinAll(rng, *cluster.collection, request, c, 3), expected) << body;
        pairs += expected.size();
      }
    }
  }
  EXPECT_GT(pairs, 3000u);
}

TEST(JoinRun, RefusesToMixScoresOfTwoIndexes) {
  Rng rng(kJoinSeed);
  const TempDir dir;
  auto c = testing::MakeCollection(rng, kJoinSize, dir);
  const JoinedNodes cluster(rng, 2, c);
  IndexParams others = c.params;
  others.max_gap_m += 1;
  const JoinRequest request = RequestOf(kBodies[0]);
  const JoinWork work{.collection = *cluster.collection,
                      .query = request.query,
                      .as_of = {.log_id = 0, .next = {UINT64_MAX}},
                      .params = others,
                      .since = {},
                      .pace = {}};
  const JoinSink sink = [](absl::string_view, uint64_t, const JoinCheckpoint&) {
    return absl::OkStatus();
  };
  EXPECT_TRUE(absl::IsFailedPrecondition(RunJoin(work, {}, sink, {})));
}

TEST(MergeJoins, EndsWhereThePartThatHasMoreEnds) {
  using Pairs = std::vector<std::pair<uint32_t, uint64_t>>;  // probe and home of the partner
  const auto answer_of = [](const std::vector<uint64_t>& homes, const Pairs& pairs) {
    JoinAnswer out;
    for (const uint64_t home : homes) out.partners.push_back({.place = {home, "x"}, .version = 1});
    for (const auto& [probe, home] : pairs) {
      const auto at = std::find(homes.begin(), homes.end(), home) - homes.begin();
      out.pairs.push_back({.probe = probe, .partner = static_cast<uint32_t>(at)});
    }
    return out;
  };
  JoinAnswer a = answer_of({5, 1}, {{0, 1}, {1, 5}});
  a.complete = false;
  const JoinAnswer b = answer_of({2, 6, 1}, {{0, 2}, {1, 6}, {2, 1}});
  const JoinAnswer merged = MergeJoins({a, b}, 100);
  Pairs pairs;
  for (const JoinPair& p : merged.pairs) pairs.emplace_back(p.probe, merged.PlaceOf(p).home);
  EXPECT_EQ(pairs, (Pairs{{0, 1}, {0, 2}, {1, 5}}));
  EXPECT_FALSE(merged.complete);
  const JoinAnswer cut = MergeJoins({b, b}, 1);
  EXPECT_EQ(cut.pairs.size(), 1u);
  EXPECT_FALSE(cut.complete);
}

// ---- Jobs.

// A store with a collection, on which jobs can be started again and again.
class JoinJobsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Rng rng(kJoinSeed + 7);
    c_ = testing::MakeCollection(rng, kJoinSize, files_);
    node_ = *EmbeddedNode::Open(data_.path(), {.memory_bytes = 32 << 20});
    ASSERT_TRUE(node_->Create("c", c_.params)->engine->Write(c_.live).ok());
    cluster_ = LocalCluster(*node_);
  }

  // The jobs of a process whose files are in `dir`.
  struct Options {
    FileJobStoreOptions store;
    JobsOptions jobs;
  };
  static Options In(const std::string& dir) {
    Options options{.store = {.dir = dir}, .jobs = {.spool_dir = dir}};
    JobLimits& limits = options.jobs.limits;
    limits.save_every = std::chrono::milliseconds(0);
    limits.pace = {.probes = 3, .measured_probes = 2, .pages_at_once = 2, .page_bytes = 200};
    return options;
  }
  std::unique_ptr<Jobs> Open(const Options& options) const {
    return std::make_unique<Jobs>(*cluster_, std::make_unique<FileJobStore>(options.store),
                                  options.jobs);
  }
  std::unique_ptr<Jobs> Open() const { return Open(In(jobs_dir_.path())); }

  static JobRecord Await(const Jobs& jobs, const JobId& id) {
    for (;;) {
      const auto job = jobs.Find(id);
      EXPECT_TRUE(job.ok()) << job.status();
      if (!job.ok() || job->ended_ms != 0) return job.ok() ? *job : JobRecord();
      std::this_thread::yield();
    }
  }
  static JobExtent PairsIn(const Jobs& jobs, const JobId& id) {
    return ExtentOf(*jobs.Find(id), kPairsPart);
  }
  static std::vector<std::string> ResultOf(const Jobs& jobs, const JobId& id) {
    const auto lines =
        jobs.Read(*jobs.Find(id), {.part = std::string(kPairsPart), .max_bytes = UINT64_MAX / 4});
    EXPECT_TRUE(lines.ok()) << lines.status();
    return lines.ok() ? LinesOf(lines->lines) : std::vector<std::string>();
  }
  std::vector<std::string> Truth(const std::string& body) const {
    return Expected(c_.live, c_.params, RequestOf(body));
  }

  const TempDir files_, data_, jobs_dir_;
  testing::RandomCollection c_;
  std::unique_ptr<EmbeddedNode> node_;
  std::unique_ptr<Cluster> cluster_;
};

TEST_F(JoinJobsTest, GoesOnAfterEveryMomentAtWhichItMayBeKilled) {
  const std::string& body = kBodies[1];
  const auto truth = Truth(body);
  ASSERT_GT(truth.size(), 50u);
  std::vector<std::unique_ptr<TempDir>> copies;
  JobId id;
  // Again where a busy machine let it end before anybody had looked.
  for (int attempt = 0; copies.size() <= 2 && attempt < 100; ++attempt) {
    copies.clear();
    const auto jobs = Open();
    id = *jobs->Start("c", OrderOf(body), {});
    // What a kill would leave: the files as they lie there, in the midst of a write.
    for (uint64_t bytes = UINT64_MAX; jobs->Find(id)->ended_ms == 0;) {
      if (PairsIn(*jobs, id).bytes == bytes) continue;
      bytes = PairsIn(*jobs, id).bytes;
      copies.push_back(std::make_unique<TempDir>());
      const std::string from = jobs_dir_.path() + "/" + id.value(),
                        to = copies.back()->path() + "/" + id.value();
      std::filesystem::create_directories(to);
      // Renamed into place: whichever is opened is whole.  Not by copy_file, which looks at its
      // size by its name.
      std::ofstream(to + "/record", std::ios::binary)
          << std::ifstream(from + "/record", std::ios::binary).rdbuf();
      std::error_code none_yet;
      std::filesystem::copy_file(from + "/pairs.ndjson", to + "/pairs.ndjson", none_yet);
      std::ofstream(to + "/pairs.ndjson", std::ios::app) << R"({"a":"half a li)";
    }
    EXPECT_EQ(ResultOf(*jobs, id), truth);
  }
  ASSERT_GT(copies.size(), 2u);
  // How many moments were seen hangs on the machine; some of them, spread over the join, tell as
  // much as all.
  constexpr size_t kTried = 12;
  const size_t tried = std::min(copies.size(), kTried);
  for (size_t i = 0; i < tried; ++i) {
    const auto jobs = Open(In(copies[i * (copies.size() - 1) / (tried - 1)]->path()));
    const JobRecord job = Await(*jobs, id);
    EXPECT_EQ(job.state, JobState::kDone) << job.error;
    EXPECT_EQ(ResultOf(*jobs, id), truth);
    EXPECT_EQ(PairsIn(*jobs, id).rows, truth.size());
  }
}

TEST_F(JoinJobsTest, StopsWithTheProcessAndGoesOnWhenAsked) {
  const auto truth = Truth(kBodies[0]);
  JobId id;
  {
    const auto jobs = Open();
    id = *jobs->Start("c", OrderOf(kBodies[0]), {});
  }
  Options options = In(jobs_dir_.path());
  options.jobs.resume = false;
  const auto jobs = Open(options);
  if (jobs->Find(id)->state != JobState::kDone) {
    EXPECT_EQ(jobs->Find(id)->state, JobState::kQueued);
    EXPECT_TRUE(jobs->Resume(id).ok());
  }
  EXPECT_EQ(Await(*jobs, id).state, JobState::kDone);
  EXPECT_EQ(ResultOf(*jobs, id), truth);
  EXPECT_TRUE(absl::IsFailedPrecondition(jobs->Resume(id)));
}

TEST_F(JoinJobsTest, AFullDiskIsSaidAndGoesOnWhenThereIsRoom) {
  JobId id;
  {
    Options full = In(jobs_dir_.path());
    full.store.min_free_disk_bytes = UINT64_MAX / 2;
    const auto jobs = Open(full);
    id = *jobs->Start("c", OrderOf(kBodies[0]), {});
    while (jobs->Find(id)->waits.empty() && jobs->Find(id)->ended_ms == 0)
      std::this_thread::yield();
    const JobRecord job = *jobs->Find(id);
    EXPECT_EQ(job.state, JobState::kRunning);
    EXPECT_NE(job.waits.find("disk full"), std::string::npos) << job.waits;
  }
  {
    Options little = In(jobs_dir_.path());
    little.jobs.limits.max_result_bytes = 500;
    const auto jobs = Open(little);
    EXPECT_NE(Await(*jobs, id).error.find("more than 500 bytes"), std::string::npos);
  }
  const auto jobs = Open();
  EXPECT_EQ(jobs->Find(id)->state, JobState::kFailed);  // it does not go on by itself
  EXPECT_TRUE(jobs->Resume(id).ok());
  EXPECT_EQ(Await(*jobs, id).state, JobState::kDone);
  EXPECT_EQ(ResultOf(*jobs, id), Truth(kBodies[0]));
}

TEST_F(JoinJobsTest, DamageIsSaidAndNothingIsMadeOfIt) {
  JobId id;
  {
    Options options = In(jobs_dir_.path());
    options.jobs.limits.max_result_bytes = 3000;  // ends in the midst
    const auto jobs = Open(options);
    id = *jobs->Start("c", OrderOf(kBodies[1]), {});
    ASSERT_EQ(Await(*jobs, id).state, JobState::kFailed);
    ASSERT_GT(PairsIn(*jobs, id).bytes, 0u);
  }
  const std::string path = jobs_dir_.path() + "/" + id.value();
  const auto flip = [](const std::string& file, int64_t at) {
    std::fstream f(file, std::ios::in | std::ios::out | std::ios::binary);
    f.seekp(at);
    f.put('~');
  };
  flip(path + "/pairs.ndjson", 5);
  {
    const auto jobs = Open();
    ASSERT_TRUE(jobs->Resume(id).ok());
    EXPECT_NE(Await(*jobs, id).error.find("fails its checksum"), std::string::npos);
  }
  flip(path + "/record", 30);
  const auto jobs = Open();
  EXPECT_EQ(jobs->Find(id)->state, JobState::kFailed);
  EXPECT_NE(jobs->Find(id)->error.find("checksum"), std::string::npos);
  EXPECT_TRUE(absl::IsFailedPrecondition(jobs->Resume(id)));
  EXPECT_TRUE(jobs->Cancel(id).ok());
  EXPECT_FALSE(std::filesystem::exists(path + "/pairs.ndjson"));
}

TEST_F(JoinJobsTest, ACollectionMadeAgainIsNotJoinedOn) {
  JobId id;
  {
    Options options = In(jobs_dir_.path());
    options.jobs.limits.max_result_bytes = 1000;
    const auto jobs = Open(options);
    id = *jobs->Start("c", OrderOf(kBodies[1]), {});
    ASSERT_EQ(Await(*jobs, id).state, JobState::kFailed);
  }
  ASSERT_TRUE(cluster_->Drop("c", {}).ok());
  ASSERT_TRUE(node_->Create("c", c_.params)->engine->Write(c_.live).ok());
  const auto jobs = Open();
  ASSERT_TRUE(jobs->Resume(id).ok());
  EXPECT_NE(Await(*jobs, id).error.find("dropped"), std::string::npos);
}

TEST_F(JoinJobsTest, WhatComesLaterDoesNotEnter) {
  const auto jobs = Open();
  const auto truth = Truth(kBodies[1]);
  const JobId id = *jobs->Start("c", OrderOf(kBodies[1]), {});
  std::vector<Trajectory> more = c_.live;
  for (Trajectory& t : more) t.id = TrajectoryId("again-" + t.id.value());
  ASSERT_TRUE((*node_->Find("c"))->Write(more).ok());
  EXPECT_EQ(Await(*jobs, id).state, JobState::kDone);
  EXPECT_EQ(ResultOf(*jobs, id), truth);
}

TEST_F(JoinJobsTest, KeepsSoManyThatHaveEnded) {
  Options options = In(jobs_dir_.path());
  options.jobs.max_kept = 2;
  const auto jobs = Open(options);
  for (int i = 0; i < 5; ++i) Await(*jobs, *jobs->Start("c", OrderOf(kBodies[0]), {}));
  EXPECT_LE(jobs->All()->size(), 3u);
}

// By the time that has passed, not by a clock that somebody sets: what says that it ended in 1970
// stays after a restart.
TEST_F(JoinJobsTest, ResultsGoByTheTimeThatHasPassed) {
  JobId id;
  {
    const auto jobs = Open();
    id = *jobs->Start("c", OrderOf(kBodies[0]), {});
    Await(*jobs, id);
  }
  {
    FileJobStore store({.dir = jobs_dir_.path()});
    JobRecord saved = *store.Find(id);
    saved.ended_ms = 1;
    ASSERT_TRUE(store.Save(saved).ok());
  }
  EXPECT_TRUE(Open()->Find(id).ok());
  Options options = In(jobs_dir_.path());
  options.jobs.keep_for = std::chrono::milliseconds(-1);
  EXPECT_TRUE(absl::IsNotFound(Open(options)->Find(id).status()));
}

// ---- Over the Api.

class JoinApi : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string records;
    for (int i = 0; i < 12; ++i) {
      records += testing::EastRecord(absl::StrCat("t", i), 0.0005 * (i % 5), 80);
    }
    ASSERT_EQ(world_.Load("c", records).status, 200);
  }
  ApiResponse Post(const std::string& body, const std::string& collection = "c") {
    return world_.Send("POST", "/v1/collections/" + collection + "/jobs", body,
                       {{"content-type", "application/json"}});
  }
  std::string Done(const ApiResponse& started) {
    EXPECT_EQ(started.status, 202) << started.body;
    const std::string id = At(started, "/id");
    while (At(world_.Send("GET", "/v1/jobs/" + id), "/state") == "running") {
      std::this_thread::yield();
    }
    EXPECT_EQ(At(world_.Send("GET", "/v1/jobs/" + id), "/state"), "done");
    return id;
  }
  testing::ApiWorld world_;
};

TEST_F(JoinApi, TellsItsPairsInPagesAndInLines) {
  const std::string id = Done(Post(kBodies[1]));
  const auto job = world_.Send("GET", "/v1/jobs/" + id);
  EXPECT_EQ(At(job, "/progress/done"), "12");
  EXPECT_EQ(At(job, "/type"), "join");
  const std::string result = "/v1/jobs/" + id + "/result";
  ApiResponse all = world_.Send("GET", result, "", {{"accept", "application/x-ndjson"}});
  ASSERT_EQ(all.status, 200);
  EXPECT_EQ(all.content_type, "application/x-ndjson");
  ASSERT_NE(all.rest, nullptr);
  std::string text;
  const absl::Status read = ReadAll(*all.rest, [&](absl::string_view piece) {
    absl::StrAppend(&text, piece);
    return absl::OkStatus();
  });
  EXPECT_TRUE(read.ok()) << read;
  const auto lines = LinesOf(text);
  ASSERT_GT(lines.size(), 10u);
  EXPECT_EQ(At(job, "/pairs"), absl::StrCat(lines.size()));
  std::vector<std::string> paged;
  std::string next;
  do {
    const auto page =
        world_.Send("GET", result + "?limit=7" + (next.empty() ? "" : "&cursor=" + next));
    ASSERT_EQ(page.status, 200) << page.body;
    const auto document = testing::ParseJson(page.body);
    for (const auto& pair : document.at("pairs").as_array()) {
      paged.push_back(boost::json::serialize(pair));
    }
    next = At(page, "/next") == "-" ? "" : At(page, "/next");
    EXPECT_EQ(At(page, "/complete"), next.empty() ? "true" : "false");
  } while (!next.empty());
  ASSERT_EQ(paged.size(), lines.size());
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(testing::ParseJson(lines[i]), testing::ParseJson(paged[i]));
  }
  EXPECT_EQ(world_.Send("GET", result + "?cursor=xx").status, 422);
  EXPECT_EQ(world_.Send("GET", "/v1/jobs/join-none/result").status, 404);
  EXPECT_EQ(world_.Send("POST", "/v1/jobs/" + id + "/resume").status, 409);
  EXPECT_EQ(world_.Send("POST", "/v1/jobs/join-none/resume").status, 404);
  EXPECT_EQ(world_.Send("DELETE", "/v1/jobs/" + id).status, 202);  // frees its place
  EXPECT_EQ(world_.Send("GET", "/v1/jobs/" + id).status, 404);
}

TEST_F(JoinApi, NamesWhatIsWrong) {
  const auto field = [&](const std::string& body) {
    const auto answer = Post(body);
    EXPECT_EQ(answer.status, 422) << body;
    return At(answer, "/errors/0/field");
  };
  const auto with = [](const std::string& params) {
    return R"({"type":"join","select":{"all":true},"params":)" + params + "}";
  };
  EXPECT_EQ(field("{}"), "/type");
  EXPECT_EQ(field(R"({"type":"cluster"})"), "/type");
  EXPECT_EQ(field(R"({"type":"join","params":{"min_score":1}})"), "/select");
  EXPECT_EQ(field(R"({"type":"join","select":{"all":true}})"), "/params");
  EXPECT_EQ(field(R"({"type":"join","select":{"all":false},"params":{"min_score":1}})"), "/select");
  EXPECT_EQ(field(R"({"type":"join","select":{"ids":[]},"params":{"min_score":1}})"),
            "/select/ids");
  EXPECT_EQ(field(with("{}")), "/params");
  EXPECT_EQ(field(with(R"({"min_score":0})")), "/params/min_score");
  EXPECT_EQ(field(with(R"({"min_score":1.5})")), "/params/min_score");
  EXPECT_EQ(field(with(R"({"measure":"dtw"})")), "/params/max_distance_m");
  EXPECT_EQ(field(with(R"({"min_score":1,"max_distance_m":4})")), "/params/max_distance_m");
  EXPECT_EQ(field(with(R"({"measure":"none","max_distance_m":4})")), "/params/measure");
  EXPECT_EQ(field(with(R"({"min_score":1,"score":"containment"})")), "/params/score");
  EXPECT_EQ(field(with(R"({"min_score":1,"k":4})")), "/params/k");
  EXPECT_EQ(Post(kBodies[0], "none").status, 404);
  EXPECT_EQ(world_.Send("POST", "/v1/collections/c/jobs", "{").status, 400);
}

}  // namespace
}  // namespace spoor
