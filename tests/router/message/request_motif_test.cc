#include "router/message/request_motif.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>

namespace spoor {
namespace {

// The refusal's body; empty: it was taken.
std::string RefusalOf(const std::string& body, MotifRequest* request) {
  JsonDocument document;
  EXPECT_TRUE(document.Parse(body).ok()) << body;
  ApiResponse refusal;
  return ReadMotifs(document.root(), {}, *request, &refusal) ? "" : refusal.body;
}

TEST(RequestMotif, KnowsItsFourFormsAndTheirDefaults) {
  MotifRequest between, within, stretch, region;
  EXPECT_EQ(RefusalOf(R"({"between":[{"id":"a"},{"coords":[[1,2],[3,4]]}]})", &between), "");
  EXPECT_EQ(between.form, MotifForm::kBetween);
  EXPECT_EQ(between.trips[0].id, "a");
  EXPECT_EQ(between.trips[0].field, "/between/0");
  EXPECT_EQ(between.trips[1].fixes.size(), 2U);
  EXPECT_EQ(between.terms.min_length_m, 500);
  EXPECT_EQ(between.terms.k, 10U);
  EXPECT_EQ(between.terms.occurrences, 20U);
  EXPECT_EQ(between.terms.direction, Direction::kSame);
  EXPECT_FALSE(between.terms.max_distance_m.has_value());
  EXPECT_EQ(
      RefusalOf(R"({"within":{"id":"a"},"max_distance_m":30,"exact":{"min_fixes":9}})", &within),
      "");
  EXPECT_EQ(within.terms.max_distance_m, 30);
  EXPECT_EQ(within.exact_min_fixes, 9U);
  EXPECT_EQ(
      RefusalOf(R"({"stretch":{"id":"a"},"from":3,"to":9,"filter":{"objects":["o"]}})", &stretch),
      "");
  EXPECT_EQ(stretch.from, 3U);
  EXPECT_EQ(stretch.to, 9U);
  EXPECT_EQ(stretch.filter.objects.size(), 1U);
  EXPECT_EQ(RefusalOf(R"({"region":{"bbox":[0,1,2,3]},"min_trajectories":4,"min_objects":3,)"
                      R"("max_distance_m":"auto"})",
                      &region),
            "");
  EXPECT_TRUE(region.filter.box.has_value());
  EXPECT_EQ(region.terms.min_trajectories, 4U);
  EXPECT_EQ(region.terms.min_objects, 3U);
}

TEST(RequestMotif, RefusalsNameTheField) {
  struct Row {
    std::string body, field;
  };
  for (const Row& row : std::initializer_list<Row>{
           {R"({})", R"("field":"")"},
           {R"({"within":{"id":"a"},"region":{}})", R"("field":"")"},
           {R"({"between":[{"id":"a"}]})", "/between"},
           {R"({"between":[{"id":"a"},{"id":""}]})", "/between/1/id"},
           {R"({"between":[{"id":"a"},{"coords":[[0,91]]}]})", "/between/1/coords/0/1"},
           {R"({"within":{}})", "/within"},
           {R"({"within":{"id":"a"},"colour":1})", "/colour"},
           {R"({"within":{"id":"a"},"max_distance_m":0})", "/max_distance_m"},
           {R"({"within":{"id":"a"},"max_distance_m":"some"})", "/max_distance_m"},
           {R"({"within":{"id":"a"},"min_length_m":-1})", "/min_length_m"},
           {R"({"within":{"id":"a"},"k":0})", "/k"},
           {R"({"within":{"id":"a"},"occurrences":0})", "/occurrences"},
           {R"({"within":{"id":"a"},"direction":"up"})", "/direction"},
           {R"({"within":{"id":"a"},"exact":{}})", "/exact/min_fixes"},
           {R"({"within":{"id":"a"},"exact":{"min_fixes":0}})", "/exact/min_fixes"},
           {R"({"within":{"id":"a"},"from":1})", "/from"},
           {R"({"within":{"id":"a"},"filter":{}})", "/filter"},
           {R"({"region":{},"exact":{"min_fixes":3}})", "/exact"},
           {R"({"region":{"bbox":[0,1]}})", "/region/bbox"},
           {R"({"region":{},"direction":"opposite"})", "/direction"},
           {R"({"stretch":{"id":"a"},"from":5,"to":4})", "/to"}}) {
    MotifRequest request;
    EXPECT_NE(RefusalOf(row.body, &request).find(row.field), std::string::npos) << row.body;
  }
}

}  // namespace
}  // namespace spoor
