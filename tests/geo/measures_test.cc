#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "geo/measure/frechet.h"
#include "geo/measure/measure.h"
#include "tests/geo/frechet_naive.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::Points;
using testing::Walk;
constexpr double kInf = std::numeric_limits<double>::infinity();

TEST(Measures, MatchGoldenTable) {
  std::ifstream in(SPOOR_GOLDEN_DIR "/measures.txt");
  ASSERT_TRUE(in) << "golden table missing";
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const std::vector<std::string> f = absl::StrSplit(line, '|');
    ASSERT_EQ(f.size(), 4u);
    const auto m = MakeMeasure(absl::StripAsciiWhitespace(f[0]), {});
    ASSERT_TRUE(m.ok()) << m.status();
    EXPECT_NEAR((*m)->Distance(Points(f[1]), Points(f[2]), kInf), std::stod(f[3]), 1e-9);
    ++rows;
  }
  EXPECT_GT(rows, 0);
}

TEST(Measures, AreListedInNameOrder) {
  std::vector<absl::string_view> names;
  for (const MeasureEntry& e : AllMeasures()) names.push_back(e.name);
  EXPECT_EQ(names, (std::vector<absl::string_view>{"discrete_frechet", "dtw", "frechet",
                                                   "monotone_mean"}));
}

TEST(Measures, ErrorsNameWhatIsWrongAndWhatIsAllowed) {
  const absl::Status unknown = MakeMeasure("dwt", {}).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(unknown.message(),
            "unknown measure 'dwt', available: discrete_frechet, dtw, frechet, monotone_mean");
  for (absl::string_view later : {"edr", "edwp", "erp", "hausdorff", "lcss"}) {
    const absl::Status s = MakeMeasure(later, {}).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(s.message(),
              absl::StrCat("measure '", later, "' is not available in this version, ",
                           "available: discrete_frechet, dtw, frechet, monotone_mean"));
  }
  const absl::Status param = MakeMeasure("dtw", {{"tolerance_m", 1}}).status();
  EXPECT_EQ(param.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(param.message(), "measure 'dtw' has no parameter 'tolerance_m', known: none");
  EXPECT_FALSE(MakeMeasure("dtw", {{"", 1}}).ok());
}

// Naive twins, written down from the definitions: whole tables, no cutoff, no squares.

using CellCost = std::function<double(double distance_m, double before)>;

double AlignNaively(PlaneView a, PlaneView b, const CellCost& cost) {
  std::vector<std::vector<double>> table(a.size(), std::vector<double>(b.size()));
  for (size_t i = 0; i < a.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      double before = i == 0 && j == 0 ? 0 : kInf;
      if (i > 0) before = std::min(before, table[i - 1][j]);
      if (j > 0) before = std::min(before, table[i][j - 1]);
      if (i > 0 && j > 0) before = std::min(before, table[i - 1][j - 1]);
      table[i][j] = cost(DistanceM(a[i], b[j]), before);
    }
  }
  return table.back().back();
}

double PointToSegmentM(PlanePoint p, PlanePoint a, PlanePoint b) {
  const double dx = b.x_m - a.x_m, dy = b.y_m - a.y_m, square = dx * dx + dy * dy;
  if (square == 0) return DistanceM(p, a);
  const double t = std::clamp(((p.x_m - a.x_m) * dx + (p.y_m - a.y_m) * dy) / square, 0.0, 1.0);
  return DistanceM(p, {.x_m = a.x_m + t * dx, .y_m = a.y_m + t * dy});
}

// Least sum for the points from i on, on segments from j on.
double MonotoneSumNaively(PlaneView points, PlaneView line, size_t i, size_t j,
                          std::vector<std::vector<double>>& known) {
  if (i == points.size()) return 0;
  if (known[i][j] >= 0) return known[i][j];
  const size_t segments = std::max<size_t>(line.size() - 1, 1);
  double least = kInf;
  for (size_t k = j; k < segments; ++k) {
    const double here = PointToSegmentM(points[i], line[k], line[std::min(k + 1, line.size() - 1)]);
    least = std::min(least, here + MonotoneSumNaively(points, line, i + 1, k, known));
  }
  return known[i][j] = least;
}

