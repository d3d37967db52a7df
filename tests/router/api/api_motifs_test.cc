#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/motif/btm.h"
#include "engine/motif/pair.h"
#include "router/message/json_writer.h"
#include "router/message/record_json.h"
#include "tests/engine/motif/planted.h"
#include "tests/router/api_world.h"

namespace spoor {
namespace {

using testing::ApiWorld;
using testing::PlantedStreets;
using testing::PlantedTerms;
using testing::PlantedTrip;

constexpr char kMotifs[] = "/v1/collections/c/search/motifs";

// A world that holds a planted pair as "a" and "b".
class MotifApi : public ::testing::Test {
 protected:
  void SetUp() override {
    PlantedStreets streets(11);
    const PlantedTerms terms{.noise = {.sd_m = 5}, .shared_blocks = 20};
    while (!streets.MakePair(terms, &a_, &b_)) {
    }
    a_.trajectory.id = TrajectoryId("a");
    b_.trajectory.id = TrajectoryId("b");
    b_.trajectory.object = "cab";
    ASSERT_EQ(world_
                  .Load("c", absl::StrCat(RecordLine(a_.trajectory), "\n",
                                          RecordLine(b_.trajectory), "\n"))
                  .status,
              200);
  }

  boost::json::value Ask(const std::string& body, int status = 200) {
    const ApiResponse answer = world_.Send("POST", kMotifs, body);
    EXPECT_EQ(answer.status, status) << answer.body;
    return boost::json::parse(answer.body);
  }

  static std::string Coords(const PlantedTrip& trip) {
    JsonWriter w;
    w.BeginArray();
    for (const Fix& fix : trip.trajectory.fixes) w.Position(fix, true);
    w.EndArray();
    return w.Take();
  }

  MotifTrip trip(const PlantedTrip& planted) const {
    return {.id = planted.trajectory.id,
            .object = planted.trajectory.object,
            .fixes = planted.trajectory.fixes};
  }

  // What the engine says of the same trips and parameters.
  static void ExpectSame(const boost::json::value& answer, const MotifAnswer& truth) {
    const auto& motifs = answer.at("motifs").as_array();
    ASSERT_EQ(motifs.size(), truth.motifs.size());
    EXPECT_EQ(answer.at("exact").as_bool(), truth.exact);
    for (size_t i = 0; i < motifs.size(); ++i) {
      const Motif& motif = truth.motifs[i];
      EXPECT_DOUBLE_EQ(motifs[i].at("distance_m").to_number<double>(), motif.distance_m);
      EXPECT_NEAR(motifs[i].at("length_m").to_number<double>(), motif.length_m, 0.01);
      const auto& occurrences = motifs[i].at("occurrences").as_array();
      ASSERT_EQ(occurrences.size(), motif.occurrences.size());
      for (size_t j = 0; j < occurrences.size(); ++j) {
        EXPECT_EQ(occurrences[j].at("from").to_number<uint32_t>(), motif.occurrences[j].from);
        EXPECT_EQ(occurrences[j].at("to").to_number<uint32_t>(), motif.occurrences[j].to);
      }
    }
  }

  ApiWorld world_;
  PlantedTrip a_, b_;
};

TEST_F(MotifApi, SaysOfStoredTripsAndOfCoordinatesWhatTheEngineSays) {
  const auto truth = MotifsBetween(trip(a_), trip(b_), {}, AutoParams(), {});
  ASSERT_TRUE(truth.ok());
  ASSERT_FALSE(truth->motifs.empty());
  const auto by_id = Ask(R"({"between":[{"id":"a"},{"id":"b"}]})");
  ExpectSame(by_id, *truth);
  EXPECT_DOUBLE_EQ(by_id.at("max_distance_m").to_number<double>(), truth->max_distance_m);
  const auto& occurrences = by_id.at("motifs").at(0).at("occurrences").as_array();
  EXPECT_EQ(occurrences[0].at("id").as_string(), "a");
  EXPECT_EQ(occurrences[1].at("object").as_string(), "cab");
  EXPECT_EQ(by_id.at("motifs").at(0).at("geometry").at("type").as_string(), "LineString");
  const auto by_coords = Ask(
      absl::StrCat(R"({"between":[{"coords":)", Coords(a_), R"(},{"coords":)", Coords(b_), "}]}"));
  ExpectSame(by_coords, *truth);
  EXPECT_EQ(by_coords.at("motifs").at(0).at("occurrences").at(0).as_object().if_contains("id"),
            nullptr);
}

TEST_F(MotifApi, TheExactPairIsProven) {
  const auto truth = ExactMotifBetween(trip(a_), trip(b_), {}, 40, {});
  ASSERT_TRUE(truth.ok());
  const auto answer = Ask(R"({"between":[{"id":"a"},{"id":"b"}],"exact":{"min_fixes":40}})");
  ExpectSame(answer, *truth);
  EXPECT_TRUE(answer.at("exact").as_bool());
  const auto within = Ask(R"({"within":{"id":"a"},"exact":{"min_fixes":40},"direction":"either"})");
  EXPECT_EQ(within.at("motifs").as_array().size(), 1U);
}

TEST_F(MotifApi, IsGeoJsonToo) {
  const ApiResponse answer = world_.Send("POST", kMotifs, R"({"between":[{"id":"a"},{"id":"b"}]})",
                                         {{"accept", "application/geo+json"}});
  ASSERT_EQ(answer.status, 200);
  const auto document = boost::json::parse(answer.body);
  EXPECT_EQ(document.at("type").as_string(), "FeatureCollection");
  EXPECT_EQ(document.at("features").at(0).at("geometry").at("type").as_string(), "LineString");
  EXPECT_EQ(document.at("features").at(0).at("properties").at("rank").to_number<int>(), 1);
}

TEST_F(MotifApi, WhatIsTooMuchOrTakesTooLongIsRefused) {
  std::string line = "[";
  for (int i = 0; i < 2'896 + 1; ++i) {
    absl::StrAppend(&line, i == 0 ? "" : ",", "[8.", 10'000 + i * i % 7'919, ",50.",
                    10'000 + i * 37 % 7'907, "]");
  }
  line += "]";
  const std::string body =
      absl::StrCat(R"({"within":{"coords":)", line, R"(},"exact":{"min_fixes":99}})");
  const auto refused = Ask(body, 422);
  EXPECT_EQ(refused.at("errors").at(0).at("field").as_string(), "/exact");
  EXPECT_TRUE(absl::StrContains(std::string(refused.at("errors").at(0).at("allowed").as_string()),
                                "8388608"));
  const std::string short_line = line.substr(0, line.find(",[8.", line.size() / 2)) + "]";
  const ApiResponse late = world_.Send(
      "POST", absl::StrCat(kMotifs, "?timeout_ms=1"),
      absl::StrCat(R"({"within":{"coords":)", short_line, R"(},"exact":{"min_fixes":99}})"));
  EXPECT_EQ(late.status, 504) << late.body;
}

}  // namespace
}  // namespace spoor
