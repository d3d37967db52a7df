#include "engine/fingerprint/fingerprint.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/fingerprint/cell_path.h"
#include "engine/fingerprint/thin.h"
#include "geo/cell.h"

namespace spoor {
namespace {

constexpr int kFingerprintRounds = 60;
constexpr int kWorstFixes = 1'000'000;
constexpr double kWorstSeconds = 60;  // of a million fixes, in the slowest build

IndexParams Params(int depth, int k, int t, int grids = 2) {
  IndexParams params;
  params.depth = depth;
  params.k = k;
  params.t = t;
  params.grids = grids;
  return params;
}

IndexParams Unsmoothed(IndexParams params) {
  params.smoothing_s = params.smoothing_m = 0;
  return params;
}

const std::vector<IndexParams>& ManyParams() {
  static const auto* params = new std::vector<IndexParams>{Params(34, 2, 4),
                                                           Params(36, 2, 2),
                                                           Params(34, 1, 1),
                                                           Params(35, 3, 6),
                                                           Params(31, 4, 9),
                                                           Params(38, 5, 5),
                                                           Params(42, 16, 64),
                                                           Params(2, 2, 4, 1),
                                                           Params(28, 2, 2),
                                                           Unsmoothed(Params(29, 2, 2)),
                                                           Unsmoothed(Params(33, 3, 6)),
                                                           Unsmoothed(Params(32, 5, 5)),
                                                           PaperParams(),
                                                           CellParams()};
  return *params;
}

std::vector<Geodab> Reversed(std::vector<Fix> fixes, const IndexParams& params) {
  std::ranges::reverse(fixes);
  for (Fix& f : fixes) {
    if (f.has_time()) f.time_ms = -f.time_ms;
  }
  return MakeFingerprint(fixes, params).geodabs;
}

size_t Shared(const std::vector<Geodab>& a, const std::vector<Geodab>& b) {
  std::vector<Geodab> both;
  std::ranges::set_intersection(a, b, std::back_inserter(both));
  return both.size();
}

// A drive of n seconds that turns now and then and trembles.
std::vector<Fix> Drive(unsigned seed, int n, int32_t lat_e7 = 515'000'000,
                       int32_t lon_e7 = -1'000'000) {
  std::mt19937 random(seed);
  std::vector<Fix> fixes;
  double heading = 0.001 * static_cast<double>(random() % 6283);
  double lat = lat_e7, lon = lon_e7;
  for (int i = 0; i < n; ++i) {
    const auto tremble = [&] { return static_cast<double>(random() % 2'000) - 1'000; };
    fixes.push_back(FixFromDegrees((lat + tremble()) / 1e7,
                                   std::remainder((lon + tremble()) / 1e7, 360.0), i * 1000));
    if (random() % 40 == 0) heading += static_cast<double>(random() % 3) - 1;
    lat += 1'000 * std::cos(heading);
    lon += 1'600 * std::sin(heading);
  }
  return fixes;
}

std::vector<Fix> WithoutTimes(std::vector<Fix> fixes) {
  for (Fix& f : fixes) f.time_ms = kNoTime;
  return fixes;
}

// ---- Form ----

void ExpectWellFormed(const Fingerprint& fp, size_t fixes) {
  EXPECT_TRUE(std::ranges::is_sorted(fp.geodabs));
  EXPECT_EQ(std::ranges::adjacent_find(fp.geodabs), fp.geodabs.end());
  std::vector<Geodab> selected;
  for (const Occurrence& o : fp.occurrences) {
    EXPECT_LE(o.from, o.to);
    EXPECT_LT(o.to, fixes);
    selected.push_back(o.geodab);
  }
  std::ranges::sort(selected);
  selected.erase(std::unique(selected.begin(), selected.end()), selected.end());
  EXPECT_EQ(selected, fp.geodabs);
}

TEST(Fingerprint, IsWellFormedAndTheSameEachTime) {
  for (unsigned seed = 0; seed < kFingerprintRounds; ++seed) {
    const std::vector<Fix> fixes = Drive(seed, 1 + static_cast<int>(seed) * 3);
    for (const IndexParams& params : ManyParams()) {
      const Fingerprint fp = MakeFingerprint(fixes, params);
      ExpectWellFormed(fp, fixes.size());
      EXPECT_EQ(fp, MakeFingerprint(fixes, params)) << "seed " << seed;
      EXPECT_TRUE(!fp.geodabs.empty() || params.scheme != Scheme::kV2) << "seed " << seed;
    }
  }
}

TEST(Fingerprint, OccurrencesFollowTheWayInEachGrid) {
  const Fingerprint fp = MakeFingerprint(Drive(7, 900), IndexParams());
  int backward_steps = 0;
  for (size_t i = 1; i < fp.occurrences.size(); ++i) {
    backward_steps += fp.occurrences[i].from < fp.occurrences[i - 1].from;
  }
  EXPECT_EQ(backward_steps, 1);  // where the second grid begins
}

TEST(Fingerprint, PrefixIsAPlaceOnTheWay) {
  const std::vector<Fix> fixes = Drive(3, 900);
  const IndexParams params = Params(34, 2, 4, 1);
  for (const Occurrence& o : MakeFingerprint(fixes, params).occurrences) {
    bool found = false;
    for (uint32_t i = o.from; i <= o.to; ++i) {
      found |= ZPrefix(Grid{.depth = 34}.At(ToWorld(fixes[i])), 34) == o.geodab >> 32;
    }
    EXPECT_TRUE(found) << o.from << " " << o.to;
  }
}

TEST(Fingerprint, PrefixOfCoarseCellsIsPaddedWithZeros) {
  for (const Geodab g : MakeFingerprint(Drive(3, 900), Params(20, 1, 1)).geodabs) {
    EXPECT_EQ(g >> 32 & 0xfff, 0u);
  }
}

// ---- Laws ----

// What a run of cells gives under v2, through a path of fixes at the middles of the cells.
std::vector<Fix> Through(const std::vector<Cell>& cells, int depth) {
  const Grid grid{.depth = depth};
  std::vector<Fix> fixes;
  for (const Cell& c : cells) {
    fixes.push_back(FixFromDegrees(grid.MiddleLatDeg(c), grid.MiddleLonDeg(c),
                                   static_cast<int64_t>(fixes.size()) * 60'000));
  }
  return fixes;
}

// n steps to the north or east from a start; never back, so nothing is taken for trembling.
void Append(std::mt19937& random, int n, std::vector<Cell>& cells) {
  for (int i = 0; i < n; ++i) {
    Cell next = cells.back();
    ++(random() % 2 == 0 ? next.column : next.row);
    cells.push_back(next);
  }
}

TEST(Fingerprint, ASharedRunOfTCellsSharesAGeodab) {
  for (const auto& [k, t] : {std::pair{2, 4}, {1, 3}, {2, 2}, {3, 6}, {6, 12}, {5, 64}}) {
    for (const Scheme scheme : {Scheme::kV2, Scheme::kPaper}) {
      for (unsigned seed = 0; seed < 40; ++seed) {
        std::mt19937 random(seed);
        std::vector<Cell> a{{65'000 + static_cast<uint32_t>(random() % 9), 100'000}};
        std::vector<Cell> b{{65'200, 100'010}};
        const Cell common{65'400, 100'400};
        Append(random, static_cast<int>(random() % 20), a);
        Append(random, static_cast<int>(random() % 20), b);
        std::vector<Cell> shared{common};
        Append(random, t - 1, shared);
        for (std::vector<Cell>* way : {&a, &b}) {
          const size_t before = way->size();
          way->insert(way->end(), shared.begin(), shared.end());
          (*way)[before - 1].column -= 300;  // a step from far away into the shared run
          Append(random, static_cast<int>(random() % 20), *way);
        }
        IndexParams params = scheme == Scheme::kPaper ? PaperParams() : Params(34, k, t, 1);
        params.depth = 34;
        params.k = k;
        params.t = t;
        const auto fp_a = MakeFingerprint(Through(a, 34), params).geodabs;
        const auto fp_b = MakeFingerprint(Through(b, 34), params).geodabs;
        EXPECT_GE(Shared(fp_a, fp_b), 1u) << k << "/" << t << " seed " << seed;
      }
    }
  }
}

TEST(Fingerprint, BackwardsIsTheOtherStrand) {
  for (const IndexParams& params : ManyParams()) {
    if (!HasStrand(params)) continue;
    for (unsigned seed = 0; seed < kFingerprintRounds / 3; ++seed) {
      for (const int32_t lat_e7 : {515'000'000, -899'990'000}) {
        std::vector<Fix> fixes = Drive(seed, 250, lat_e7, 1'799'900'000);
        if (seed % 3 == 0) fixes = WithoutTimes(fixes);
        if (seed % 4 == 0) {  // and the same way back again
          for (size_t i = fixes.size(); i-- > 0;) {
            Fix f = fixes[i];
            if (f.has_time()) f.time_ms = fixes.back().time_ms + 1000;
            fixes.push_back(f);
          }
        }
        const std::vector<Geodab> there = MakeFingerprint(fixes, params).geodabs;
        EXPECT_EQ(Reversed(fixes, params), FlipStrand(there)) << "seed " << seed;
      }
    }
  }
}

TEST(Fingerprint, TheOppositeDirectionSharesNothing) {
  const std::vector<Fix> fixes = Drive(5, 900);
  for (const IndexParams& params : {IndexParams(), PaperParams()}) {
    EXPECT_EQ(Shared(MakeFingerprint(fixes, params).geodabs, Reversed(fixes, params)), 0u);
  }
}

TEST(Fingerprint, CellsAndSingleCellGramsKnowNoDirection) {
  const std::vector<Fix> fixes = Drive(5, 900);
  for (const IndexParams& params : {CellParams(), Params(34, 1, 1)}) {
    EXPECT_FALSE(HasStrand(params));
    EXPECT_EQ(MakeFingerprint(fixes, params).geodabs, Reversed(fixes, params));
  }
}

TEST(Fingerprint, FlippingTwiceIsNothing) {
  const std::vector<Geodab> geodabs = MakeFingerprint(Drive(5, 900), IndexParams()).geodabs;
  const std::vector<Geodab> flipped = FlipStrand(geodabs);
  EXPECT_TRUE(std::ranges::is_sorted(flipped));
  EXPECT_NE(flipped, geodabs);
  EXPECT_EQ(FlipStrand(flipped), geodabs);
  EXPECT_EQ(FlipStrand({4, 5, 7, 8}), (std::vector<Geodab>{4, 5, 6, 9}));
}

TEST(Fingerprint, ARecordingEveryFifteenSecondsGivesTheSameAsEverySecond) {
  for (unsigned seed = 0; seed < kFingerprintRounds; ++seed) {
    std::mt19937 random(seed);
    const auto dlat = static_cast<int32_t>(random() % 2'000) - 1'000;
    const auto dlon = static_cast<int32_t>(random() % 3'000) - 1'500;
    std::vector<Fix> dense, sparse;
    for (int i = 0; i <= 600; ++i) {
      dense.push_back({515'000'000 + i * dlat, -1'000'000 + i * dlon, i * 1000});
      if (i % 15 == 0) sparse.push_back(dense.back());
    }
    EXPECT_EQ(MakeFingerprint(dense, IndexParams()).geodabs,
              MakeFingerprint(sparse, IndexParams()).geodabs)
        << "seed " << seed;
  }
}

TEST(Fingerprint, WithoutSmoothingBeginAndEndAreMarked) {
  const IndexParams params = Unsmoothed(Params(34, 2, 2, 1));
  const std::vector<Cell> cells = {{65'400, 100'400}, {65'401, 100'400}, {65'402, 100'400},
                                   {65'403, 100'400}, {65'404, 100'400}, {65'405, 100'400}};
  const std::vector<Fix> fixes = Through(cells, 34);
  const Fingerprint marked = MakeFingerprint(fixes, params);
  const Fingerprint open = MakeFingerprint(fixes, params, Ends::kOpen);
  EXPECT_EQ(open.geodabs.size(), 5u);
  EXPECT_EQ(marked.geodabs.size(), 7u);
  EXPECT_EQ(Shared(marked.geodabs, open.geodabs), 5u);
  EXPECT_EQ(std::pair(marked.occurrences[0].from, marked.occurrences[0].to), std::pair(0u, 0u));
  EXPECT_EQ(marked.occurrences[0].geodab >> 32, ZPrefix(cells[0], 34));
  EXPECT_EQ(marked.occurrences.back().geodab >> 32, ZPrefix(cells[5], 34));
}

TEST(Fingerprint, WithOpenEndsAPartIsContainedInTheWhole) {
  const IndexParams params = Unsmoothed(Params(30, 2, 2));
  for (unsigned seed = 0; seed < kFingerprintRounds; ++seed) {
    const std::vector<Fix> fixes = Drive(seed, 900);
    std::vector<Fix> minutes;
    for (size_t i = 0; i < fixes.size(); i += 60) minutes.push_back(fixes[i]);
    const TrajectoryView part = TrajectoryView(minutes).subspan(3, 8);
    const auto asked = MakeFingerprint(part, params, Ends::kOpen).geodabs;
    const auto whole = MakeFingerprint(minutes, params).geodabs;
    if (asked.size() < 4) continue;  // too short a way: grams of their own
    EXPECT_EQ(Shared(asked, whole), asked.size()) << "seed " << seed;
  }
}

TEST(Fingerprint, WithoutSmoothingATurnAtAFixStays) {
  // A minute between fixes: into a side street and back.
  const std::vector<Fix> fixes =
      Through({{65'400, 100'400}, {65'401, 100'400}, {65'400, 100'400}}, 34);
  const IndexParams params = Unsmoothed(Params(34, 2, 2, 1));
  EXPECT_EQ(MakeFingerprint(fixes, params, Ends::kOpen).occurrences.size(), 2u);
}

TEST(Fingerprint, TremblingAtAStandDoesNotShow) {
  std::vector<Fix> steady = Drive(11, 300), waiting;
  std::mt19937 random(1);
  int64_t late_ms = 0;
  for (size_t i = 0; i < steady.size(); ++i) {
    Fix f = steady[i];
    f.time_ms += late_ms;
    waiting.push_back(f);
    if (i % 60 != 30) continue;
    for (int wait = 0; wait < 120; ++wait) {  // two minutes at a light
      late_ms += 1000;
      f.time_ms += 1000;
      f.lat_e7 = steady[i].lat_e7 + static_cast<int32_t>(random() % 400) - 200;
      f.lon_e7 = steady[i].lon_e7 + static_cast<int32_t>(random() % 600) - 300;
      waiting.push_back(f);
    }
  }
  const auto a = MakeFingerprint(steady, IndexParams()).geodabs;
  const auto b = MakeFingerprint(waiting, IndexParams()).geodabs;
  EXPECT_GE(static_cast<double>(Shared(a, b)),
            0.8 * static_cast<double>(std::max(a.size(), b.size())));
}

// ---- Edges ----

TEST(Fingerprint, OneFixIsFoundAgain) {
  const std::vector<Fix> one = {{515'000'000, -1'000'000, 0}};
  const Fingerprint fp = MakeFingerprint(one, IndexParams());
  EXPECT_EQ(fp.geodabs.size(), 4u);  // both strands in both grids
  EXPECT_EQ(FlipStrand(fp.geodabs), fp.geodabs);
  for (const Occurrence& o : fp.occurrences) EXPECT_EQ(std::pair(o.from, o.to), std::pair(0u, 0u));
}

TEST(Fingerprint, EqualFixesAreOneFix) {
  const std::vector<Fix> one = {{515'000'000, -1'000'000, 0}};
  std::vector<Fix> many;
  for (int i = 0; i < 50; ++i) many.push_back({515'000'000, -1'000'000, i * 1000});
  std::vector<Fix> at_once(50, one[0]);
  const auto wanted = MakeFingerprint(one, IndexParams()).geodabs;
  EXPECT_EQ(MakeFingerprint(many, IndexParams()).geodabs, wanted);
  EXPECT_EQ(MakeFingerprint(at_once, IndexParams()).geodabs, wanted);
  EXPECT_EQ(MakeFingerprint(WithoutTimes(many), IndexParams()).geodabs, wanted);
  EXPECT_EQ(MakeFingerprint(many, IndexParams()).occurrences[0].to, 49u);
}

TEST(Fingerprint, ShortWaysDoNotMeetPartsOfLongOnes) {
  const IndexParams params = Params(34, 4, 6, 1);
  const std::vector<Cell> cells = {{65'400, 100'400}, {65'401, 100'400}, {65'402, 100'400},
                                   {65'403, 100'400}, {65'404, 100'400}, {65'405, 100'400}};
  const std::vector<Fix> fixes = Through(cells, 34);
  const auto whole = MakeFingerprint(fixes, params).geodabs;
  for (size_t n = 1; n < 4; ++n) {
    const auto part = MakeFingerprint(TrajectoryView(fixes).subspan(0, n), params).geodabs;
    EXPECT_EQ(part.size(), n == 1 ? 2u : 1u);  // one cell has both directions
    EXPECT_EQ(Shared(part, whole), 0u);
  }
}

TEST(Fingerprint, FewerThanTCellsGiveTheLeastOfWhatThereIs) {
  const IndexParams params = Params(34, 2, 12, 1);
  const std::vector<Cell> cells = {{65'400, 100'400},
                                   {65'401, 100'400},
                                   {65'402, 100'400},
                                   {65'402, 100'401},
                                   {65'403, 100'401}};
  EXPECT_EQ(MakeFingerprint(Through(cells, 34), params).geodabs.size(), 1u);
}

TEST(Fingerprint, ThePaperFindsNothingBelowTCells) {
  std::vector<Cell> cells{{65'400, 100'400}};
  std::mt19937 random(1);
  Append(random, 10, cells);
  IndexParams params = PaperParams();
  params.depth = 34;
  EXPECT_TRUE(MakeFingerprint(Through(cells, 34), params).geodabs.empty());  // 11 cells
  Append(random, 1, cells);
  EXPECT_FALSE(MakeFingerprint(Through(cells, 34), params).geodabs.empty());
}

TEST(Fingerprint, TheAntimeridianIsNoEdge) {
  // The same drive across it and 1/64 of the way round from it, a whole number of cells: as many
  // grams.
  const int32_t shift_e7 = 56'250'000;
  std::vector<Fix> across, beside;
  for (int i = 0; i < 200; ++i) {
    const int64_t lon_e7 = 1'799'800'000 + int64_t{i} * 2'000;
    const int64_t wrapped_e7 = lon_e7 > kMaxLonE7 ? lon_e7 - 2 * int64_t{kMaxLonE7} : lon_e7;
    across.push_back({100'000'000, static_cast<int32_t>(wrapped_e7), i * 1000});
    beside.push_back({100'000'000, static_cast<int32_t>(lon_e7 - shift_e7), i * 1000});
  }
  const Fingerprint a = MakeFingerprint(across, Params(34, 2, 2));
  const Fingerprint b = MakeFingerprint(beside, Params(34, 2, 2));
  ASSERT_EQ(a.occurrences.size(), b.occurrences.size());
  for (size_t i = 0; i < a.occurrences.size(); ++i) {
    EXPECT_EQ(a.occurrences[i].from, b.occurrences[i].from);
    EXPECT_EQ(a.occurrences[i].to, b.occurrences[i].to);
  }
}

TEST(Fingerprint, LongitudeOneEightyIsOnePlace) {
  const std::vector<Fix> east = {{0, kMaxLonE7, 0}}, west = {{0, -kMaxLonE7, 0}};
  for (const IndexParams& params : ManyParams()) {
    EXPECT_EQ(MakeFingerprint(east, params).geodabs, MakeFingerprint(west, params).geodabs);
  }
}

TEST(Fingerprint, PolesHaveCells) {
  for (const int32_t lat_e7 : {kMaxLatE7, -kMaxLatE7}) {
    std::vector<Fix> fixes;  // over the pole and down the other side
    for (int i = -50; i <= 50; ++i) {
      const int32_t away_e7 = std::abs(i) * 2'000;
      fixes.push_back({lat_e7 > 0 ? lat_e7 - away_e7 : lat_e7 + away_e7,
                       i < 0 ? 100'000'000 : -1'700'000'000, (i + 50) * 1000});
    }
    for (const IndexParams& params : ManyParams()) {
      const Fingerprint fp = MakeFingerprint(fixes, params);
      ExpectWellFormed(fp, fixes.size());
      EXPECT_FALSE(fp.geodabs.empty() && params.scheme == Scheme::kV2);
    }
  }
}

TEST(Fingerprint, CornersOfTheWorldAreWellFormed) {
  std::vector<Fix> corners;
  for (const int32_t lat_e7 : {-kMaxLatE7, 0, kMaxLatE7}) {
    for (const int32_t lon_e7 : {-kMaxLonE7, -1, 0, 1, kMaxLonE7}) {
      corners.push_back({lat_e7, lon_e7, static_cast<int64_t>(corners.size()) * 1'000'000});
    }
  }
  std::vector<IndexParams> all = ManyParams();
  all.push_back(Params(60, 16, 64));
  for (const IndexParams& params : all) {
    ExpectWellFormed(MakeFingerprint(corners, params), corners.size());
    ExpectWellFormed(MakeFingerprint(WithoutTimes(corners), params), corners.size());
  }
}

TEST(Fingerprint, NoGramSpansAGap) {
  std::vector<Fix> fixes = Drive(2, 600);
  for (size_t i = 300; i < fixes.size(); ++i) fixes[i].time_ms += 3'600'000;
  for (const Occurrence& o : MakeFingerprint(fixes, IndexParams()).occurrences) {
    EXPECT_TRUE(o.to < 300 || o.from >= 300) << o.from << " " << o.to;
  }
}

TEST(Fingerprint, RoundsGiveTheSameGeodabsAgain) {
  // Laps around a block of 20 x 20 cells.
  std::vector<Cell> cells;
  for (int lap = 0; lap < 3; ++lap) {
    for (uint32_t i = 0; i < 20; ++i) cells.push_back({65'400 + i, 100'400});
    for (uint32_t i = 0; i < 20; ++i) cells.push_back({65'420, 100'400 + i});
    for (uint32_t i = 0; i < 20; ++i) cells.push_back({65'420 - i, 100'420});
    for (uint32_t i = 0; i < 20; ++i) cells.push_back({65'400, 100'420 - i});
  }
  const std::vector<Fix> fixes = Through(cells, 34);
  const IndexParams params = Params(34, 2, 4, 1);
  const Fingerprint two = MakeFingerprint(TrajectoryView(fixes).subspan(0, 162), params);
  const Fingerprint three = MakeFingerprint(fixes, params);
  EXPECT_EQ(two.geodabs, three.geodabs);
  EXPECT_GT(three.occurrences.size(), 2 * three.geodabs.size());
}

TEST(Fingerprint, AFarTripHasBoundedGeodabsAndSharesThem) {
  IndexParams params;
  params.max_gap_m = 1'000'000;
  params.max_speed_mps = 0;
  params.smoothing_m = 0;
  std::vector<Fix> flight;
  for (int i = 0; i <= 400; ++i) flight.push_back({400'000'000 + 100'000 * i, 250'000 * i});
  const Fingerprint whole = MakeFingerprint(flight, params);
  EXPECT_LE(whole.geodabs.size(), kMostGeodabs);
  EXPECT_GT(whole.geodabs.size(), kMostGeodabs - 10);
  for (const Occurrence& o : whole.occurrences) {
    EXPECT_TRUE(std::ranges::binary_search(whole.geodabs, o.geodab));
  }
  std::vector<Fix> back = flight;
  std::reverse(back.begin(), back.end());
  EXPECT_EQ(MakeFingerprint(back, params).geodabs, FlipStrand(whole.geodabs));
  const std::vector<Fix> most(flight.begin(), flight.begin() + 360);
  std::vector<Geodab> shared;
  std::ranges::set_intersection(whole.geodabs, MakeFingerprint(most, params).geodabs,
                                std::back_inserter(shared));
  EXPECT_GT(shared.size(), kMostGeodabs * 8 / 10);
}

TEST(Fingerprint, AMillionFixesTakeBoundedTimeWhateverTheyAre) {
  std::vector<Fix> fixes;
  for (int i = 0; i < kWorstFixes;
       ++i) {  // to and fro as far as no gap is seen, at the finest depth
    fixes.push_back({i % 2 == 0 ? 0 : 1'790'000, i % 3 * 1'000, i * 400'000ll});
  }
  const auto start = std::chrono::steady_clock::now();
  const Fingerprint fp = MakeFingerprint(fixes, Params(60, 16, 64));
  EXPECT_LT(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
            kWorstSeconds);
  EXPECT_FALSE(fp.geodabs.empty());
}

// ---- Drift ----

// tests/golden/fingerprints.txt, one vector a line: parameters | fixes | what comes out.
//   scheme depth k t grids smoothing_s prefix : lat_e7 lon_e7 time_ms, ... | geodab from to, ...
TEST(Fingerprint, TestVectorsDoNotDrift) {
  std::ifstream in(std::string(SPOOR_GOLDEN_DIR) + "/fingerprints.txt");
  ASSERT_TRUE(in) << "tests/golden/fingerprints.txt is missing";
  int rows = 0;
  for (std::string line; std::getline(in, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream row(line);
    std::string scheme, prefix, mark;
    IndexParams params;
    row >> scheme >> params.depth >> params.k >> params.t >> params.grids >> params.smoothing_s >>
        prefix >> mark;
    if (params.smoothing_s == 0) params.smoothing_m = 0;
    ASSERT_TRUE(SchemeFromName(scheme, &params.scheme)) << line;
    params.prefix = prefix == "cover" ? Prefix::kCover : Prefix::kCentroid;
    std::vector<Fix> fixes;
    while (mark != "|" || fixes.empty()) {
      std::string lat, lon, time;
      ASSERT_TRUE(row >> lat >> lon >> time >> mark) << line;
      fixes.push_back({std::stoi(lat), std::stoi(lon), time == "-" ? kNoTime : std::stoll(time)});
    }
    std::ostringstream actual;
    for (const Occurrence& o : MakeFingerprint(fixes, params).occurrences) {
      actual << ' ' << std::hex << o.geodab << std::dec << ' ' << o.from << ' ' << o.to;
    }
    std::string wanted;
    std::getline(row, wanted);
    EXPECT_EQ(actual.str(), wanted) << line;
    ++rows;
  }
  EXPECT_GE(rows, 10);
}

}  // namespace
}  // namespace spoor
