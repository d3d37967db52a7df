#include "router/jobs/jobs.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/store/codec.h"
#include "engine/store/crc32c.h"
#include "geo/local_plane.h"
#include "proto/join.pb.h"
#include "router/cluster/local_cluster.h"
#include "router/jobs/file_job_store.h"
#include "router/reads/similar.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/jobs/jobs_world.h"

namespace spoor {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using testing::AwaitEnd;
using testing::EagerJobs;
using testing::IdsIn;
using testing::JobsWorld;
using testing::kExportAll;
using testing::kJobsSeed;
using testing::kJobsSize;
using testing::kStatsAll;
using testing::ResultOf;
using testing::Rows;
using testing::StartJob;
using testing::TempDir;

constexpr char kPairsOfAll[] = R"({"type":"motif_pairs","select":{"all":true},)"
                               R"("params":{"min_fixes":3,"k":15,"direction":"either"}})";
constexpr char kStretchesOfAll[] = R"({"type":"stretches","select":{"all":true},)"
                                   R"("params":{"min_length_m":300}})";

TEST(Jobs, GiveTheSameRowsFromAnyNumberOfNodes) {
  std::map<std::string, std::map<std::string, Rows>> first;
  for (const uint32_t nodes : {1u, 2u, 5u}) {
    const JobsWorld world(nodes);
    const TempDir dir;
    const auto jobs = world.Open(dir.path());
    for (const char* body :
         {kExportAll, kStatsAll,
          R"({"type":"stays","select":{"all":true},"params":{"duration_s":5}})",
          R"({"type":"places","select":{"all":true},"params":{"duration_s":5,"cell_m":50}})",
          R"({"type":"clusters","select":{"all":true},"params":{"eps_m":3000,"min_samples":2}})",
          R"({"type":"join","select":{"all":true},"params":{"min_score":0.2}})", kPairsOfAll,
          kStretchesOfAll, R"({"type":"export","select":{"filter":{"objects":["o1","o2"]}}})"}) {
      const auto rows = ResultOf(*jobs, StartJob(*jobs, body));
      const auto known = first.try_emplace(body, rows);
      EXPECT_EQ(known.first->second, rows) << nodes << " nodes: " << body;
      EXPECT_GT(rows.begin()->second.size(), 0u) << body;
    }
  }
}

TEST(Jobs, AnExportHasEveryRecordOnceAsItIs) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const auto rows = ResultOf(*jobs, StartJob(*jobs, kExportAll)).at("trajectories");
  ASSERT_EQ(rows.size(), world.c.live.size());
  std::map<std::string, const Trajectory*> truth;
  for (const Trajectory& t : world.c.live) truth[t.id.value()] = &t;
  for (const std::string& row : rows) {
    const json::value record = json::parse(row);
    const Trajectory& t = *truth.at(std::string(record.at("id").as_string()));
    const auto& coords = record.at("coords").as_array();
    ASSERT_EQ(coords.size(), t.fixes.size());
    for (size_t i = 0; i < coords.size(); ++i) {
      EXPECT_EQ(FixFromDegrees(coords[i].at(1).to_number<double>(),
                               coords[i].at(0).to_number<double>(), t.fixes[i].time_ms),
                t.fixes[i]);
    }
  }
}