double MonotoneHalfNaively(PlaneView points, PlaneView line) {
  std::vector<std::vector<double>> known(points.size(), std::vector<double>(line.size(), -1));
  return MonotoneSumNaively(points, line, 0, 0, known) / static_cast<double>(points.size());
}

double DistanceNaively(absl::string_view name, PlaneView a, PlaneView b) {
  if (name == "discrete_frechet") {
    return AlignNaively(a, b, [](double d, double before) { return std::max(d, before); });
  }
  if (name == "dtw") return AlignNaively(a, b, std::plus<>());
  if (name == "frechet") return testing::NaiveFrechet(a, b);
  if (name == "monotone_mean") return (MonotoneHalfNaively(a, b) + MonotoneHalfNaively(b, a)) / 2;
  ADD_FAILURE() << "measure '" << name << "' has no naive twin";
  return -1;
}

// How far a measure may lie above its definition.
double ToleranceM(absl::string_view name) { return name == "frechet" ? kFrechetStepM : 0; }

struct Rectangle {
  double west = kInf, east = -kInf, south = kInf, north = -kInf;

  explicit Rectangle(PlaneView line) {
    for (const PlanePoint p : line) {
      west = std::min(west, p.x_m);
      east = std::max(east, p.x_m);
      south = std::min(south, p.y_m);
      north = std::max(north, p.y_m);
    }
  }
};

double GapM(const Rectangle& a, const Rectangle& b) {
  const double x_m = std::max({0.0, a.west - b.east, b.west - a.east});
  const double y_m = std::max({0.0, a.south - b.north, b.south - a.north});
  return std::sqrt(x_m * x_m + y_m * y_m);
}

// Laws of every registered measure: a new one has to obey them as soon as it is registered.
class MeasureLaws : public ::testing::TestWithParam<absl::string_view> {
 protected:
  // Calls law(a, b, c) with walks of 1 to 12 points, near and far from each other, and a few long
  // ones.
  template <typename Law>
  static void ForRandomWalks(Law law) {
    for (uint64_t seed = 0; seed < 900; seed += 3) {
      SCOPED_TRACE(absl::StrCat("seed ", seed));
      std::vector<PlanePoint> far = Walk(1 + seed % 12, seed + 1);
      for (PlanePoint& p : far) p.x_m += static_cast<double>(seed % 5) * 3;
      law(Walk(1 + seed % 11, seed), far, Walk(1 + seed % 7, seed + 2));
    }
    for (const size_t n : {63, 64, 65, 255, 256, 300}) law(Walk(n, n), Walk(300, 1), Walk(20, 2));
  }

  double Distance(PlaneView a, PlaneView b, double cutoff = kInf) const {
    return measure_->Distance(a, b, cutoff);
  }

  const std::unique_ptr<Measure> measure_ = testing::SampleMeasure(GetParam());
};

TEST_P(MeasureLaws, DistanceToSelfIsZero) {
  ForRandomWalks([&](PlaneView a, PlaneView, PlaneView) {
    EXPECT_EQ(Distance(a, a), 0);
    EXPECT_EQ(Distance(a, a, 0), 0);
  });
}

TEST_P(MeasureLaws, DistanceIsThatOfTheNaiveTwin) {
  ForRandomWalks([&](PlaneView a, PlaneView b, PlaneView) {
    const double naive = DistanceNaively(GetParam(), a, b), tiny = 1e-9 * (1 + naive);
    EXPECT_GE(Distance(a, b), naive - tiny);
    EXPECT_LE(Distance(a, b), naive + ToleranceM(GetParam()) + tiny);
  });
}

TEST_P(MeasureLaws, RepeatedPointsAreNoTrouble) {
  const auto a = Points("0:0, 0:0, 0:0, 4:0, 4:0"), b = Points("1:1, 1:1, 1:1");
  const double tolerance_m = ToleranceM(GetParam()) + 1e-12;
  EXPECT_NEAR(Distance(a, b), DistanceNaively(GetParam(), a, b), tolerance_m);
  EXPECT_NEAR(Distance(b, a), DistanceNaively(GetParam(), b, a), tolerance_m);
  EXPECT_EQ(Distance(b, b), 0);
}

