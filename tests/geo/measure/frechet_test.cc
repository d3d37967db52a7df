#include "geo/measure/frechet.h"

#include <geos_c.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "geo/measure/frechet_certificate.h"
#include "geo/measure/measure.h"
#include "tests/geo/frechet_naive.h"
#include "tests/geo/naive_plane.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

using testing::NaiveFrechet;
using testing::NaiveFrechetWithin;
using testing::Points;
using testing::Walk;
using Line = std::vector<PlanePoint>;

double Frechet(PlaneView a, PlaneView b, double cutoff = kInf) {
  static const std::unique_ptr<Measure> measure = testing::SampleMeasure("frechet");
  return measure->Distance(a, b, cutoff);
}

double DiscreteFrechet(PlaneView a, PlaneView b) {
  static const std::unique_ptr<Measure> measure = testing::SampleMeasure("discrete_frechet");
  return measure->Distance(a, b, kInf);
}

// The error that the naive twin and the header allow for beside the step.
double Tiny(double distance_m) { return 2e-9 + 1e-11 * distance_m; }

Line Rotated(const Line& line, double radians, double x_m = 0, double y_m = 0) {
  Line out;
  for (const PlanePoint p : line) {
    out.push_back({.x_m = x_m + p.x_m * std::cos(radians) - p.y_m * std::sin(radians),
                   .y_m = y_m + p.x_m * std::sin(radians) + p.y_m * std::cos(radians)});
  }
  return out;
}

Line Reversed(Line line) {
  std::ranges::reverse(line);
  return line;
}

// `parts` places on each leg instead of its first fix alone.
Line Densified(const Line& line, int parts) {
  Line out;
  for (size_t i = 0; i + 1 < line.size(); ++i) {
    for (int k = 0; k < parts; ++k) {
      const double share = static_cast<double>(k) / parts;
      out.push_back({.x_m = line[i].x_m + share * (line[i + 1].x_m - line[i].x_m),
                     .y_m = line[i].y_m + share * (line[i + 1].y_m - line[i].y_m)});
    }
  }
  out.push_back(line.back());
  return out;
}

// One kind of trouble each; the same seed gives the same pair.
struct World {
  const char* name;
  std::pair<Line, Line> (*pair)(std::mt19937_64& rng);
};

size_t Size(std::mt19937_64& rng, size_t least, size_t most) {
  return least + rng() % (most - least + 1);
}

double Real(std::mt19937_64& rng, double from, double to) {
  return std::uniform_real_distribution<double>(from, to)(rng);
}

Line RandomWalk(std::mt19937_64& rng, size_t n, double step_m) {
  std::normal_distribution<double> by_m(0, step_m);
  Line out(n);
  PlanePoint p;
  for (PlanePoint& q : out) q = p = {.x_m = p.x_m + by_m(rng), .y_m = p.y_m + by_m(rng)};
  return out;
}

// On integers of a small square, so that fixes are repeated, and touches are exact.
Line OnGrid(std::mt19937_64& rng, size_t n, int side) {
  Line out;
  for (size_t i = 0; i < n; ++i) {
    out.push_back(
        {.x_m = static_cast<double>(rng() % side), .y_m = static_cast<double>(rng() % side)});
  }
  return out;
}

// To and fro on a straight line.
Line OnStraight(std::mt19937_64& rng, size_t n) {
  Line out;
  for (size_t i = 0; i < n; ++i) out.push_back({.x_m = std::round(Real(rng, 0, 20))});
  return out;
}

// Far from west to east, but each step goes back a good part: waiting for that is what costs.
Line Zigzag(std::mt19937_64& rng, size_t n, double beside_m) {
  Line out;
  double x_m = 0;
  for (size_t i = 0; i < n; ++i) {
    out.push_back({.x_m = x_m, .y_m = Real(rng, -beside_m, beside_m)});
    x_m += i % 2 == 0 ? Real(rng, 5, 12) : -Real(rng, 1, 8);
  }
  return out;
}