TEST(Jobs, StatsAreTheSumsOfTheRecords) {
  const JobsWorld world(5);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobId id = StartJob(*jobs, kStatsAll);
  const auto parts = ResultOf(*jobs, id);
  struct Sums {
    uint64_t trips = 0, fixes = 0;
    double metres = 0;
  };
  std::map<std::string, Sums> truth;
  std::map<int64_t, uint64_t> fixes_by_hour;
  for (const Trajectory& t : world.c.live) {
    Sums& sums = truth[t.object];
    ++sums.trips;
    sums.fixes += t.fixes.size();
    for (size_t i = 1; i < t.fixes.size(); ++i)
      sums.metres += HaversineM(t.fixes[i - 1], t.fixes[i]);
    for (const Fix& fix : t.fixes) {
      if (fix.has_time()) ++fixes_by_hour[fix.time_ms / 3'600'000];
    }
  }
  ASSERT_EQ(parts.at("objects").size(), truth.size());
  for (const std::string& row : parts.at("objects")) {
    const json::value object = json::parse(row);
    const json::value& name = object.at("object");
    const Sums& sums = truth.at(name.is_null() ? "" : std::string(name.as_string()));
    EXPECT_EQ(object.at("trips").to_number<uint64_t>(), sums.trips);
    EXPECT_EQ(object.at("fixes").to_number<uint64_t>(), sums.fixes);
    EXPECT_NEAR(object.at("metres").to_number<double>(), sums.metres, 0.01);
  }
  std::map<int64_t, uint64_t> told;
  for (const std::string& row : parts.at("hours")) {
    const json::value hour = json::parse(row);
    told[static_cast<int64_t>(hour.at("hour").to_number<double>()) / 3600] =
        hour.at("fixes").to_number<uint64_t>();
  }
  EXPECT_EQ(told, fixes_by_hour);
  const json::value summary = json::parse(jobs->Find(id)->summary);
  EXPECT_EQ(summary.at("trips").to_number<uint64_t>(), world.c.live.size());
}

// Keeps a copy of all files behind every save: what a kill would leave.
class CopyingStore : public FileJobStore {
 public:
  CopyingStore(std::string dir, std::vector<std::unique_ptr<TempDir>>& copies)
      : FileJobStore({.dir = dir}), dir_(std::move(dir)), copies_(copies) {}
  absl::StatusOr<JobWish> Save(const JobRecord& record) override {
    auto wish = FileJobStore::Save(record);
    copies_.push_back(std::make_unique<TempDir>());
    fs::copy(dir_, copies_.back()->path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    return wish;
  }

 private:
  const std::string dir_;
  std::vector<std::unique_ptr<TempDir>>& copies_;
};

void GoesOnAfterEverySave(const std::string& body, size_t fewest) {
  const JobsWorld world(2);
  std::vector<std::unique_ptr<TempDir>> copies;
  std::map<std::string, Rows> truth;
  JobId id;
  {
    const TempDir dir;
    const auto jobs = world.Open(std::make_unique<CopyingStore>(dir.path(), copies), dir.path());
    id = StartJob(*jobs, body);
    truth = ResultOf(*jobs, id);
  }
  ASSERT_GE(copies.size(), fewest);
  for (const auto& copy : copies) {
    // In the midst of the next write.
    for (const auto& file : fs::directory_iterator(copy->path() + "/" + id.value())) {
      if (file.path().extension() != ".ndjson") continue;
      if (fs::exists(file.path())) std::ofstream(file.path(), std::ios::app) << R"({"id":"half)";
    }
    const auto jobs = world.Open(copy->path());
    EXPECT_EQ(ResultOf(*jobs, id), truth);
  }
}

TEST(Jobs, AnExportGoesOnAfterEverySaveBehindWhichItIsKilled) {
  GoesOnAfterEverySave(kExportAll, 10);
}
TEST(Jobs, StatsGoOnAfterEverySaveBehindWhichTheyAreKilled) { GoesOnAfterEverySave(kStatsAll, 4); }
TEST(Jobs, NearestPartsGoOnAfterEverySaveBehindWhichTheyAreKilled) {
  GoesOnAfterEverySave(kPairsOfAll, 2);
}
TEST(Jobs, StretchesGoOnAfterEverySaveBehindWhichTheyAreKilled) {
  GoesOnAfterEverySave(kStretchesOfAll, 2);
}
TEST(Jobs, AListGoesOnAfterEverySaveBehindWhichItIsKilled) {
  const JobsWorld world(1);
  std::string ids;
  for (const Trajectory& t : world.c.live) {
    absl::StrAppend(&ids, ids.empty() ? "" : ",", json::serialize(json::string(t.id.value())));
  }
  GoesOnAfterEverySave(absl::StrCat(R"({"type":"export","select":{"ids":[)", ids, "]}}"), 10);
}

