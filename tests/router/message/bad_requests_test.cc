#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "tests/router/api_world.h"

namespace spoor::testing {
namespace {

struct BadRequest {
  int line = 0;
  std::string method, target, body, status, problem, field, says;
  ApiWorld::Headers headers;
};

std::string OrEmpty(absl::string_view text) { return text == "-" ? "" : std::string(text); }

std::vector<BadRequest> ReadRows() {
  std::vector<BadRequest> rows;
  std::ifstream file(std::string(SPOOR_GOLDEN_DIR) + "/bad_requests.txt");
  std::string text;
  for (int line = 1; std::getline(file, text); ++line) {
    if (text.empty() || text[0] == '#') continue;
    const std::vector<std::string> cells = absl::StrSplit(text, " | ");
    if (cells.size() != 8) {
      ADD_FAILURE() << "line " << line << " has " << cells.size() << " cells";
      continue;
    }
    BadRequest row{line,     cells[0], cells[1],          OrEmpty(cells[3]),
                   cells[4], cells[5], OrEmpty(cells[6]), OrEmpty(cells[7]),
                   {}};
    for (const absl::string_view header :
         absl::StrSplit(OrEmpty(cells[2]), "; ", absl::SkipEmpty())) {
      row.headers.push_back(absl::StrSplit(header, absl::MaxSplits(": ", 1)));
    }
    rows.push_back(row);
  }
  return rows;
}

TEST(BadRequests, AreAnsweredWithTheProblemThatTheTableNames) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 50)).status, 200);
  const std::string before = world.Send("GET", "/v1/collections/c/trajectories/a").body;
  const auto rows = ReadRows();
  ASSERT_GE(rows.size(), 60u);
  for (const BadRequest& row : rows) {
    SCOPED_TRACE(absl::StrCat("bad_requests.txt:", row.line, ": ", row.method, " ", row.target, " ",
                              row.body));
    const ApiResponse answer = world.Send(row.method, row.target, row.body, row.headers);
    EXPECT_EQ(absl::StrCat(answer.status), row.status) << answer.body;
    EXPECT_EQ(answer.content_type, "application/problem+json");
    EXPECT_EQ(At(answer, "/type"), "/problems/" + row.problem);
    EXPECT_EQ(At(answer, "/status"), row.status);
    if (row.field.empty()) {
      EXPECT_TRUE(absl::StrContains(answer.body, row.says)) << answer.body;
    } else {
      EXPECT_EQ(At(answer, "/errors/0/field"), row.field) << answer.body;
      EXPECT_TRUE(absl::StrContains(At(answer, "/errors/0/allowed"), row.says)) << answer.body;
    }
  }
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/a").body, before);
  EXPECT_EQ(world.node().Names(), std::vector<std::string>{"c"});
}

TEST(BadRequests, SeveralMistakesAreReportedAtOnce) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 50)).status, 200);
  const ApiResponse answer = world.Send(
      "POST", "/v1/collections/c/search/similar",
      R"({"query":{"coords":[[0,91],[181,0]]},"k":0,"min_score":7,"foo":1,"filter":{"bar":2}})");
  EXPECT_EQ(answer.status, 422);
  std::vector<std::string> fields;
  const auto document = ParseJson(answer.body);
  for (const auto& error : document.at("errors").as_array()) {
    fields.emplace_back(error.at("field").as_string());
  }
  EXPECT_EQ(fields, (std::vector<std::string>{"/query/coords/0/1", "/query/coords/1/0", "/k",
                                              "/min_score", "/filter/bar", "/foo"}));
}

TEST(BadRequests, AThousandMistakesAreNotAllListed) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 50)).status, 200);
  std::string coords;
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&coords, i == 0 ? "" : ",", "[0,91]");
  const ApiResponse answer = world.Send("POST", "/v1/collections/c/search/similar",
                                        R"({"query":{"coords":[)" + coords + "]}}");
  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(ParseJson(answer.body).at("errors").as_array().size(), 20u);
}

}  // namespace
}  // namespace spoor::testing
