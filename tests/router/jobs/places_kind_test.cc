#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "geo/plane_area.h"
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

std::string PlacesOfAll(const std::string& more) {
  return absl::StrCat(R"({"type":"places","select":{"all":true},"params":{"distance_m":2000,)",
                      R"("duration_s":5,"per":"trajectory","cell_m":100)", more, "}}");
}

// In degrees, as it was told.
PlaneArea GeometryOf(const json::value& row) {
  const json::value& geometry = row.at("geometry");
  const bool is_one = geometry.at("type").as_string() == "Polygon";
  PlaneArea out;
  const auto add = [&out](const json::value& polygon) {
    PlanePolygon to;
    for (const json::value& ring : polygon.as_array()) {
      PlaneRing line;
      for (const json::value& at : ring.as_array()) {
        line.push_back({at.at(0).to_number<double>(), at.at(1).to_number<double>(), 0});
      }
      EXPECT_EQ(line.front().x_m, line.back().x_m);
      line.pop_back();
      to.rings.push_back(std::move(line));
    }
    out.push_back(std::move(to));
  };
  if (is_one) {
    add(geometry.at("coordinates"));
  } else {
    for (const json::value& polygon : geometry.at("coordinates").as_array()) add(polygon);
  }
  return out;
}

struct ToldVisit {
  uint64_t place, from, to;
  double enter, leave;
  bool operator==(const ToldVisit&) const = default;
};
using VisitsByTrip = std::map<std::string, std::vector<ToldVisit>>;

// Fix by fix, by the polygons that were told.
VisitsByTrip VisitsByPolygons(const JobsWorld& world, const std::vector<PlaneArea>& places) {
  VisitsByTrip out;
  for (const Trajectory& t : world.c.live) {
    if (!t.fixes[0].has_time()) continue;
    std::optional<uint64_t> in;
    int64_t before_ms = INT64_MIN;
    const auto seconds = [](const Fix& f) { return static_cast<double>(f.time_ms) / 1000; };
    for (uint64_t i = 0; i < t.fixes.size(); ++i) {
      const Fix& f = t.fixes[i];
      if (f.time_ms == before_ms) continue;
      before_ms = f.time_ms;
      std::optional<uint64_t> place;
      for (uint64_t p = 0; p < places.size(); ++p) {
        if (!Contains(places[p], {f.lon_deg(), f.lat_deg(), 0})) continue;
        EXPECT_FALSE(place.has_value()) << "in two places";
        place = p;
      }
      std::vector<ToldVisit>& visits = out[t.id.value()];
      if (in && place != in) visits.back().leave = seconds(f);
      if (place && place != in) visits.push_back({*place, i, i, seconds(f), seconds(f)});
      if (place) visits.back().to = i, visits.back().leave = seconds(f);
      in = place;
    }
  }
  std::erase_if(out, [](const auto& of_trip) { return of_trip.second.empty(); });
  return out;
}

VisitsByTrip ToldVisits(const Rows& rows) {
  VisitsByTrip out;
  for (const std::string& line : rows) {
    const json::value row = json::parse(line);
    const auto number = [](const json::value& v) { return v.to_number<uint64_t>(); };
    out[std::string(row.at("from").at("id").as_string())].push_back(
        {number(row.at("place")), number(row.at("from").at("fix")), number(row.at("to").at("fix")),
         row.at("enter").to_number<double>(), row.at("leave").to_number<double>()});
  }
  return out;
}

TEST(PlacesJob, VisitsAreWhatThePolygonsSay) {
  for (const std::string more :
       {"", R"(,"similarity":0.2,"assign":"nearest")", R"(,"shape":"density","sigma_m":150)",
        R"(,"order":"paper","similarity":0.1,"containment":null,"assign":"center")"}) {
    const JobsWorld world(2);
    const TempDir dir;
    const auto jobs = world.Open(dir.path());
    const auto rows = ResultOf(*jobs, StartJob(*jobs, PlacesOfAll(more)));
    std::vector<PlaneArea> places;
    std::map<uint64_t, uint64_t> visits;
    for (const std::string& line : rows.at("places")) {
      const json::value row = json::parse(line);
      EXPECT_EQ(row.at("place").to_number<uint64_t>(), places.size());
      visits[places.size()] = row.at("visits").to_number<uint64_t>();
      places.push_back(GeometryOf(row));
    }
    ASSERT_GT(places.size(), 2u) << more;
    const VisitsByTrip told = ToldVisits(rows.at("visits"));
    EXPECT_EQ(told, VisitsByPolygons(world, places)) << more;
    std::map<uint64_t, uint64_t> counted;
    for (const auto& [trip, of_trip] : told) {
      for (const ToldVisit& v : of_trip) ++counted[v.place];
    }
    for (const auto& [place, count] : visits) EXPECT_EQ(count, counted[place]);
  }
}

TEST(PlacesJob, EveryStayIsInOneDestination) {
  const JobsWorld world(1);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const JobId id = StartJob(*jobs, PlacesOfAll(""));
  const auto rows = ResultOf(*jobs, id);
  uint64_t visits = 0, shadowed = 0;
  for (const std::string& line : rows.at("destinations")) {
    visits += json::parse(line).at("visits").to_number<uint64_t>();
    shadowed += json::parse(line).at("shadowed").as_bool() ? 1 : 0;
  }
  EXPECT_EQ(visits, rows.at("stays").size());
  EXPECT_EQ(rows.at("places").size() + shadowed, rows.at("destinations").size());
  const json::value summary = json::parse(AwaitEnd(*jobs, id).summary);
  EXPECT_EQ(summary.at("destinations").to_number<uint64_t>(), rows.at("destinations").size());
  EXPECT_EQ(summary.at("visits").to_number<uint64_t>(), rows.at("visits").size());
  EXPECT_GT(summary.at("nearest_disagrees").to_number<double>(), 0);
}

TEST(PlacesJob, FindsTheSameStaysAsTheJobOfThese) {
  const JobsWorld world(2);
  const TempDir dir;
  const auto jobs = world.Open(dir.path());
  const Rows stays = ResultOf(*jobs, StartJob(*jobs, PlacesOfAll(""))).at("stays");
  const std::string alone =
      R"({"type":"stays","select":{"all":true},"params":{"distance_m":2000,"duration_s":5,)"
      R"("per":"trajectory"}})";
  EXPECT_EQ(ResultOf(*jobs, StartJob(*jobs, alone)).at("stays"), stays);
}

TEST(PlacesJob, NamesWhatIsNotAllowed) {
  JsonDocument document;
  ASSERT_TRUE(document
                  .Parse(R"({"similarity":2,"containment":0,"order":"any","assign":"first",)"
                         R"("shape":"disc","cell_m":1,"sigma_m":30})")
                  .ok());
  Problems problems;
  JsonWriter filled;
  const JsonValue params = document.root();
  FindKind("places")->read(&params, filled, problems);
  const std::string told = problems.Response().body;
  for (const char* field :
       {"/similarity", "/containment", "/order", "/assign", "/shape", "/sigma_m"}) {
    EXPECT_NE(told.find(field), std::string::npos) << told;
  }
}

}  // namespace
}  // namespace spoor
