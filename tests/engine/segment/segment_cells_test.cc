#include "engine/segment/segment_cells.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "absl/strings/str_cat.h"
#include "engine/search/search.h"
#include "engine/segment/sketch.h"
#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::IndexedTrip;
using testing::OneIn;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSegmentCellsSeed = 4711;
constexpr int kSegmentCellsWorlds = 60, kBoxes = 40;

// A part of the Earth, and how far its trips go at a step.
struct PartOfEarth {
  Fix middle;
  int32_t spread_e7, step_e7;
};

constexpr int32_t kLon = kMaxLonE7, kLat = kMaxLatE7;
constexpr PartOfEarth kPlaces[] = {
    {{515000000, -1200000}, 300'000, 4'000},       // a city
    {{0, 0}, 3'000'000, 100'000},                  // a country on the equator
    {{-170000000, kLon}, 200'000, 5'000},          // both sides of the antimeridian
    {{kLat, 300000000}, 2'000'000, 30'000},        // the north pole
    {{-kLat, -kLon}, 2'000'000, 30'000},           // the south pole
    {{100000000, 1790000000}, kLat, 900'000'000},  // the Earth
};

int32_t Around(Rng& rng, int32_t spread) {
  return static_cast<int32_t>(rng() % (2 * static_cast<uint64_t>(spread) + 1)) - spread;
}

Fix Moved(const Fix& from, int64_t north_e7, int64_t east_e7) {
  constexpr int64_t kTurn = 2 * int64_t{kMaxLonE7};
  int64_t lon = (from.lon_e7 + east_e7 + kMaxLonE7) % kTurn;
  if (lon < 0) lon += kTurn;
  lon -= kMaxLonE7;
  return {.lat_e7 = static_cast<int32_t>(std::clamp<int64_t>(from.lat_e7 + north_e7, -kLat, kLat)),
          .lon_e7 = static_cast<int32_t>(lon)};
}

std::vector<Fix> RandomLine(Rng& rng, const PartOfEarth& world, uint32_t most) {
  std::vector<Fix> fixes{
      Moved(world.middle, Around(rng, world.spread_e7), Around(rng, world.spread_e7))};
  int64_t north = 0, east = 0;
  for (uint32_t n = Draw(rng, most); n > 0; --n) {
    if (fixes.size() == 1 || OneIn(rng, 5)) {
      north = Around(rng, world.step_e7);
      east = Around(rng, world.step_e7);
    }
    fixes.push_back(Moved(fixes.back(), north + Around(rng, 300), east + Around(rng, 300)));
  }
  return fixes;
}

Box RandomBoxOf(Rng& rng, const PartOfEarth& world) {
  const Fix corner =
      Moved(world.middle, Around(rng, world.spread_e7), Around(rng, world.spread_e7));
  const auto extent = static_cast<uint32_t>(world.spread_e7) >> Draw(rng, 12);
  const Fix other = Moved(corner, Draw(rng, extent + 1), Draw(rng, extent + 1));
  return {corner.lat_e7, corner.lon_e7, other.lat_e7, other.lon_e7};
}

const PartOfEarth& PlaceOf(int i) { return kPlaces[static_cast<size_t>(i) % std::size(kPlaces)]; }

TEST(Sketch, NeverContradictsTheLine) {
  std::map<Passage, int> seen;
  for (int i = 0; i < 10 * kSegmentCellsWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentCellsSeed + i));
    Rng rng(kSegmentCellsSeed + i);
    const std::vector<Fix> line = RandomLine(rng, PlaceOf(i), OneIn(rng, 3) ? 400 : 20);
    const std::string sketch = SketchOf(line);
    for (int j = 0; j < kBoxes; ++j) {
      const Box box = RandomBoxOf(rng, PlaceOf(i));
      const bool meets = Meets(line, box, Relation::kIntersects);
      const Passage passage = PassageOf(sketch, line[0], box);
      ++seen[passage];
      if (passage == Passage::kMayMeet) continue;
      ASSERT_EQ(passage == Passage::kMeets, meets);
    }
  }
  EXPECT_GT(seen[Passage::kMeets], 500);
  EXPECT_GT(seen[Passage::kMisses], 1000);
  EXPECT_LT(seen[Passage::kMayMeet], (seen[Passage::kMeets] + seen[Passage::kMisses]) / 10);
}

TEST(Sketch, HasFewPositionsHoweverTheLineTrembles) {
  Rng rng(kSegmentCellsSeed);
  for (const uint32_t n : {2u, 3u, 50u, 3000u}) {
    std::vector<Fix> line{kPlaces[0].middle};
    while (line.size() < n) line.push_back(Moved(line[0], Around(rng, 9000), Around(rng, 9000)));
    uint32_t positions = 0;
    EXPECT_TRUE(ForEachSketchStep(
        SketchOf(line), line[0],
        [&](const SketchPoint&, const SketchPoint&, int64_t) { return ++positions > 0; }));
    EXPECT_LE(positions, 16 + n / 4);
  }
}

TEST(Sketch, OfDamagedBytesFixesDecide) {
  const std::vector<Fix> line{{0, 0}, {100'000, 100'000}};
  const Box far{500'000'000, 0, 500'100'000, 100'000};
  std::string sketch = SketchOf(line);
  ASSERT_EQ(PassageOf(sketch, line[0], far), Passage::kMisses);
  for (const char log : {char{0}, char{7}, char{25}, char{-1}}) {
    std::string bad = sketch;
    bad[0] = log;
    EXPECT_EQ(PassageOf(bad, line[0], far), Passage::kMayMeet);
  }
  sketch.pop_back();
  EXPECT_EQ(PassageOf(sketch, line[0], far), Passage::kMayMeet);
  EXPECT_EQ(PassageOf(sketch.substr(0, 1), line[0], far), Passage::kMayMeet);
}

TEST(LineCells, AreBoundedHoweverLongTheLine) {
  for (int i = 0; i < kSegmentCellsWorlds; ++i) {
    Rng rng(kSegmentCellsSeed + i);
    const std::vector<Fix> line = RandomLine(rng, PlaceOf(i), 3000);
    const auto n = static_cast<uint32_t>(line.size());
    const std::vector<LineCell> cells = LineCells(SketchOf(line), line[0], n);
    for (size_t c = 0; c < cells.size(); ++c) {
      EXPECT_TRUE(c == 0 || cells[c - 1].key < cells[c].key);
      EXPECT_NE(cells[c].parts, 0);
      EXPECT_TRUE(IsFinest(cells[c].key) || cells[c].parts == kAllParts);
    }
    EXPECT_GE(cells.size(), 1u);
    EXPECT_LE(cells.size(), 2 * (128 + n / 4) + 20);
  }
}

// Some trips of a part of the Earth over some segments, merged again and again.
testing::RandomCollection MakeWorld(Rng& rng, const PartOfEarth& world, const TempDir& dir) {
  testing::RandomCollection c;
  const uint32_t parts = 1 + Draw(rng, 4);
  for (uint32_t p = 0; p < parts; ++p) {
    std::vector<IndexedTrip> prepared;
    for (uint32_t i = Draw(rng, 60); i > 0; --i) {
      const std::string id = absl::StrCat("t", Draw(rng, 100), "-", p, "-", i);
      Trajectory t{.id = TrajectoryId(id),
                   .object = {},
                   .tags = {},
                   .fixes = RandomLine(rng, world, OneIn(rng, 4) ? 200 : 10)};
      c.geometry[id] = std::make_shared<Geometry>(Geometry{t.fixes});
      c.live.push_back(t);
      c.versions[id] = i;
      prepared.push_back(testing::Prepare(std::move(t), c.params, i));
    }
    c.segments.push_back({testing::BuildSegment(prepared), nullptr});
  }
  while (OneIn(rng, 2) && c.segments.size() > 1) testing::MergeTwo(rng, c, dir);
  return c;
}

TEST(SegmentCells, ListWhateverMeetsABox) {
  const TempDir dir;
  uint64_t met = 0, listed = 0, all = 0;
  for (int i = 0; i < 2 * kSegmentCellsWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentCellsSeed + i));
    Rng rng(kSegmentCellsSeed + i);
    testing::RandomCollection c = MakeWorld(rng, PlaceOf(i), dir);
    for (int j = 0; j < kBoxes; ++j) {
      const Box box = RandomBoxOf(rng, PlaceOf(i));
      for (const SegmentView& view : c.segments) {
        const Segment::Arrays& a = view.segment->arrays();
        const std::optional<OrdinalBits> near = NearBox(a, box);
        if (!near) continue;
        all += a.size;
        for (uint32_t o = 0; o < a.size; ++o) {
          listed += near->Has(o);
          if (!Meets(c.geometry.at(std::string(a.id(o)))->fixes, box, Relation::kIntersects))
            continue;
          ++met;
          ASSERT_TRUE(near->Has(o)) << a.id(o);
        }
      }
    }
  }
  EXPECT_GT(met, 5000u);
  EXPECT_LT(listed, 2 * met + all / 10) << "of " << all;
}