TEST(Jobs, RowsBeyondTheMemoryGiveTheSameSums) {
  const JobsWorld world(2);
  const TempDir dir, small;
  const auto jobs = world.Open(dir.path());
  const auto truth = ResultOf(*jobs, StartJob(*jobs, kStatsAll));
  JobsOptions little = EagerJobs(small.path());
  little.limits.memory_bytes = 2000;
  Jobs others(*world.cluster,
              std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = small.path()}), little);
  const JobId id = StartJob(others, kStatsAll);
  EXPECT_EQ(ResultOf(others, id), truth);
  EXPECT_FALSE(fs::exists(absl::StrCat(small.path(), "/", id.value(), "/spool")));
}

// ---- Selections.

TEST(JobSelection, IdsAreTakenOnceAndUnknownOnesCounted) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const std::string a = world.c.live[0].id.value(), b = world.c.live[5].id.value();
  const JobId id = StartJob(*jobs, absl::StrCat(R"({"type":"export","select":{"ids":[")", a,
                                                "\",\"", b, "\",\"none\",\"", a, R"("]}})"));
  const auto rows = ResultOf(*jobs, id).at("trajectories");
  EXPECT_EQ(IdsIn(rows), (std::set<std::string>{a, b}));
  const json::value summary = json::parse(jobs->Find(id)->summary);
  EXPECT_EQ(summary.at("skipped").at("count").to_number<int>(), 1);
  EXPECT_EQ(summary.at("skipped").at("ids").at(0).as_string(), "none");
  EXPECT_EQ(jobs->Find(id)->steps[0].name, "select");
}

TEST(JobSelection, SimilarIsWhatASearchFinds) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const Trajectory& asked = world.c.live[3];
  Query query{.fixes = asked.fixes, .k = 5};
  query.filter.exclude = {asked.id.value()};
  const auto found = Search(**world.cluster->Find("c"), query, {}, {});
  ASSERT_TRUE(found.ok()) << found.status();
  std::set<std::string> hits;
  for (const Hit& hit : found->answer.hits) hits.insert(hit.id.value());
  ASSERT_FALSE(hits.empty());
  const JobId id =
      StartJob(*jobs, absl::StrCat(R"({"type":"export","select":{"similar":{"query":{"id":")",
                                   asked.id.value(), R"("},"k":5}}})"));
  EXPECT_EQ(IdsIn(ResultOf(*jobs, id).at("trajectories")), hits);
}

TEST(JobSelection, RowsOfAnEarlierResultThatMeetWhere) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobId first = StartJob(*jobs, kExportAll);
  AwaitEnd(*jobs, first);
  const auto by = [&](const std::string& where) {
    return absl::StrCat(R"({"type":"export","select":{"job":")", first.value(),
                        R"(","part":"trajectories")", where, "}}");
  };
  const auto ids = [&](const std::string& where) {
    return IdsIn(ResultOf(*jobs, StartJob(*jobs, by(where))).at("trajectories"));
  };
  EXPECT_EQ(ids("").size(), world.c.live.size());
  std::set<std::string> truth;
  for (const Trajectory& t : world.c.live) {
    if (t.object == "o1" || t.object == "o2") truth.insert(t.id.value());
  }
  EXPECT_EQ(ids(R"(,"where":{"object":["o1","o2"]})"), truth);
  // Of parts without ids, or of jobs that are none, nothing can be selected.
  const JobId stats = StartJob(*jobs, kStatsAll);
  AwaitEnd(*jobs, stats);
  const auto refused = [&](const std::string& job, const std::string& part) {
    const auto order = JobOrderOf(absl::StrCat(R"({"type":"export","select":{"job":")", job,
                                               R"(","part":")", part, R"("}})"));
    return absl::IsInvalidArgument(jobs->Start("c", *order, {}).status());
  };
  EXPECT_TRUE(refused(stats.value(), "objects"));
  EXPECT_TRUE(refused("none", "trajectories"));
}

