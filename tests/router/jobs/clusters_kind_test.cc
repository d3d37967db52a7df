#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <map>
#include <set>

#include "router/jobs/jobs.h"
#include "router/jobs/kind.h"
#include "router/message/json_reader.h"
#include "tests/engine/temp_dir.h"
#include "tests/router/jobs/jobs_world.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::AwaitEnd;
using testing::JobsWorld;
using testing::ResultOf;
using testing::StartJob;
using testing::TempDir;

constexpr char kSubClusters[] =
    R"({"type":"clusters","select":{"all":true},"params":{"eps_m":3000,"min_samples":2,)"
    R"("points":12,"mode":"sub","window":4,"step":3,"groups":true}})";

TEST(ClustersJob, TellsPartsThatAgreeWithOneAnother) {
  const JobsWorld world(5);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobId id = StartJob(*jobs, kSubClusters);
  const auto parts = ResultOf(*jobs, id);
  const json::value summary = json::parse(AwaitEnd(*jobs, id).summary);
  ASSERT_EQ(parts.at("labels").size(), world.c.live.size());
  std::map<int64_t, uint64_t> sizes;
  std::set<std::string> outliers;
  for (const std::string& row : parts.at("labels")) {
    const json::value label = json::parse(row);
    const auto of = label.at("label").to_number<int64_t>();
    EXPECT_EQ(label.at("outlier").as_bool(), of == -1);
    if (of == -1) {
      outliers.insert(std::string(label.at("id").as_string()));
    } else {
      ++sizes[of];
    }
  }
  EXPECT_EQ(summary.at("outliers").to_number<uint64_t>(), outliers.size());
  ASSERT_EQ(parts.at("clusters").size(), sizes.size());
  ASSERT_FALSE(sizes.empty());
  uint64_t before = UINT64_MAX;
  for (size_t c = 0; c < parts.at("clusters").size(); ++c) {
    const json::value cluster = json::parse(parts.at("clusters")[c]);
    const auto size = cluster.at("size").to_number<uint64_t>();
    EXPECT_EQ(cluster.at("label").to_number<uint64_t>(), c);
    EXPECT_EQ(size, sizes.at(static_cast<int64_t>(c)));
    EXPECT_LE(size, before);
    before = size;
    EXPECT_EQ(cluster.at("geometry").at("type").as_string(), "LineString");
  }
  EXPECT_EQ(parts.at("segments").size(), 11u);
  ASSERT_FALSE(parts.at("ranges").empty());
  EXPECT_EQ(json::parse(parts.at("ranges").front()).at("first").to_number<int>(), 0);
  EXPECT_EQ(json::parse(parts.at("ranges").back()).at("last").to_number<int>(), 10);
  EXPECT_GT(parts.at("events").size(), 0u);
}

// Replayed, the events give the clusters of each interval.
TEST(ClustersJob, TellsEventsThatAccountForEveryCluster) {
  const JobsWorld world(1);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const auto parts = ResultOf(*jobs, StartJob(*jobs, kSubClusters));
  std::multiset<uint64_t> alive;
  for (size_t j = 0; j < parts.at("segments").size(); ++j) {
    std::multiset<uint64_t> from, to;
    for (const std::string& row : parts.at("events")) {
      const json::value event = json::parse(row);
      if (event.at("interval").to_number<size_t>() != j) continue;
      for (const auto& f : event.at("from").as_array()) from.insert(f.to_number<uint64_t>());
      if (event.at("kind").as_string() == "absorb") continue;
      for (const auto& t : event.at("to").as_array()) to.insert(t.to_number<uint64_t>());
    }
    EXPECT_EQ(from, alive);
    const json::value segment = json::parse(parts.at("segments")[j]);
    EXPECT_EQ(to.size(), segment.at("clusters").to_number<size_t>());
    EXPECT_EQ(segment.at("groups").as_array().size(), to.size());
    alive = to;
  }
}

TEST(ClustersJob, RefusesWhatDoesNotFitItsMemoryAndSaysWhatIsAllowed) {
  const JobsWorld world(2);
  const TempDir dir;
  JobsOptions options = testing::EagerJobs(dir.path());
  options.limits.memory_bytes = 20'000;
  Jobs jobs(*world.cluster, std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = dir.path()}),
            options);
  const JobRecord job = AwaitEnd(jobs, StartJob(jobs, kSubClusters));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("allowed: 20000 bytes"), std::string::npos) << job.error;
}

TEST(ClustersJob, CountsTripsWithoutTimesWhereTheyAreNeeded) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobRecord job = AwaitEnd(
      *jobs, StartJob(*jobs, R"({"type":"clusters","select":{"all":true},)"
                             R"("params":{"align":"normalized_time","eps_m":3000,"points":5}})"));
  const auto timeless = std::count_if(world.c.live.begin(), world.c.live.end(),
                                      [](const Trajectory& t) { return !t.fixes[0].has_time(); });
  EXPECT_EQ(json::parse(job.summary).at("skipped").at("count").to_number<int64_t>(), timeless);
}

TEST(ClustersJob, NamesWhatIsNotAllowed) {
  JsonDocument document;
  ASSERT_TRUE(document
                  .Parse(R"({"method":"stable","eps_m":"some","cap":-1,"align":"time",)"
                         R"("points":1,"several":"all"})")
                  .ok());
  Problems problems;
  JsonWriter filled;
  const JsonValue params = document.root();
  FindKind("clusters")->read(&params, filled, problems);
  const std::string told = problems.Response().body;
  for (const char* field : {"/method", "/eps_m", "/cap", "/align", "/points", "/several"}) {
    EXPECT_NE(told.find(field), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace spoor