Line Noisy(std::mt19937_64& rng, const Line& line, double sigma_m) {
  std::normal_distribution<double> error_m(0, sigma_m);
  Line out;
  for (const PlanePoint p : line) {
    if (rng() % 8 == 0) continue;
    out.push_back({.x_m = p.x_m + error_m(rng), .y_m = p.y_m + error_m(rng)});
    if (rng() % 8 == 0) out.push_back(out.back());
  }
  if (out.empty()) out.push_back(line.front());
  return out;
}

constexpr World kWorlds[] = {
    {"walks",
     [](std::mt19937_64& rng) {
       return std::pair(RandomWalk(rng, Size(rng, 1, 9), 1), RandomWalk(rng, Size(rng, 1, 9), 1));
     }},
    {"copies",
     [](std::mt19937_64& rng) {
       const Line route = RandomWalk(rng, Size(rng, 2, 12), 5);
       return std::pair(route, Noisy(rng, route, Real(rng, 0, 5)));
     }},
    {"grid",
     [](std::mt19937_64& rng) {
       const int side = 1 + static_cast<int>(rng() % 5);
       return std::pair(OnGrid(rng, Size(rng, 1, 8), side), OnGrid(rng, Size(rng, 1, 8), side));
     }},
    {"straight",
     [](std::mt19937_64& rng) {
       const double radians = Real(rng, 0, 7);
       return std::pair(Rotated(OnStraight(rng, Size(rng, 1, 8)), radians),
                        Rotated(OnStraight(rng, Size(rng, 1, 8)), radians));
     }},
    {"zigzags",
     [](std::mt19937_64& rng) {
       const double beside_m = Real(rng, 0, 3);
       return std::pair(Zigzag(rng, Size(rng, 2, 10), beside_m),
                        Zigzag(rng, Size(rng, 2, 10), beside_m));
     }},
    {"one fix",
     [](std::mt19937_64& rng) {
       return std::pair(RandomWalk(rng, 1, 3), RandomWalk(rng, Size(rng, 1, 9), 3));
     }},
    {"continents",
     [](std::mt19937_64& rng) {
       return std::pair(RandomWalk(rng, Size(rng, 1, 8), 1e6),
                        RandomWalk(rng, Size(rng, 1, 8), 1e6));
     }},
    {"far from the origin",
     [](std::mt19937_64& rng) {
       const double x_m = Real(rng, -2e7, 2e7), y_m = Real(rng, -2e7, 2e7);
       const Line route = RandomWalk(rng, Size(rng, 2, 9), 5);
       const Line copy = Noisy(rng, route, 2);
       return std::pair(Rotated(route, 0, x_m, y_m), Rotated(copy, 0, x_m, y_m));
     }},
    {"hair's breadth",
     [](std::mt19937_64& rng) {
       const Line route = RandomWalk(rng, Size(rng, 2, 9), 1e-3);
       return std::pair(route, Noisy(rng, route, 1e-4));
     }},
};

