#include "engine/fingerprint/index_params.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

#include "geo/cell.h"

namespace spoor {
namespace {

TEST(IndexParams, ThePublishedOnesAreValid) {
  EXPECT_TRUE(Validate(IndexParams()).ok());
  EXPECT_TRUE(Validate(PaperParams()).ok());
  EXPECT_TRUE(Validate(CellParams()).ok());
}

TEST(IndexParams, DefaultsDoNotDrift) {
  const IndexParams p;
  EXPECT_EQ(p.depth, 35);
  EXPECT_EQ(p.k, 2);
  EXPECT_EQ(p.t, 2);
  EXPECT_EQ(p.smoothing_s, 31);
  EXPECT_EQ(p.grids, 2);
  const IndexParams paper = PaperParams();
  EXPECT_EQ(paper.depth, 36);
  EXPECT_EQ(paper.k, 6);
  EXPECT_EQ(paper.t, 12);
  EXPECT_EQ(paper.prefix, Prefix::kCentroid);
}

TEST(IndexParams, AWrongValueIsNamedWithWhatIsAllowed) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double inf = std::numeric_limits<double>::infinity();
  const auto with = [](auto member, auto value) {
    IndexParams p;
    p.*member = value;
    return p;
  };
  struct {
    IndexParams params;
    std::string field, allowed;
  } const kCases[] = {
      {with(&IndexParams::depth, 1), "depth", "2 ... 60, or 0 for each trip's own"},
      {with(&IndexParams::depth, 61), "depth", "2 ... 60"},
      {with(&IndexParams::k, 0), "k", "1 ... 16"},
      {with(&IndexParams::k, 17), "k", "1 ... 16"},
      {with(&IndexParams::t, 1), "t", "2 ... 64"},
      {with(&IndexParams::t, 65), "t", "2 ... 64"},
      {with(&IndexParams::grids, 0), "grids", "1 ... 2"},
      {with(&IndexParams::grids, 3), "grids", "1 ... 2"},
      {with(&IndexParams::smoothing_s, -1.0), "smoothing_s", "0 ... 3600"},
      {with(&IndexParams::smoothing_s, nan), "smoothing_s", "0 ... 3600"},
      {with(&IndexParams::smoothing_m, 1e9), "smoothing_m", "0 ... 100000"},
      {with(&IndexParams::max_gap_s, 0.0), "max_gap_s", "0.001 ... 1e+09"},
      {with(&IndexParams::max_gap_s, inf), "max_gap_s", "0.001 ... 1e+09"},
      {with(&IndexParams::max_gap_m, 0.5), "max_gap_m", "1 ... 1e+06"},
      {with(&IndexParams::max_speed_mps, -1.0), "max_speed_mps", "0 ... 1e+09"},
      {with(&IndexParams::max_speed_mps, nan), "max_speed_mps", "0 ... 1e+09"},
      {with(&IndexParams::scheme, static_cast<Scheme>(9)), "scheme", "v2, paper, cells"},
      {with(&IndexParams::prefix, static_cast<Prefix>(9)), "prefix", "centroid, cover"},
  };
  for (const auto& c : kCases) {
    const absl::Status status = Validate(c.params);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << c.field;
    const std::string message(status.message());
    EXPECT_EQ(message.substr(0, message.find(' ')), c.field) << message;
    EXPECT_NE(message.find("allowed is " + c.allowed), std::string::npos) << message;
  }
}

TEST(IndexParams, EachTripItsOwnDepthUnderV2Only) {
  EXPECT_EQ(AutoParams().depth, kOwnDepth);
  EXPECT_TRUE(Validate(AutoParams()).ok());
  for (IndexParams params : {PaperParams(), CellParams()}) {
    params.depth = kOwnDepth;
    EXPECT_FALSE(Validate(params).ok());
  }
}

TEST(IndexParams, SchemesHaveNames) {
  for (const Scheme scheme : {Scheme::kV2, Scheme::kPaper, Scheme::kCells}) {
    Scheme found{};
    EXPECT_TRUE(SchemeFromName(SchemeName(scheme), &found));
    EXPECT_EQ(found, scheme);
  }
  Scheme untouched = Scheme::kCells;
  EXPECT_FALSE(SchemeFromName("V2", &untouched));
  EXPECT_FALSE(SchemeFromName("", &untouched));
  EXPECT_EQ(untouched, Scheme::kCells);
}

}  // namespace
}  // namespace spoor