// Trips along a street, one in four, and small boxes from one side of it to the other.
TEST(SegmentCells, OfABusyStreetListFewForABoxBesideIt) {
  Rng rng(kSegmentCellsSeed);
  std::vector<IndexedTrip> trips;
  for (int i = 0; i < 2000; ++i) {
    const Fix from = Moved(kPlaces[0].middle, 0, i % 4 == 0 ? 0 : 100'000 * (1 + i % 40));
    std::vector<Fix> fixes;
    for (int32_t step = 0; step < 20; ++step) {  // south to north, 1.7 m to the west or the east
      fixes.push_back(Moved(from, 2000 * step, Around(rng, 250)));
    }
    Trajectory t{
        .id = TrajectoryId(absl::StrCat("t", i)), .object = {}, .tags = {}, .fixes = fixes};
    trips.push_back(testing::Prepare(std::move(t), IndexParams(), static_cast<uint64_t>(i)));
  }
  const auto segment = testing::BuildSegment(trips);
  const auto listed = [&](int32_t east_e7) {
    const Fix corner = Moved(kPlaces[0].middle, 20'000, east_e7);
    const Box box{corner.lat_e7, corner.lon_e7, corner.lat_e7 + 1000, corner.lon_e7 + 1000};
    const std::optional<OrdinalBits> near = NearBox(segment->arrays(), box);
    uint32_t count = 0;
    for (uint32_t o = 0; near && (o = near->Next(o)) < segment->arrays().size; ++o) ++count;
    return near ? count : segment->arrays().size;
  };
  EXPECT_EQ(listed(-500), 500u);
  for (const int32_t far : {-5000, -4000, 3000, 4000, 5000}) EXPECT_EQ(listed(far), 0u) << far;
}

TEST(SegmentCells, AreTheSameHoweverTheSegmentCameTogether) {
  Rng rng(kSegmentCellsSeed);
  std::vector<IndexedTrip> all;
  for (int i = 0; i < 200; ++i) {
    Trajectory t{.id = TrajectoryId(absl::StrCat("t", i)),
                 .object = {},
                 .tags = {},
                 .fixes = RandomLine(rng, kPlaces[0], 50)};
    all.push_back(testing::Prepare(std::move(t), IndexParams(), static_cast<uint64_t>(i)));
  }
  const auto whole = testing::BuildSegment(all);
  std::vector<SegmentView> parts;
  for (size_t i = 0; i < all.size(); i += 50) {
    parts.push_back({testing::BuildSegment({all.begin() + static_cast<ptrdiff_t>(i),
                                            all.begin() + static_cast<ptrdiff_t>(i) + 50}),
                     nullptr});
  }
  const auto merged = MergeInMemory(parts);
  const Segment::Arrays &a = whole->arrays(), &b = merged->arrays();
  ASSERT_EQ(a.cells, b.cells);
  EXPECT_TRUE(std::equal(a.cell, a.cell + a.cells, b.cell));
  EXPECT_TRUE(std::equal(a.cell_start, a.cell_start + a.cells + 1, b.cell_start));
  EXPECT_TRUE(std::equal(a.cell_postings, a.cell_postings + a.cell_bytes, b.cell_postings));
}

TEST(Sketch, FourStepsAtOnceAreTheSumOfFour) {
  Rng rng(kSegmentCellsSeed);
  for (int i = 0; i < 20'000; ++i) {
    std::string bytes;
    for (int j = 0; j < 8; ++j)
      bytes.push_back(static_cast<char>(rng() % (i % 4 == 0 ? 256 : 128)));
    const char *at = bytes.data(), *const end = at + bytes.size();
    FourSteps four;
    const bool fits = ReadFourSteps(at, end, &four);
    ASSERT_EQ(fits, std::none_of(at, end, [](char c) { return (c & 0x80) != 0; }));
    if (!fits) continue;
    FourSteps expected;
    ByteReader in(bytes);
    for (int j = 0; j < 4; ++j) {
      const int64_t north = in.Signed(), east = in.Signed();
      expected.north += north;
      expected.east += east;
      expected.farthest_north += std::abs(north);
      expected.farthest_east += std::abs(east);
    }
    ASSERT_EQ(
        std::tie(four.north, four.east, four.farthest_north, four.farthest_east),
        std::tie(expected.north, expected.east, expected.farthest_north, expected.farthest_east));
    EXPECT_FALSE(ReadFourSteps(at + 1, end, &four)) << "fewer than four";
  }
}

TEST(RangeSearch, IsThatOfBruteForceAllOverTheEarth) {
  const TempDir dir;
  uint64_t found = 0;
  for (int i = 0; i < kSegmentCellsWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentCellsSeed + i));
    Rng rng(kSegmentCellsSeed + i);
    testing::RandomCollection c = MakeWorld(rng, PlaceOf(i), dir);
    for (int j = 0; j < kBoxes; ++j) {
      RangeQuery q;
      q.filter.box = RandomBoxOf(rng, PlaceOf(i));
      q.filter.relation = static_cast<Relation>(Draw(rng, 4));
      q.limit = 1 + Draw(rng, 10);
      if (OneIn(rng, 2)) q.after_id = absl::StrCat("t", Draw(rng, 100));
      const auto page = RangeSegments(c.context(), q);
      ASSERT_TRUE(page.ok()) << page.status();
      const RangeAnswer expected = BruteForceRange(c.live, q);
      ASSERT_EQ(page->ids, expected.ids);
      ASSERT_EQ(page->more, expected.more);
      found += page->ids.size();
    }
  }
  EXPECT_GT(found, 500u);
}