// Calls law(a, b) with `count` pairs of every world.
template <typename Law>
void ForWorlds(size_t count, Law law) {
  for (const World& world : kWorlds) {
    for (uint64_t seed = 0; seed < count; ++seed) {
      SCOPED_TRACE(absl::StrCat(world.name, ", seed ", seed));
      std::mt19937_64 rng(seed);
      const auto [a, b] = world.pair(rng);
      law(a, b);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

TEST(Frechet, IsWhatTheTextbookSays) {
  ForWorlds(12'000, [](const Line& a, const Line& b) {
    const double distance_m = Frechet(a, b);
    EXPECT_EQ(distance_m, std::round(distance_m / kFrechetStepM) * kFrechetStepM);
    EXPECT_TRUE(NaiveFrechetWithin(a, b, distance_m + Tiny(distance_m))) << distance_m;
    const double less_m = distance_m - kFrechetStepM - Tiny(distance_m);
    EXPECT_FALSE(less_m >= 0 && NaiveFrechetWithin(a, b, less_m)) << distance_m;
  });
}

TEST(Frechet, IsLessThanAStepAboveTheTrueValue) {
  ForWorlds(100, [](const Line& a, const Line& b) {
    const double distance_m = Frechet(a, b), naive_m = NaiveFrechet(a, b);
    EXPECT_GE(distance_m, naive_m - Tiny(naive_m));
    EXPECT_LE(distance_m, naive_m + kFrechetStepM + Tiny(naive_m));
  });
}

// Fixes on the Earth, projected and measured by code that shares nothing with ours, in long double:
// the bound of the header holds of what people are answered, but for what the projection rounds.
TEST(Frechet, OfFixesIsLessThanAStepAboveTheTextbookInLongDouble) {
  constexpr double kProjectionM = 1e-8;
  for (const double reach_deg : {0.05, 0.5}) {  // a city, and 100 km
    for (uint64_t seed = 0; seed < 150; ++seed) {
      SCOPED_TRACE(absl::StrCat(reach_deg, " degrees, seed ", seed));
      std::mt19937_64 rng(seed);
      const double lat = Real(rng, -70, 70), lon = Real(rng, -180, 180);
      const auto trip = [&](const Line& way) {
        std::vector<Fix> fixes;
        for (const PlanePoint p : way) {
          fixes.push_back(FixFromDegrees(lat + p.y_m * reach_deg, lon + p.x_m * reach_deg));
        }
        return fixes;
      };
      const Line way = RandomWalk(rng, Size(rng, 20, 100), 0.1);
      const std::vector<Fix> a = trip(way), b = trip(Noisy(rng, way, Real(rng, 0.001, 0.1)));
      const Fix origin = a[a.size() / 2];
      const auto formally = [&](const std::vector<Fix>& fixes) {
        Line out;
        for (const Fix& f : fixes) out.push_back(testing::ProjectByFormula(origin, f));
        return out;
      };
      const LocalPlane plane(origin);
      const double distance_m = Frechet(plane.Project(a), plane.Project(b));
      const double true_m = NaiveFrechet(formally(a), formally(b));
      EXPECT_GE(distance_m, true_m - kProjectionM - Tiny(true_m));
      EXPECT_LT(distance_m, true_m + kFrechetStepM + kProjectionM + Tiny(true_m));
    }
  }
}

TEST(Frechet, LongLinesAreAsShortOnes) {
  for (uint64_t seed = 0; seed < 24; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    Line a = seed % 2 == 0 ? RandomWalk(rng, 150, 14) : Zigzag(rng, 150, 3);
    if (seed % 3 == 0) a.insert(a.begin() + 70, 60, a[70]);  // a stop
    if (seed % 4 == 0) {
      const Line back = Reversed(a);
      a.insert(a.end(), back.begin(), back.end());
    }
    const Line b = Noisy(rng, a, Real(rng, 0, 20));
    const double distance_m = Frechet(a, b);
    EXPECT_EQ(distance_m, Frechet(b, a));
    EXPECT_TRUE(NaiveFrechetWithin(a, b, distance_m + Tiny(distance_m))) << distance_m;
    EXPECT_FALSE(NaiveFrechetWithin(a, b, distance_m - kFrechetStepM - Tiny(distance_m)));
  }
}

// What a walk reaches with too short a leash is then too little to go on from.
TEST(Frechet, OfFixesNearerThanTheirErrorsIsLeast) {
  for (uint64_t seed = 0; seed < 40; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const Line route = RandomWalk(rng, 250, 2);
    const Line a = Noisy(rng, route, 20), b = Noisy(rng, route, 20);
    const double distance_m = Frechet(a, b);
    EXPECT_TRUE(NaiveFrechetWithin(a, b, distance_m + Tiny(distance_m))) << distance_m;
    EXPECT_FALSE(NaiveFrechetWithin(a, b, distance_m - kFrechetStepM - Tiny(distance_m)));
  }
}

TEST(Frechet, DependsOnTheLinesAloneToTheLastBit) {
  const auto measure = testing::SampleMeasure("frechet");
  MeasureWork work;
  ForWorlds(1'500, [&](const Line& a, const Line& b) {
    const double exact = measure->Distance(a, b, kInf, work);
    EXPECT_EQ(measure->Distance(b, a, kInf, work), exact);
    for (const double factor : {1.0, 1 + 1e-15, 1.001, 1.3, 2.0, 1e3, 1e30}) {
      EXPECT_EQ(measure->Distance(a, b, exact * factor, work), exact) << factor;
    }
    for (const double cutoff :
         {exact - 1e-12 * exact, exact - kFrechetStepM, exact / 2, 0.0, -1.0}) {
      if (cutoff >= exact) continue;
      EXPECT_GT(measure->Distance(a, b, cutoff, work), cutoff) << cutoff;
      EXPECT_GT(measure->Distance(b, a, cutoff, work), cutoff) << cutoff;
      EXPECT_FALSE(FrechetWithin(a, b, cutoff, work));
    }
    EXPECT_TRUE(FrechetWithin(a, b, exact, work));
    EXPECT_GE(measure->UpperBound(a, b, work), exact);
    EXPECT_NEAR(measure->Distance(Reversed(a), Reversed(b), kInf, work), exact, kFrechetStepM);
  });
}

TEST(Frechet, IsAMetricUpToAStep) {
  ForWorlds(1'000, [](const Line& a, const Line& b) {
    const Line c = Rotated(b, 0.3, 1, 0.5);
    EXPECT_LE(Frechet(a, c), Frechet(a, b) + Frechet(b, c) + kFrechetStepM);
  });
}

