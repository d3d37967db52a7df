#include "router/draw/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

// A line from (lat, lon) northwards, a fix every 0.0001 degrees.
std::vector<Fix> North(double lat, double lon, int fixes) {
  std::vector<Fix> line;
  for (int i = 0; i < fixes; ++i) line.push_back(FixFromDegrees(lat + i * 1e-4, lon));
  return line;
}

DrawnTrip Trip(std::string id, std::vector<Fix> fixes, bool opposite = false) {
  return {.id = std::move(id),
          .fixes = std::move(fixes),
          .opposite = opposite,
          .score = 0.5,
          .distance_m = 12.34};
}

Picture TwoHits() {
  return {.title = "2 trips like q",
          .subtitle = "by hand",
          .query = Trip("q", North(51, 0, 100)),
          .hits = {Trip("near", North(51.0001, 0.0001, 100)),
                   Trip("back", North(51, 0.0002, 100), true)}};
}

size_t Count(absl::string_view text, absl::string_view what) {
  size_t count = 0;
  for (size_t at = text.find(what); at != absl::string_view::npos; at = text.find(what, at + 1))
    ++count;
  return count;
}

// Whether every tag that opens is closed in order, and no text holds a stray bracket.
bool IsWellFormed(const std::string& svg) {
  std::vector<std::string> open;
  for (size_t at = svg.find('<'); at != std::string::npos; at = svg.find('<', at + 1)) {
    const size_t end = svg.find('>', at);
    if (end == std::string::npos) return false;
    const std::string tag = svg.substr(at + 1, end - at - 1);
    const std::string name = tag.substr(0, tag.find_first_of(" /", 1));
    if (tag[0] == '/') {
      if (open.empty() || "/" + open.back() != tag) return false;
      open.pop_back();
    } else if (tag.back() != '/') {
      open.push_back(name);
    }
  }
  return open.empty();
}

TEST(DrawSvg, ShowsEachHitOnceOnTheMapAndOnceInTheLegend) {
  const std::string svg = DrawSvg(TwoHits());
  EXPECT_TRUE(IsWellFormed(svg));
  EXPECT_EQ(Count(svg, "class=\"hit\""), 2u);       // line and legend of the first
  EXPECT_EQ(Count(svg, "class=\"hit back\""), 2u);  // of the second, dashed
  EXPECT_TRUE(absl::StrContains(svg, "1. near"));
  EXPECT_TRUE(absl::StrContains(svg, "2. back"));
  EXPECT_EQ(Count(svg, ">12.3 m<"), 2u);
  EXPECT_GT(Count(svg, "<polygon"), 4u);  // arrowheads
}

TEST(DrawSvg, NeedsNothingFromElsewhere) {
  const std::string svg = DrawSvg(TwoHits());
  EXPECT_EQ(Count(svg, "http"), 1u);  // the name space
  EXPECT_FALSE(absl::StrContains(svg, "<script"));
  EXPECT_FALSE(absl::StrContains(svg, "href"));
}

TEST(DrawSvg, EscapesWhateverIdsHold) {
  Picture picture = TwoHits();
  picture.hits[0].id = "</svg><script>\"&'";
  picture.title = "a < b & c";
  const std::string svg = DrawSvg(picture);
  EXPECT_TRUE(IsWellFormed(svg));
  EXPECT_FALSE(absl::StrContains(svg, "<script"));
  EXPECT_TRUE(absl::StrContains(svg, "a &lt; b &amp; c"));
}

TEST(DrawSvg, StaysSmallWithManyFixes) {
  Picture picture = TwoHits();
  picture.hits[0].fixes = North(51, 0, 100'000);
  EXPECT_LT(DrawSvg(picture).size(), 100'000u);
}

TEST(DrawSvg, NamesHowManyHitsTheLegendLeavesOut) {
  Picture picture = TwoHits();
  for (int i = 0; i < 40; ++i)
    picture.hits.push_back(Trip(absl::StrCat("h", i), North(51, 0.001, 10)));
  EXPECT_TRUE(absl::StrContains(DrawSvg(picture), "and 22 more"));
}

TEST(DrawSvg, SurvivesNothingOnePlaceAndTheDateLine) {
  EXPECT_TRUE(IsWellFormed(DrawSvg(Picture())));
  Picture still = TwoHits();
  still.query.fixes = {FixFromDegrees(51, 0), FixFromDegrees(51, 0)};
  still.hits = {Trip("same place", {FixFromDegrees(51, 0)}), Trip("unknown", {})};
  EXPECT_TRUE(IsWellFormed(DrawSvg(still)));
  EXPECT_FALSE(absl::StrContains(DrawSvg(still), "nan"));
  Picture date_line = TwoHits();
  date_line.query.fixes = {FixFromDegrees(0, 179.999), FixFromDegrees(0, -179.999)};
  date_line.hits.clear();
  EXPECT_TRUE(
      absl::StrContains(DrawSvg(date_line), ">50 m<"));  // a map of metres, not of the world
}

}  // namespace
}  // namespace spoor
