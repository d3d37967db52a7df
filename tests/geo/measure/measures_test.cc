#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <random>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/measure/frechet.h"
#include "geo/measure/measure.h"
#include "tests/geo/lines.h"
#include "tests/geo/naive_measures.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::DistanceNaively;
using testing::Points;
using testing::SampleParams;
using testing::Walk;

TEST(Measures, MatchGoldenTable) {
  std::ifstream in(SPOOR_GOLDEN_DIR "/measures.txt");
  ASSERT_TRUE(in) << "golden table missing";
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    SCOPED_TRACE(line);
    const std::vector<std::string> f = absl::StrSplit(line, '|');
    ASSERT_EQ(f.size(), 4u);
    // A name, and name=value for each parameter.
    const std::vector<std::string> call = absl::StrSplit(f[0], ' ', absl::SkipEmpty());
    MeasureParams params;
    for (size_t i = 1; i < call.size(); ++i) {
      const std::vector<std::string> param = absl::StrSplit(call[i], '=');
      params.emplace_back(param[0], std::stod(param.at(1)));
    }
    const auto m = MakeMeasure(call.at(0), params);
    ASSERT_TRUE(m.ok()) << m.status();
    EXPECT_NEAR((*m)->Distance(Points(f[1]), Points(f[2]), kInf), std::stod(f[3]), 1e-9);
    ++rows;
  }
  EXPECT_GT(rows, 0);
}

std::vector<absl::string_view> AllNames() {
  std::vector<absl::string_view> out;
  for (const MeasureEntry& e : AllMeasures()) out.push_back(e.name);
  return out;
}