// A street of 500 trips beside a box of 30 m, into which 20 of them turn; elsewhere 4000 that
// stand.
TEST(RangeSearch, JudgesABusyStreetBesideTheBoxAndNothingElse) {
  Rng rng(kSegmentCellsSeed);
  testing::RandomCollection c;
  std::vector<IndexedTrip> prepared;
  const Box box{.south_e7 = 515'003'000, .west_e7 = 0, .north_e7 = 515'006'000, .east_e7 = 4000};
  for (uint32_t i = 0; i < 4500; ++i) {
    const std::string id = absl::StrCat("t", rng() % 1'000'000, "-", i);
    Trajectory t{.id = TrajectoryId(id), .object = {}, .tags = {}, .fixes = {}};
    if (i % 9 != 0) {
      t.fixes.push_back(
          {.lat_e7 = 520'000'000 + Around(rng, 200'000), .lon_e7 = Around(rng, 200'000)});
    } else {
      for (int32_t x = -20'000; x <= 20'000; x += 2000) {
        const bool turns = i % 225 == 0 && x == 2000;
        t.fixes.push_back({.lat_e7 = turns ? 515'004'000 : 515'000'000 + Around(rng, 300),
                           .lon_e7 = x + Around(rng, 300)});
      }
    }
    c.geometry[id] = std::make_shared<Geometry>(Geometry{t.fixes});
    c.live.push_back(t);
    prepared.push_back(testing::Prepare(std::move(t), c.params, i));
  }
  c.segments.push_back({testing::BuildSegment(prepared), nullptr});
  RangeQuery q;
  q.filter.box = box;
  for (const uint32_t limit : {100u, 7u, 1u}) {
    q.limit = limit;
    q.after_id.clear();
    size_t found = 0;
    for (bool more = true; more;) {
      const auto page = RangeSegments(c.context(), q);
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_EQ(page->ids, BruteForceRange(c.live, q).ids);
      EXPECT_LE(page->cost.judged, 500u);
      found += page->ids.size();
      more = page->more;
      if (more) q.after_id = page->ids.back().value();
    }
    EXPECT_EQ(found, 20u);
  }
}