TEST(JobSelection, JoinsOnlyAmongWhatIsSelected) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const auto all = ResultOf(
      *jobs,
      StartJob(*jobs, R"({"type":"join","select":{"all":true},"params":{"min_score":0.2}})"));
  std::set<std::string> some;
  std::string list;
  for (size_t i = 0; i < world.c.live.size(); i += 2) {
    const std::string id = world.c.live[i].id.value();
    some.insert(id);
    absl::StrAppend(&list, list.empty() ? "" : ",", json::serialize(json::string(id)));
  }
  Rows truth;
  for (const std::string& row : all.at("pairs")) {
    const json::value pair = json::parse(row);
    if (some.count(std::string(pair.at("a").as_string())) > 0 &&
        some.count(std::string(pair.at("b").as_string())) > 0) {
      truth.push_back(row);
    }
  }
  ASSERT_FALSE(truth.empty());
  const auto rows =
      ResultOf(*jobs, StartJob(*jobs, absl::StrCat(R"({"type":"join","select":{"ids":[)", list,
                                                   R"(]},"params":{"min_score":0.2}})")));
  EXPECT_EQ(rows.at("pairs"), truth);
}

// ---- Their lives.

// A store that lets nobody save a second time until it is told.
class WaitingStore : public FileJobStore {
 public:
  using FileJobStore::FileJobStore;
  absl::StatusOr<JobWish> Save(const JobRecord& record) override {
    if (record.checkpoint.empty() || IsOver(record.state)) return FileJobStore::Save(record);
    MutexLock lock(mu_);
    waits_ = true;
    changed_.NotifyAll();
    changed_.Wait(mu_, [&] { return open_; });
    return FileJobStore::Save(record);
  }
  void AwaitSave() {
    MutexLock lock(mu_);
    changed_.Wait(mu_, [&] { return waits_; });
  }
  void LetGo() {
    MutexLock lock(mu_);
    open_ = true;
    changed_.NotifyAll();
  }

 private:
  Mutex mu_;
  ConditionVariable changed_;
  bool waits_ = false, open_ = false;
};

TEST(Jobs, CancelEndsOneThatRunsAndRemovesOneThatDoesNot) {
  const JobsWorld world(1);
  const TempDir dir;
  auto store = std::make_unique<WaitingStore>(FileJobStoreOptions{.dir = dir.path()});
  WaitingStore& gate = *store;
  const auto jobs = world.Open(std::move(store), dir.path());
  const JobId id = StartJob(*jobs, kExportAll);
  gate.AwaitSave();
  EXPECT_EQ(jobs->Find(id)->state, JobState::kRunning);
  EXPECT_TRUE(jobs->Cancel(id).ok());
  gate.LetGo();
  EXPECT_EQ(AwaitEnd(*jobs, id).state, JobState::kCancelled);
  EXPECT_TRUE(absl::IsFailedPrecondition(jobs->Resume(id)));
  while (!jobs->Cancel(id).ok() || jobs->Find(id).ok()) std::this_thread::yield();
  EXPECT_TRUE(absl::IsNotFound(jobs->Cancel(id)));
  EXPECT_FALSE(fs::exists(dir.path() + "/" + id.value()));
}

TEST(Jobs, AWishOfAnotherProcessIsSeen) {
  const JobsWorld world(1);
  const TempDir dir;
  auto store = std::make_unique<WaitingStore>(FileJobStoreOptions{.dir = dir.path()});
  WaitingStore& gate = *store;
  const auto jobs = world.Open(std::move(store), dir.path());
  const JobId id = StartJob(*jobs, kExportAll);
  gate.AwaitSave();
  ASSERT_TRUE(gate.Wish(id, JobWish::kCancel).ok());
  gate.LetGo();
  EXPECT_EQ(AwaitEnd(*jobs, id).state, JobState::kCancelled);
}

TEST(Jobs, ThereAreNoMoreThanMayRun) {
  const JobsWorld world(1);
  const TempDir dir;
  auto store = std::make_unique<WaitingStore>(FileJobStoreOptions{.dir = dir.path()});
  WaitingStore& gate = *store;
  JobsOptions options = EagerJobs(dir.path());
  options.max_running = 1;
  Jobs jobs(*world.cluster, std::move(store), options);
  const JobId id = StartJob(jobs, kExportAll);
  gate.AwaitSave();
  const auto second = jobs.Start("c", *JobOrderOf(kStatsAll), {});
  EXPECT_TRUE(absl::IsResourceExhausted(second.status())) << second.status();
  gate.LetGo();
  EXPECT_EQ(AwaitEnd(jobs, id).state, JobState::kDone);
}