TEST(Measures, AreListedInNameOrder) {
  const std::vector<absl::string_view> names = AllNames();
  EXPECT_TRUE(std::ranges::is_sorted(names));
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(Measures, HaveAGoldenRowEach) {
  std::ifstream in(SPOOR_GOLDEN_DIR "/measures.txt");
  const std::string all((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  for (absl::string_view name : AllNames()) {
    EXPECT_NE(all.find(absl::StrCat("\n", name, " ")), std::string::npos) << name;
  }
}

TEST(Measures, ErrorsNameWhatIsWrongAndWhatIsAllowed) {
  const std::string names = absl::StrJoin(AllNames(), ", ");
  const absl::Status unknown = MakeMeasure("dwt", {}).status();
  EXPECT_EQ(unknown.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(unknown.message(), absl::StrCat("unknown measure 'dwt', available: ", names));
}

TEST(Measures, ParametersAreChecked) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto error = [](absl::string_view name, const MeasureParams& params) {
    const absl::Status s = MakeMeasure(name, params).status();
    EXPECT_EQ(s.code(), absl::StatusCode::kInvalidArgument);
    return std::string(s.message());
  };
  EXPECT_EQ(error("dtw", {{"tolerance_m", 1}}),
            "measure 'dtw' has no parameter 'tolerance_m', known: none");
  EXPECT_EQ(error("dtw", {{"", 1}}), "measure 'dtw' has no parameter '', known: none");
  EXPECT_EQ(error("edr", {{"tolerance", 1}}),
            "measure 'edr' has no parameter 'tolerance', known: tolerance_m, max_time_s");
  EXPECT_EQ(error("edr", {{"tolerance_m", 1}, {"tolerance_m", 2}}),
            "measure 'edr': parameter 'tolerance_m' is given twice");
  EXPECT_EQ(error("lcss", {{"max_time_s", 1}}),
            "measure 'lcss' needs parameter 'tolerance_m', allowed: 0 … 4e+07");
  EXPECT_EQ(error("edr", {{"tolerance_m", -1}}),
            "measure 'edr': parameter 'tolerance_m' is -1, allowed: 0 … 4e+07");
  EXPECT_EQ(error("edr", {{"tolerance_m", nan}}),
            "measure 'edr': parameter 'tolerance_m' is nan, allowed: 0 … 4e+07");
  EXPECT_EQ(error("edr", {{"max_time_s", kInf}, {"tolerance_m", 1}}),
            "measure 'edr': parameter 'max_time_s' is inf, allowed: 0 … 1e+10");
  EXPECT_TRUE(MakeMeasure("edr", {{"max_time_s", 0}, {"tolerance_m", 4e7}}).ok());
}

TEST(Measures, LookAtTimesOnlyWhereTheySaySo) {
  EXPECT_FALSE((*MakeMeasure("edr", {{"tolerance_m", 1}}))->needs_times());
  EXPECT_TRUE((*MakeMeasure("edr", {{"tolerance_m", 1}, {"max_time_s", 5}}))->needs_times());
  EXPECT_TRUE((*MakeMeasure("lcss", {{"tolerance_m", 1}, {"max_time_s", 5}}))->needs_times());
  for (absl::string_view name : AllNames()) {
    const auto measure = testing::SampleMeasure(name);
    const auto a = Points("0:0@0, 5:1@10, 9:0@20"), b = Points("0:1@0, 1:1@3, 8:1@4");
    auto later = b;
    for (size_t i = 0; i < later.size(); ++i) later[i].t_s *= 30;
    EXPECT_EQ(measure->Distance(a, b, kInf) != measure->Distance(a, later, kInf),
              measure->needs_times())
        << name;
  }
}

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

  const MeasureParams params_ = SampleParams(GetParam());
  const std::unique_ptr<Measure> measure_ = *MakeMeasure(GetParam(), params_);
};

TEST_P(MeasureLaws, DistanceToSelfIsZero) {
  ForRandomWalks([&](PlaneView a, PlaneView, PlaneView) {
    EXPECT_EQ(Distance(a, a), 0);
    EXPECT_EQ(Distance(a, a, 0), 0);
  });
}

TEST_P(MeasureLaws, DistanceIsThatOfTheNaiveTwin) {
  ForRandomWalks([&](PlaneView a, PlaneView b, PlaneView) {
    const double naive = DistanceNaively(GetParam(), params_, a, b), tiny = 1e-9 * (1 + naive);
    EXPECT_GE(Distance(a, b), naive - tiny);
    EXPECT_LE(Distance(a, b), naive + testing::AboveDefinition(GetParam()) + tiny);
  });
}

TEST_P(MeasureLaws, RepeatedPointsAreNoTrouble) {
  const auto a = Points("0:0, 0:0, 0:0, 4:0, 4:0"), b = Points("1:1, 1:1, 1:1");
  const double tolerance_m = testing::AboveDefinition(GetParam()) + 1e-12;
  EXPECT_NEAR(Distance(a, b), DistanceNaively(GetParam(), params_, a, b), tolerance_m);
  EXPECT_NEAR(Distance(b, a), DistanceNaively(GetParam(), params_, b, a), tolerance_m);
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

// Calls look with what is known of b before it is read.
template <typename Look>
void WithEnvelope(PlaneView query, PlaneView b, Look look) {
  const Rectangle box(b);
  std::vector<double> to_box_m;
  for (const PlanePoint& p : query) to_box_m.push_back(GapM(Rectangle(PlaneView(&p, 1)), box));
  look(EnvelopeDistances{.query = query,
                         .to_box_m = to_box_m,
                         .start_m = DistanceM(query.front(), b.front()),
                         .end_m = DistanceM(query.back(), b.back()),
                         .box_gap_m = GapM(Rectangle(query), box)});
}

TEST_P(MeasureLaws, LowerBoundNeverExceedsDistance) {
  ForRandomWalks([&](PlaneView query, PlaneView b, PlaneView) {
    WithEnvelope(query, b, [&](const EnvelopeDistances& e) {
      EXPECT_GE(measure_->LowerBound(e), 0);
      EXPECT_LE(measure_->LowerBound(e), Distance(query, b));
    });
  });
}

TEST_P(MeasureLaws, LowerBoundSeesDistantLines) {
  const auto query = Points("1000:0, 1010:0, 1020:0");
  const std::vector<double> to_box_m = {100, 90, 95};
  const double bound = measure_->LowerBound(
      {.query = query, .to_box_m = to_box_m, .start_m = 100, .end_m = 95, .box_gap_m = 90});
  EXPECT_GT(bound, GetParam() == "edr" ? 2.9 : GetParam() == "lcss" ? 0.9 : 89);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int kPairs = 800;
#else
constexpr int kPairs = 10000;
#endif

// Whether measure and naive twin round alike, operation by operation.
bool IsExact(absl::string_view name) {
  return name != "monotone_mean" && name != "frechet" && name != "synchronous";
}

// Every law at once, of one measure and one pair, in memory that other pairs have used.
void CheckPair(absl::string_view name, const MeasureParams& params, const testing::LinePair& pair,
               MeasureWork& work) {
  const auto& [a, b] = pair;
  const auto measure = *MakeMeasure(name, params);
  const double naive = DistanceNaively(name, params, a, b);
  const double exact = measure->Distance(a, b, kInf, work);
  // What coordinates of up to 2e7 m lose to rounding.
  const double slack = 1e-9 * (1 + naive) + (IsExact(name) ? 0 : 1e-7);
  if (IsExact(name)) {
    EXPECT_EQ(exact, naive);
  } else {
    EXPECT_GE(exact, naive - slack);
    EXPECT_LE(exact, naive + testing::AboveDefinition(name) + slack);
  }
  EXPECT_EQ(measure->Distance(a, b, exact, work), exact);
  const double below = std::nextafter(exact, -1);
  EXPECT_GT(measure->Distance(a, b, below, work), below);
  for (const double share : {0.2, 0.6, 0.95, 1.1, 1.7}) {
    const double cutoff = exact * share, got = measure->Distance(a, b, cutoff, work);
    if (exact <= cutoff) {
      EXPECT_EQ(got, exact);
    } else {
      EXPECT_GT(got, cutoff);
    }
  }
  EXPECT_LE(measure->Distance(a, a, kInf, work), IsExact(name) ? 0 : slack);
  EXPECT_GE(measure->UpperBound(a, b, work), exact);
  if (measure->is_symmetric()) {
    EXPECT_NEAR(measure->Distance(b, a, kInf, work), exact, IsExact(name) ? 0 : slack);
  }
  WithEnvelope(a, b, [&](const EnvelopeDistances& e) {
    EXPECT_LE(measure->LowerBound(e) * (1 - 1e-9), exact + 1e-6);
  });
}

TEST_P(MeasureLaws, HoldForLinesThatAreHardToMeasure) {
  MeasureWork work;
  for (int seed = 0; seed < kPairs && !HasFailure(); ++seed) {
    testing::LineMaker maker(seed);
    const testing::LinePair pair = maker.Pair(seed % 50 == 0 ? 120 : 24);
    MeasureParams params = SampleParams(GetParam(), std::pow(10, maker.Draw(4)) / 10);
    for (const MeasureEntry& entry : AllMeasures()) {
      if (entry.name != GetParam() || maker.Draw(2) == 0) continue;
      for (const MeasureParam& p : entry.params()) {
        if (p.absent) params.emplace_back(std::string(p.name), maker.Draw(3));
      }
    }
    SCOPED_TRACE(
        absl::StrCat("seed ", seed, ", |a| ", pair.first.size(), ", |b| ", pair.second.size()));
    CheckPair(GetParam(), params, pair, work);
  }
}

TEST_P(MeasureLaws, BoundOfAFarFixNeverExceedsDistance) {
  ForRandomWalks([&](PlaneView query, PlaneView b, PlaneView) {
    double farthest_m = 0;
    for (const PlanePoint& p : b) {
      double to_query_m = DistanceM(p, query.front());
      for (size_t i = 1; i < query.size(); ++i) {
        to_query_m =
            std::min(to_query_m, testing::naive::PointToSegmentM(p, query[i - 1], query[i]));
      }
      farthest_m = std::max(farthest_m, to_query_m);
    }
    const double bound = measure_->BoundOfFarFix(farthest_m);
    EXPECT_GE(bound, 0);
    EXPECT_LE(BelowRounding(bound), Distance(query, b));
  });
  EXPECT_EQ(measure_->BoundOfFarFix(0), 0);
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
    EXPECT_LE(Distance(a, c),
              Distance(a, b) + Distance(b, c) + testing::AboveDefinition(GetParam()) + 1e-9);
  });
}

// What whoever is asked was told, and when.
struct Asked {
  MeasureWork work;
  uint64_t most_at_once = 0;  // cells between two questions
  uint64_t last = 0, gives_up_at = ~uint64_t{0};

  Asked() { work.AskWhether(Ask, this); }
  static bool Ask(const void* caller) {
    auto& self = *static_cast<Asked*>(const_cast<void*>(caller));
    self.most_at_once = std::max(self.most_at_once, self.work.cells - self.last);
    self.last = self.work.cells;
    return self.work.cells >= self.gives_up_at;
  }
};

TEST_P(MeasureLaws, AsksNowAndThenWhetherToGoOn) {
  constexpr size_t kFixes = 3000;
  const auto a = Walk(kFixes, 1), b = Walk(kFixes, 2);
  Asked asked;
  EXPECT_EQ(measure_->Distance(a, b, kInf, asked.work), Distance(a, b));
  asked.most_at_once = std::max(asked.most_at_once, asked.work.cells - asked.last);
  EXPECT_LE(asked.most_at_once, kCellsPerQuestion + 16 * (kFixes + 16));
}

TEST_P(MeasureLaws, EndsWhenToldSo) {
  constexpr size_t kFixes = 30'000;  // in whose table a second ends nowhere near the last cell
  const auto a = Walk(kFixes, 1), b = Walk(kFixes, 2);
  Asked asked;
  asked.gives_up_at = 1'000'000;
  measure_->Distance(a, b, kInf, asked.work);
  EXPECT_EQ(asked.work.stopped, asked.work.cells >= asked.gives_up_at);
  EXPECT_LE(asked.work.cells, asked.gives_up_at + 2 * (kCellsPerQuestion + 16 * (kFixes + 16)));
  if (!measure_->seeks_part()) return;
  Asked part;
  part.gives_up_at = 1'000'000;
  measure_->PartOf(a, b, part.work);
  EXPECT_TRUE(part.work.stopped);
  EXPECT_LE(part.work.cells, part.gives_up_at + 2 * (kCellsPerQuestion + 16 * (kFixes + 16)));
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

// The part is one to which the distance of the whole is the distance, and the first such.
TEST(SubMeasures, NameThePartThatEndsFirstAndIsShortest) {
  MeasureWork work;
  const auto check = [&](absl::string_view name, absl::string_view whole_name, const auto& twin) {
    EXPECT_TRUE(testing::SampleMeasure(name)->seeks_part());
    const auto measure = testing::SampleMeasure(name), whole = testing::SampleMeasure(whole_name);
    for (uint64_t seed = 0; seed < 2000 && !::testing::Test::HasFailure(); ++seed) {
      SCOPED_TRACE(absl::StrCat(name, " seed ", seed));
      const auto [a, b] = testing::LineMaker(seed).Pair(20);
      const auto part = measure->PartOf(a, b, work);
      const testing::naive::Part best = testing::naive::BestPart(a, b, twin);
      EXPECT_EQ(part, std::pair(best.first, best.last));
      const auto piece = PlaneView(b).subspan(part.first, part.second - part.first + 1);
      EXPECT_EQ(whole->Distance(a, piece, kInf), measure->Distance(a, b, kInf));
    }
  };
  check("sub_discrete_frechet", "discrete_frechet", testing::naive::DiscreteFrechet);
  check("sub_dtw", "dtw", testing::naive::Dtw);
  EXPECT_FALSE(testing::SampleMeasure("dtw")->seeks_part());
}

TEST(SubMeasures, FindTheStretchThatIsTheQuery) {
  const auto b = Points("0:9, 0:6, 0:3, 0:0, 3:0, 6:0, 9:0, 9:3, 9:6");
  for (const auto* name : {"sub_discrete_frechet", "sub_dtw"}) {
    const auto measure = testing::SampleMeasure(name);
    EXPECT_EQ(measure->Distance(Points("3:0, 6:0, 9:0"), b, kInf), 0);
    MeasureWork work;
    EXPECT_EQ(measure->PartOf(Points("3:0, 6:0, 9:0"), b, work), std::pair(4u, 6u));
  }
}

// A pair of long lines near each other costs what lies near the alignment.
TEST(Measures, WithACutoffMeasureACorridor) {
  constexpr size_t kFixes = 800;
  auto a = Walk(kFixes, 1);
  for (size_t i = 0; i < kFixes; ++i) a[i].x_m += 14 * static_cast<double>(i);
  auto b = a;
  for (PlanePoint& p : b) p.y_m += 20;
  for (const auto* name : {"discrete_frechet", "dtw", "sub_discrete_frechet", "sub_dtw", "edr",
                           "lcss", "edwp", "hausdorff", "directed_hausdorff"}) {
    const auto measure = testing::SampleMeasure(name, 30);
    MeasureWork work;
    const double exact = measure->Distance(a, b, kInf, work);
    work.cells = 0;
    EXPECT_EQ(measure->Distance(a, b, exact, work), exact) << name;
    EXPECT_LT(work.cells, kFixes * kFixes / 3) << name;
    work.cells = 0;
    EXPECT_GT(measure->Distance(a, b, exact * 0.5 - 0.01, work), exact * 0.5 - 0.01) << name;
    EXPECT_LT(work.cells, kFixes * kFixes / 3) << name;
  }
}

TEST(Edwp, IsTheLeastCostOfEdits) {
  const auto m = testing::SampleMeasure("edwp");
  for (uint64_t seed = 0; seed < 400; ++seed) {
    const auto a = Walk(1 + seed % 5, seed), b = Walk(1 + seed / 5 % 5, seed + 1000);
    const double least = testing::naive::EdwpLeast::Of(a, b);
    EXPECT_NEAR(m->Distance(a, b, kInf), least, 1e-9 * (1 + least)) << "seed " << seed;
  }
}

TEST(Edwp, IsNothingBetweenLinesWithoutLength) {
  const auto m = testing::SampleMeasure("edwp");
  EXPECT_EQ(m->Distance(Points("0:0, 0:0"), Points("900:0"), kInf), 0);
}

// Who stands still is passed at 22 m/s: the mean over all times, however often either is seen.
TEST(Synchronous, DoesNotDependOnHowOftenALineWasSampled) {
  const auto m = testing::SampleMeasure("synchronous");
  const double far_m = 1111.95;
  const auto line = [&](int steps, double aside_m) {
    std::vector<PlanePoint> out;
    for (int i = 0; i <= steps; ++i) {
      const double t = 100.0 * i / steps;
      out.push_back({.x_m = -far_m + 2 * far_m * t / 100, .y_m = aside_m, .t_s = t});
    }
    return out;
  };
  const auto still = Points("0:0@0, 0:0@100");
  EXPECT_NEAR(m->Distance(still, line(1, 0), kInf), far_m / 2, 1e-9);
  for (const double aside_m : {0.0, 1e-9, 0.3, 50.0, 1e4, 1e7}) {
    const double once = m->Distance(still, line(1, aside_m), kInf);
    for (const int steps : {2, 3, 10, 100, 997}) {
      EXPECT_NEAR(m->Distance(still, line(steps, aside_m), kInf), once, 1e-12 * (once + 1000))
          << aside_m << " m aside, " << steps << " steps";
    }
  }
}

TEST(Synchronous, AJumpTakesNoTime) {
  const auto m = testing::SampleMeasure("synchronous");
  const auto still = Points("0:0@0, 0:0@20");
  EXPECT_NEAR(m->Distance(still, Points("6:0@0, 6:0@10, 2:0@10, 2:0@20"), kInf), 4, 1e-12);
}

TEST(Synchronous, TakesTheMeanOverTime) {
  const auto m = testing::SampleMeasure("synchronous");
  const auto here = Points("0:0@0, 0:0@100"), there = Points("10:0@0, 10:0@10");
  EXPECT_NEAR(m->Distance(here, there, kInf), 10, 1e-12) << "who has arrived waits";
  const auto goes = Points("0:0@0, 10:0@50, 10:0@100");
  EXPECT_NEAR(m->Distance(here, goes, kInf), (5 * 50 + 10 * 50) / 100.0, 1e-12);
  EXPECT_EQ(m->Distance(Points("1:0, 2:0, 3:0"), Points("9:0, 8:0"), kInf), 5)
      << "without times, between the last fixes";
}

}  // namespace
}  // namespace spoor
