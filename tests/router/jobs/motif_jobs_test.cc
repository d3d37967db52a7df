// Jobs about shared stretches: what they tell is what is asked of the trips directly.
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/motif/btm.h"
#include "engine/motif/region.h"
#include "tests/engine/motif/naive_motif.h"
#include "tests/router/jobs/jobs_world.h"

namespace spoor {
namespace {

using testing::AwaitEnd;
using testing::JobsWorld;
using testing::ResultOf;
using testing::Rows;
using testing::StartJob;
using testing::TempDir;
namespace json = boost::json;

double MetresApart(const std::string& row) {
  return json::parse(row).at("distance_m").to_number<double>();
}
std::string IdOfOccurrence(const std::string& row, size_t occurrence) {
  return std::string(
      json::parse(row).at("occurrences").as_array().at(occurrence).at("id").as_string());
}

std::string ListOfEach(const std::vector<Trajectory>& trips, size_t each) {
  std::string ids;
  for (size_t i = 0; i < trips.size(); i += each) {
    absl::StrAppend(&ids, ids.empty() ? "" : ",",
                    json::serialize(json::string(trips[i].id.value())));
  }
  return absl::StrCat(R"({"ids":[)", ids, "]}");
}

TEST(MotifJobs, TheNearestPairsAreThoseOfBruteDpOverAllPairs) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobId id = StartJob(*jobs, R"({"type":"motif_pairs","select":{"all":true},)"
                                   R"("params":{"min_fixes":2,"k":8}})");
  const Rows rows = ResultOf(*jobs, id).at("pairs");
  std::vector<Trajectory> trips = world.c.live;
  std::ranges::sort(trips, {}, &Trajectory::id);
  std::vector<std::tuple<double, std::string, std::string>> truth;
  for (size_t a = 0; a < trips.size(); ++a) {
    const LocalPlane plane(trips[a].fixes[trips[a].fixes.size() / 2]);
    const auto line = plane.Project(trips[a].view());
    for (size_t b = a + 1; b < trips.size(); ++b) {
      const double m =
          testing::BruteLeastFrechet(line, plane.Project(trips[b].view()), 2, /*within=*/false);
      truth.emplace_back(m, trips[a].id.value(), trips[b].id.value());
    }
  }
  std::ranges::sort(truth);
  ASSERT_EQ(rows.size(), 8u);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(MetresApart(rows[i]), std::get<0>(truth[i]), 1e-6);
    EXPECT_EQ(IdOfOccurrence(rows[i], 0), std::get<1>(truth[i]));
    EXPECT_EQ(IdOfOccurrence(rows[i], 1), std::get<2>(truth[i]));
  }
  const json::value summary = json::parse(AwaitEnd(*jobs, id).summary);
  EXPECT_EQ(summary.at("pairs").to_number<size_t>(), 8u);
  EXPECT_LT(summary.at("compared").to_number<size_t>(), summary.at("of").to_number<size_t>());
  EXPECT_EQ(summary.at("skipped").at("count").to_number<size_t>(), 0u);
}

TEST(MotifJobs, WhatDoesNotFitInMemoryIsRefusedAndSaysWhatDoes) {
  const JobsWorld world(1);
  const TempDir dir;
  auto options = testing::EagerJobs(dir.path());
  options.limits.memory_bytes = 5000;
  Jobs jobs(*world.cluster, std::make_unique<FileJobStore>(FileJobStoreOptions{.dir = dir.path()}),
            options);
  const JobRecord job =
      AwaitEnd(jobs, StartJob(jobs, R"({"type":"motif_pairs","select":{"all":true}})"));
  EXPECT_EQ(job.state, JobState::kFailed);
  EXPECT_NE(job.error.find("5000 bytes (--job-memory)"), std::string::npos) << job.error;
}

TEST(MotifJobs, StretchesOfAListAreThoseOfACollectionOfThatList) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  std::vector<Trajectory> trips;
  for (size_t i = 0; i < world.c.live.size(); i += 2) trips.push_back(world.c.live[i]);
  const Rows rows =
      ResultOf(*jobs, StartJob(*jobs, absl::StrCat(R"({"type":"stretches","select":)",
                                                   ListOfEach(world.c.live, 2),
                                                   R"(,"params":{"min_length_m":300}})")))
          .at("stretches");
  const RegionQuery query{.terms = {.min_length_m = 300}, .filter = {}};
  const auto truth = RegionMotifsOf(trips, world.c.params, query, {});
  ASSERT_TRUE(truth.ok()) << truth.status();
  ASSERT_EQ(rows.size(), truth->motifs.size());
  EXPECT_GT(rows.size(), 0u);
  for (size_t i = 0; i < rows.size(); ++i) {
    EXPECT_NEAR(MetresApart(rows[i]), truth->motifs[i].distance_m, 0.01);
    EXPECT_EQ(IdOfOccurrence(rows[i], 0), truth->motifs[i].occurrences[0].id.value());
  }
}

TEST(MotifJobs, StretchesOfAllAreThoseOfTheWholeRegion) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const std::string params = R"(,"params":{"min_length_m":300}})";
  const Rows all =
      ResultOf(*jobs, StartJob(*jobs, R"({"type":"stretches","select":{"all":true})" + params))
          .at("stretches");
  const Rows listed =
      ResultOf(*jobs, StartJob(*jobs, absl::StrCat(R"({"type":"stretches","select":)",
                                                   ListOfEach(world.c.live, 1), params)))
          .at("stretches");
  EXPECT_GT(all.size(), 0u);
  EXPECT_EQ(all, listed);
}

}  // namespace
}  // namespace spoor