TEST(Frechet, MeetsDistancesThatAreMultiplesOfAStepInAnyDirection) {
  const Line there = Points("0:0, 10:0"), zigzag = Points("0:0, 8:0, 2:0, 10:0");
  const Line beside = Points("0:3, 4:3, 5:3, 10:3"), corner = Points("0:0, 5:0, 5:5, 10:5");
  for (int degrees = 0; degrees < 360; ++degrees) {
    SCOPED_TRACE(degrees);
    const auto turned = [&](const Line& line) {
      return Rotated(line, degrees * 0.01745, 1e4, -3e4);
    };
    EXPECT_EQ(Frechet(turned(there), turned(there)), 0);
    EXPECT_EQ(Frechet(turned(there), turned(Densified(there, 7))), 0);
    EXPECT_EQ(Frechet(turned(there), turned(beside)), 3);
    EXPECT_EQ(Frechet(turned(there), turned(zigzag)), 3);  // half of what it goes back
    EXPECT_EQ(Frechet(turned(corner), Rotated(turned(corner), 0, 3, 4)), 5);
    EXPECT_EQ(Frechet(turned(there), turned(Reversed(there))), 10);
    EXPECT_EQ(Frechet(turned(Points("4:3")), turned(there)), Frechet(Points("4:3"), there));
  }
}

TEST(Frechet, IsTheLimitOfTheDiscreteOneFromAbove) {
  ForWorlds(30, [](const Line& a, const Line& b) {
    const double distance_m = Frechet(a, b);
    double before_m = kInf;
    for (const int parts : {1, 4, 16}) {
      const Line dense_a = Densified(a, parts), dense_b = Densified(b, parts);
      const double discrete_m = DiscreteFrechet(dense_a, dense_b);
      double longest_m = 0;  // leg
      for (const Line& line : {dense_a, dense_b}) {
        for (size_t i = 0; i + 1 < line.size(); ++i) {
          longest_m = std::max(longest_m, DistanceM(line[i], line[i + 1]));
        }
      }
      const double allowed_m = kFrechetStepM + Tiny(discrete_m);
      EXPECT_LE(distance_m, discrete_m + allowed_m);
      EXPECT_LE(discrete_m, distance_m + longest_m + allowed_m);
      EXPECT_LE(discrete_m, before_m * (1 + 1e-12) + 1e-12);
      EXPECT_NEAR(Frechet(dense_a, dense_b), distance_m, allowed_m);  // the same lines
      before_m = discrete_m;
    }
  });
}