TEST_P(MeasureLaws, CutoffNeverChangesAnAnswerBelowIt) {
  ForRandomWalks([&](PlaneView a, PlaneView b, PlaneView) {
    const double exact = Distance(a, b);
    EXPECT_EQ(Distance(a, b, exact), exact);
    EXPECT_EQ(Distance(a, b, exact * 1.01), exact);
    if (exact == 0) return;
    for (const double share : {0.0, 0.01, 0.3, 0.5, 0.7, 0.9, 0.99, 1 - 1e-9, 1 - 1e-15}) {
      const double below = exact * share;
      if (below >= exact) continue;
      EXPECT_GT(Distance(a, b, below), below) << share;
    }
    EXPECT_GT(Distance(a, b, std::nextafter(exact, 0)), std::nextafter(exact, 0));
    EXPECT_GT(Distance(a, b, -1), -1);
  });
}

TEST_P(MeasureLaws, LowerBoundNeverExceedsDistance) {
  ForRandomWalks([&](PlaneView query, PlaneView b, PlaneView) {
    const Rectangle box(b);
    std::vector<double> to_box_m;
    for (const PlanePoint& p : query) to_box_m.push_back(GapM(Rectangle(PlaneView(&p, 1)), box));
    const EnvelopeDistances e{.query = query,
                              .to_box_m = to_box_m,
                              .start_m = DistanceM(query.front(), b.front()),
                              .end_m = DistanceM(query.back(), b.back()),
                              .box_gap_m = GapM(Rectangle(query), box)};
    const double bound = measure_->LowerBound(e);
    EXPECT_GE(bound, 0);
    EXPECT_LE(bound, Distance(query, b));
  });
}

TEST_P(MeasureLaws, LowerBoundSeesDistantLines) {
  const auto query = Points("0:0, 10:0, 20:0");
  const std::vector<double> to_box_m = {100, 90, 95};
  EXPECT_GT(
      measure_->LowerBound(
          {.query = query, .to_box_m = to_box_m, .start_m = 100, .end_m = 95, .box_gap_m = 90}),
      89);
}

TEST_P(MeasureLaws, SymmetricMeansSameBothWays) {
  if (!measure_->is_symmetric()) GTEST_SKIP() << "not symmetric";
  ForRandomWalks([&](PlaneView a, PlaneView b, PlaneView) {
    const double there = Distance(a, b);
    EXPECT_NEAR(there, Distance(b, a), 1e-12 * (1 + there));
  });
}

TEST_P(MeasureLaws, MetricMeansSymmetricWithTriangleInequality) {
  if (!measure_->is_metric()) GTEST_SKIP() << "not a metric";
  EXPECT_TRUE(measure_->is_symmetric());
  ForRandomWalks([&](PlaneView a, PlaneView b, PlaneView c) {
    EXPECT_LE(Distance(a, c), Distance(a, b) + Distance(b, c) + ToleranceM(GetParam()) + 1e-9);
  });
}

std::vector<absl::string_view> AllNames() {
  std::vector<absl::string_view> out;
  for (const MeasureEntry& e : AllMeasures()) out.push_back(e.name);
  return out;
}

INSTANTIATE_TEST_SUITE_P(All, MeasureLaws, ::testing::ValuesIn(AllNames()),
                         [](const auto& p) { return std::string(p.param); });

TEST(MonotoneMean, DoesNotSeeHowDenselyALineWasSampled) {
  const auto m = testing::SampleMeasure("monotone_mean");
  const auto sparse = Points("0:0, 100:0, 100:100");
  const auto dense = Points("0:0, 20:0, 50:0, 90:0, 100:0, 100:30, 100:100");
  EXPECT_NEAR(m->Distance(sparse, dense, kInf), 0, 1e-12);
  EXPECT_GT(testing::SampleMeasure("dtw")->Distance(sparse, dense, kInf), 50);
}

}  // namespace
}  // namespace spoor