// Streets 1.1 km apart, and boxes of 35 m to 1 km between them and on them.
TEST(RangeSearch, ReadsHardlyAnyRecords) {
  Rng rng(kSegmentCellsSeed);
  testing::RandomCollection c;
  std::vector<IndexedTrip> prepared;
  constexpr int32_t kStreetE7 = 100'000;
  for (uint32_t i = 0; i < 3000; ++i) {
    const std::string id = absl::StrCat("t", i);
    Trajectory t{.id = TrajectoryId(id), .object = {}, .tags = {}, .fixes = {}};
    int32_t x = static_cast<int32_t>(Draw(rng, 20)), y = static_cast<int32_t>(Draw(rng, 20));
    for (uint32_t leg = 0; leg < 10; ++leg) {
      const bool north = OneIn(rng, 2);
      const int32_t way = OneIn(rng, 2) ? 1 : -1;
      for (int32_t s = 0; s < 10; ++s) {  // a fix each 110 m, up to 5 m off
        t.fixes.push_back(
            {.lat_e7 =
                 515'000'000 + y * kStreetE7 + (north ? way * s : 0) * 10'000 + Around(rng, 450),
             .lon_e7 = x * kStreetE7 + (north ? 0 : way * s) * 10'000 + Around(rng, 450)});
      }
      (north ? y : x) += way;
    }
    c.geometry[id] = std::make_shared<Geometry>(Geometry{t.fixes});
    c.live.push_back(t);
    prepared.push_back(testing::Prepare(std::move(t), c.params, i));
  }
  c.segments.push_back({testing::BuildSegment(prepared), nullptr});
  RangeCost between, on;
  for (int j = 0; j < 200; ++j) {
    const auto extent = static_cast<int32_t>(3000 + Draw(rng, 80'000));
    const Fix corner{.lat_e7 = 515'000'000 + static_cast<int32_t>(Draw(rng, 20)) * kStreetE7 + 5000,
                     .lon_e7 = static_cast<int32_t>(Draw(rng, 20)) * kStreetE7 + 5000};
    RangeQuery q;
    q.filter.box = {corner.lat_e7, corner.lon_e7, corner.lat_e7 + extent, corner.lon_e7 + extent};
    const auto nothing = RangeSegments(c.context(), q);
    ASSERT_TRUE(nothing.ok() && nothing->ids.empty());
    between.judged += nothing->cost.judged;
    between.read += nothing->cost.read;
    q.filter.box->south_e7 -= 5000 + extent;
    q.limit = 10'000;
    const auto some = RangeSegments(c.context(), q);
    ASSERT_EQ(some->ids, BruteForceRange(c.live, q).ids);
    on.judged += some->ids.size();
    on.read += some->cost.read;
  }
  EXPECT_EQ(between.read, 0u);
  EXPECT_LT(between.judged, 200u * 3000 / 50) << "it looks at few that run near by";
  EXPECT_GT(on.judged, 1000u);
  EXPECT_LT(on.read, on.judged / 10) << "hits are known from the index too";
}

}  // namespace
}  // namespace spoor
