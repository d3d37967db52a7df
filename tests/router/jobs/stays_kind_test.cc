#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "engine/stay/stay_finder.h"
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
using testing::Rows;
using testing::StartJob;
using testing::TempDir;

constexpr char kStaysOfAll[] =
    R"({"type":"stays","select":{"all":true},"params":{"distance_m":20000,"duration_s":5}})";

// Object, arrive and depart of each stay, from the records themselves.
using Told = std::tuple<bool, std::string, double, double, uint64_t>;
std::vector<Told> Expected(const JobsWorld& world, const StayRules& rules) {
  std::map<std::pair<bool, std::string>, std::vector<const Trajectory*>> journeys;
  for (const Trajectory& t : world.c.live) {
    if (!t.fixes[0].has_time()) continue;
    journeys[{t.object.empty(), t.object.empty() ? t.id.value() : t.object}].push_back(&t);
  }
  std::vector<Told> out;
  for (auto& [name, trips] : journeys) {
    std::sort(trips.begin(), trips.end(), [](auto* a, auto* b) { return a->id < b->id; });
    std::vector<Fix> fixes;
    for (const Trajectory* t : trips) fixes.insert(fixes.end(), t->fixes.begin(), t->fixes.end());
    std::stable_sort(fixes.begin(), fixes.end(),
                     [](const Fix& a, const Fix& b) { return a.time_ms < b.time_ms; });
    std::vector<Fix> once;
    for (const Fix& f : fixes) {
      if (once.empty() || once.back().time_ms != f.time_ms) once.push_back(f);
    }
    for (const Stay& s : FindStays(*FindStayMethod("centroid"), rules, once)) {
      out.emplace_back(name.first, name.first ? "" : name.second,
                       static_cast<double>(s.arrive_ms) / 1000,
                       static_cast<double>(s.depart_ms) / 1000, s.last - s.first + 1);
    }
  }
  return out;
}

TEST(StaysJob, TellsTheStaysOfEveryObjectInOrder) {
  for (const uint32_t nodes : {1u, 5u}) {
    const JobsWorld world(nodes);
    const TempDir dir;
    const auto jobs = world.Open(dir.path());
    const Rows rows = ResultOf(*jobs, StartJob(*jobs, kStaysOfAll)).at("stays");
    const auto expected = Expected(world, {.distance_m = 20'000, .duration_s = 5});
    ASSERT_GT(expected.size(), 5u);
    ASSERT_EQ(rows.size(), expected.size());
    for (size_t i = 0; i < rows.size(); ++i) {
      const json::value row = json::parse(rows[i]);
      EXPECT_EQ(row.at("stay").to_number<size_t>(), i);
      const bool null = row.at("object").is_null();
      EXPECT_EQ(Told(null, null ? "" : std::string(row.at("object").as_string()),
                     row.at("arrive").to_number<double>(), row.at("depart").to_number<double>(),
                     row.at("fixes").to_number<uint64_t>()),
                expected[i]);
      EXPECT_EQ(row.at("geometry").at("type").as_string(), "Polygon");
      EXPECT_TRUE(row.at("from").at("id").is_string());
    }
  }
}

TEST(StaysJob, CountsTripsWithoutTimes) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobRecord job = AwaitEnd(*jobs, StartJob(*jobs, kStaysOfAll));
  const auto timeless = std::count_if(world.c.live.begin(), world.c.live.end(),
                                      [](const Trajectory& t) { return !t.fixes[0].has_time(); });
  const json::value summary = json::parse(job.summary);
  EXPECT_EQ(summary.at("skipped").at("count").to_number<int64_t>(), timeless);
  EXPECT_EQ(summary.at("trajectories").to_number<int64_t>(),
            static_cast<int64_t>(world.c.live.size()) - timeless);
}

TEST(StaysJob, NamesWhatIsNotAllowed) {
  JsonDocument document;
  ASSERT_TRUE(document.Parse(R"({"method":"centre","distance_m":-1,"per":"trip"})").ok());
  Problems problems;
  JsonWriter filled;
  const JsonValue params = document.root();
  FindKind("stays")->read(&params, filled, problems);
  const std::string told = problems.Response().body;
  for (const char* field : {"/method", "/distance_m", "/per"}) {
    EXPECT_NE(told.find(field), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace spoor