// Another implementation's discrete distance of densified lines.
TEST(Frechet, IsNotAboveThatOfGeosAndNearIt) {
  const GEOSContextHandle_t geos = GEOS_init_r();
  const auto geometry = [&](const Line& line) {
    GEOSCoordSequence* const places = GEOSCoordSeq_create_r(geos, line.size(), 2);
    for (unsigned i = 0; i < line.size(); ++i) {
      GEOSCoordSeq_setXY_r(geos, places, i, line[i].x_m, line[i].y_m);
    }
    return GEOSGeom_createLineString_r(geos, places);
  };
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const Line a = RandomWalk(rng, 2 + seed % 9, 5);
    Line b = seed % 2 == 0 ? RandomWalk(rng, 2 + seed % 7, 5) : Noisy(rng, a, 3);
    if (b.size() < 2) b.push_back(b[0]);
    GEOSGeometry *const of_a = geometry(a), *const of_b = geometry(b);
    double theirs_m = 0;
    constexpr double kShare = 0.01;  // of a leg, between two places of the densified line
    ASSERT_EQ(GEOSFrechetDistanceDensify_r(geos, of_a, of_b, kShare, &theirs_m), 1);
    double longest_m = 0;
    for (const Line& line : {a, b}) {
      for (size_t i = 0; i + 1 < line.size(); ++i) {
        longest_m = std::max(longest_m, DistanceM(line[i], line[i + 1]));
      }
    }
    EXPECT_LE(Frechet(a, b), theirs_m + kFrechetStepM + Tiny(theirs_m));
    EXPECT_GE(Frechet(a, b), theirs_m - 1.01 * kShare * longest_m);
    GEOSGeom_destroy_r(geos, of_a);
    GEOSGeom_destroy_r(geos, of_b);
  }
  GEOS_finish_r(geos);
}

TEST(Frechet, CountsTheCellsOfTheCorridorOnly) {
  const auto measure = testing::SampleMeasure("frechet");
  Line a;
  for (int i = 0; i < 2'000; ++i) a.push_back({.x_m = 10.0 * i, .y_m = i % 2 == 0 ? 3.0 : -3.0});
  const Line b = Rotated(a, 0, 0, 8);
  MeasureWork work;
  EXPECT_EQ(measure->Distance(a, b, kInf, work), 8);
  EXPECT_GT(work.cells, a.size());
  EXPECT_LT(work.cells, 50 * a.size());
  work.cells = 0;
  EXPECT_GT(measure->Distance(a, Rotated(a, 0, 5000, 0), 160, work), 160);
  EXPECT_EQ(work.cells, 0);  // the ends say it
}

TEST(FrechetCertificate, ProvesEveryDecision) {
  MeasureWork work;
  ForWorlds(1'500, [&](const Line& a, const Line& b) {
    const double distance_m = Frechet(a, b);
    for (const double factor : {0.0, 0.5, 0.8, 1.0, 1.2, 3.0}) {
      const double at_m = std::round(distance_m * factor / kFrechetStepM) * kFrechetStepM;
      const FrechetCertificate proof = ProveFrechet(a, b, at_m);
      EXPECT_EQ(proof.within, at_m >= distance_m) << at_m;
      EXPECT_EQ(proof.within, FrechetWithin(a, b, at_m, work)) << at_m;
      EXPECT_TRUE(CheckFrechet(a, b, at_m, proof).ok()) << at_m << CheckFrechet(a, b, at_m, proof);
    }
    if (distance_m == 0) return;
    const double less_m = distance_m - kFrechetStepM;
    const FrechetCertificate proof = ProveFrechet(a, b, less_m);
    EXPECT_FALSE(proof.within);
    EXPECT_TRUE(CheckFrechet(a, b, less_m, proof).ok()) << CheckFrechet(a, b, less_m, proof);
  });
}

TEST(FrechetCertificate, OfLongLinesIsProvenToo) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    std::mt19937_64 rng(seed);
    const Line a = seed % 2 == 0 ? RandomWalk(rng, 200, 14) : Zigzag(rng, 200, 3);
    const Line b = Noisy(rng, a, Real(rng, 0, 20));
    const double distance_m = Frechet(a, b);
    EXPECT_TRUE(CheckFrechet(a, b, distance_m, ProveFrechet(a, b, distance_m)).ok());
    const double less_m = distance_m - kFrechetStepM;
    EXPECT_FALSE(ProveFrechet(a, b, less_m).within);
    EXPECT_TRUE(CheckFrechet(a, b, less_m, ProveFrechet(a, b, less_m)).ok());
  }
}