TEST(Jobs, ATuneIsAloneOnItsCollectionAndIndexesItAnew) {
  const TempDir data, dir;
  auto node = *EmbeddedNode::Open(data.path(), {.memory_bytes = 32 << 20});
  testing::Rng rng(kJobsSeed);
  const TempDir files;
  const auto c = testing::MakeCollection(rng, kJobsSize, files);
  ASSERT_TRUE(node->Create("c", std::nullopt)->engine->Write(c.live).ok());
  const auto cluster = LocalCluster(*node);
  Jobs jobs(*cluster, std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = dir.path()}),
            EagerJobs(dir.path()));
  const JobId id = StartJob(jobs, R"({"type":"tune","params":{"apply":true}})");
  const auto second = jobs.Start("c", *JobOrderOf(R"({"type":"tune"})"), {});
  EXPECT_TRUE(absl::IsAborted(second.status()) || jobs.Find(id)->ended_ms != 0) << second.status();
  const JobRecord job = AwaitEnd(jobs, id);
  ASSERT_EQ(job.state, JobState::kDone) << job.error;
  const json::value summary = json::parse(job.summary);
  EXPECT_TRUE(summary.at("applied").as_bool());
  EXPECT_FALSE(summary.at("rows").as_array().empty());
  EXPECT_EQ((*node->Find("c"))->Stats().params->depth,
            summary.at("best").at("depth").to_number<int>());
  // Over several nodes there is nothing to apply.
  const JobsWorld world(2);
  const TempDir other;
  const auto far = world.Open(other.path());
  EXPECT_TRUE(absl::IsFailedPrecondition(
      far->Start("c", *JobOrderOf(R"({"type":"tune","params":{"apply":true}})"), {}).status()));
}

// ---- What earlier versions have left.

std::string OldCheckpoint(const std::string& id, JobState state, absl::string_view pairs,
                          const IndexParams& params) {
  v1::JoinCheckpoint old;
  old.set_id(id);
  old.set_collection("c");
  old.set_request(R"({"type":"join","select":{"all":true},"params":{"min_score":0.2}})");
  old.add_next(UINT64_MAX);
  old.set_params(EncodeIndexParams(params));
  old.set_state(static_cast<uint32_t>(state));
  old.set_pairs(static_cast<uint64_t>(std::count(pairs.begin(), pairs.end(), '\n')));
  old.set_bytes(pairs.size());
  old.set_crc(Crc32c(pairs));
  old.set_created_ms(5);
  if (state == JobState::kDone) old.set_ended_ms(6);
  const std::string body = old.SerializeAsString();
  const uint32_t crc = Crc32c(body);
  return absl::StrCat("spoorjb1", std::string(reinterpret_cast<const char*>(&crc), sizeof crc),
                      body);
}

TEST(OldJoin, ResultsStayValidAndWhatRanGoesOn) {
  const JobsWorld world(2);
  const TempDir fresh, dir;
  const auto newer = world.Open(fresh.path());
  const auto truth = ResultOf(
      *newer,
      StartJob(*newer, R"({"type":"join","select":{"all":true},"params":{"min_score":0.2}})"));
  const std::string lines = "{\"a\":\"x\",\"b\":\"y\",\"score\":1,\"direction\":\"same\"}\n";
  std::ofstream(dir.path() + "/join-1.job")
      << OldCheckpoint("join-1", JobState::kDone, lines, world.c.params);
  std::ofstream(dir.path() + "/join-1.pairs") << lines << "half";
  std::ofstream(dir.path() + "/join-2.job")
      << OldCheckpoint("join-2", JobState::kRunning, "", world.c.params);
  const auto jobs = world.Open(dir.path());
  EXPECT_EQ(jobs->All()->size(), 2u);
  const JobRecord done = *jobs->Find(JobId("join-1"));
  EXPECT_EQ(done.state, JobState::kDone);
  EXPECT_EQ(jobs->Read(done, {.part = "pairs", .cursor = {}})->lines, lines);
  EXPECT_EQ(ResultOf(*jobs, JobId("join-2")), truth);
  EXPECT_TRUE(jobs->Cancel(JobId("join-1")).ok());
  EXPECT_FALSE(fs::exists(dir.path() + "/join-1.pairs"));
}

}  // namespace
}  // namespace spoor