TEST(FrechetCertificate, IsRefusedForAnotherDistance) {
  ForWorlds(300, [](const Line& a, const Line& b) {
    const double distance_m = Frechet(a, b), much_m = 0.01 + distance_m * 0.01;
    EXPECT_FALSE(CheckFrechet(a, b, std::max(distance_m - much_m, 0.0) - 0.01,
                              ProveFrechet(a, b, distance_m))
                     .ok());
    if (distance_m == 0) return;
    EXPECT_FALSE(
        CheckFrechet(a, b, distance_m + much_m, ProveFrechet(a, b, distance_m - kFrechetStepM))
            .ok());
  });
}

TEST(FrechetCertificate, SaysWhatIsWrongWithIt) {
  const Line a = Points("0:0, 10:0"), b = Points("0:3, 5:3, 10:3");
  const auto wrong = [&](double distance_m, const FrechetCertificate& proof) {
    return std::string(CheckFrechet(a, b, distance_m, proof).message());
  };
  using Pairs = std::vector<FrechetCertificate::Pair>;
  const auto walk = [&](const Pairs& pairs) { return wrong(3, {.within = true, .pairs = pairs}); };
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{0, 0.5}, {1, 0}}, {{1, 0}, {2, 0}}}), "");
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{0, 0.5}, {0, 1}}, {{0, 1}, {1, 1}}}), "");
  EXPECT_EQ(walk({}), "a certificate without pairs");
  EXPECT_EQ(walk({{{0, 0.5}, {1, 0}}, {{1, 0}, {2, 0}}}),
            "pair 0 of the walk does not begin at both starts");
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{0, 0.5}, {1, 0}}}),
            "pair 1 of the walk does not end at both ends");
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{1, 0}, {2, 0}}}),
            "pair 1 of the walk leaves the cell of the pair before");
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{0, 0.6}, {1, 0}}, {{1, 0}, {2, 0}}}),
            "pair 1 of the walk is further apart than the distance");
  EXPECT_EQ(walk({{{0, 0}, {0, 0}}, {{0, 0.5}, {1, 0}}, {{0, 0.4}, {0, 0.8}}, {{1, 0}, {2, 0}}}),
            "pair 2 of the walk goes back");
  for (const FrechetCertificate::Pair off : Pairs{{{1, 0.5}, {0, 0}},
                                                  {{2, 0}, {0, 0}},
                                                  {{0, -0.1}, {0, 0}},
                                                  {{0, 0}, {0, 1.1}},
                                                  {{0, 0}, {2, NAN}}}) {
    EXPECT_EQ(walk({off}), "pair 0 of the walk is not on both lines");
  }
  const auto cut = [&](const Pairs& pairs) { return wrong(2, {.within = false, .pairs = pairs}); };
  EXPECT_EQ(cut({{{0, 0}, {0, 0}}}), "");
  EXPECT_EQ(cut({{{0, 0}, {1, 0}}, {{0, 0.5}, {0, 0}}}), "");
  EXPECT_EQ(cut({{{0, 0.5}, {1, 0}}, {{1, 0}, {1, 0}}}),
            "pair 0 of the cut does not begin on the left or upper border");
  EXPECT_EQ(cut({{{0, 0}, {1, 0}}, {{0, 0.5}, {0, 0.5}}}),
            "pair 1 of the cut does not end on the right or lower border");
  EXPECT_EQ(cut({{{0, 0}, {1, 0.5}}, {{0, 0.5}, {0, 0}}}),
            "pair 1 of the cut goes right or down and leaves its cell");
  const auto long_cut = [&](const Pairs& pairs) {
    return wrong(4, {.within = false, .pairs = pairs});
  };
  EXPECT_EQ(long_cut({{{0, 0}, {0, 0}}}), "pair 0 of the cut is near, at an end of the cut");
  EXPECT_EQ(long_cut({{{0, 0}, {1, 0}}, {{0, 1}, {0, 0}}}),
            "pair 1 of the cut goes right or down where it is near");
}

}  // namespace
}  // namespace spoor
