#include "engine/segment/segment.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>

#include "absl/strings/escaping.h"
#include "engine/segment/segment_cells.h"
#include "engine/segment/segment_format.h"
#include "engine/segment/sketch.h"
#include "engine/store/crc32c.h"
#include "tests/engine/random_collection.h"

namespace spoor {
namespace {

using testing::BuildSegment;
using testing::Draw;
using testing::IndexedTrip;
using testing::OneIn;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSegmentSeed = 7;
constexpr int kSegmentRounds = 60;
constexpr int kHostileRounds = 4000;

// A trajectory of a made-up fingerprint: `distinct` geodabs of a small world, some of them twice.
IndexedTrip MakePrepared(Rng& rng, uint32_t number, uint32_t distinct) {
  IndexedTrip p{.trajectory = testing::RandomTrajectory(
                    rng, absl::StrCat("id", number),
                    {.min_trajectories = 0, .max_trajectories = 0, .max_fixes = 9, .routes = 0}),
                .summary = {},
                .fingerprint = {},
                .version = rng()};
  p.summary = Summarise(p.trajectory.view());
  std::set<Geodab> set;
  while (set.size() < distinct) {
    const uint64_t prefix = OneIn(rng, 9) ? 0xFFFFFFFF : Draw(rng, 12);
    const uint64_t suffix = OneIn(rng, 9) ? 0xFFFFFFFF : Draw(rng, 40);
    set.insert(prefix << 32 | suffix);
  }
  p.fingerprint.geodabs.assign(set.begin(), set.end());
  p.fingerprint.fine = Draw(rng, static_cast<uint32_t>(set.size() + 1));
  for (int twice = 0; twice < 2; ++twice) {
    uint32_t from = 0;
    for (const Geodab g : set) {
      from = OneIn(rng, 5) ? Draw(rng, 5) : from + Draw(rng, 300);
      if (twice == 0 || OneIn(rng, 3)) {
        p.fingerprint.occurrences.push_back({g, from, from + Draw(rng, 3)});
      }
    }
  }
  return p;
}

std::vector<IndexedTrip> MakeMany(Rng& rng, uint32_t first, uint32_t count) {
  std::vector<IndexedTrip> out;
  for (uint32_t i = 0; i < count; ++i) out.push_back(MakePrepared(rng, first + i, Draw(rng, 30)));
  return out;
}

// Every trajectory is in one group of each level, and in the boxes that the group tells of.
void ExpectGroupsHold(const Segment& segment) {
  const Segment::Arrays& a = segment.arrays();
  const GroupLevels levels(a.size);
  std::set<uint32_t> seen;
  for (uint32_t i = 0; i < a.size; ++i) {
    const uint32_t o = a.grouped[i];
    EXPECT_TRUE(seen.insert(o).second) << o;
    const EndPoints& e = a.ends[o];
    uint32_t size = kGroupSize;
    for (uint32_t level = 0; level < levels.levels; ++level, size *= kGroupFan) {
      ASSERT_LT(i / size, levels.count[level]);
      const Group& g = a.groups[levels.first[level] + i / size];
      EXPECT_TRUE(g.cover.Contains(a.box[o]));
      const Fix start{e.start_lat_e7, e.start_lon_e7}, end{e.end_lat_e7, e.end_lon_e7};
      EXPECT_TRUE(BoxOf(g.starts, g.cover).Contains(start));
      EXPECT_TRUE(BoxOf(g.ends, g.cover).Contains(end));
      EXPECT_LE(g.fixes, a.fixes[o]);
      const uint32_t parts = PartsOf(a.fixes[o]);
      for (uint32_t p = 0; p < Outline::kMaxParts; ++p) {
        const Box part = BoxOf(a.outline[o].parts[p * parts / Outline::kMaxParts], a.box[o]);
        EXPECT_TRUE(BoxOf(g.outline.parts[p], g.cover).Contains(part));
      }
    }
  }
  EXPECT_EQ(levels.levels == 0 ? 0 : levels.count[levels.levels - 1], a.size == 0 ? 0 : 1u);
}

// Everything a segment says is what its trajectories say.
void ExpectHolds(const Segment& segment, const std::vector<const IndexedTrip*>& expected) {
  ASSERT_EQ(segment.size(), expected.size());
  std::map<Geodab, std::vector<uint32_t>> postings;
  for (const IndexedTrip* p : expected) {
    const SegmentEntry e = p->entry();
    const auto o = segment.Find(e.home, e.id);
    ASSERT_TRUE(o.has_value()) << e.id;
    EXPECT_EQ(segment.home(*o), e.home);
    EXPECT_EQ(segment.id(*o), e.id);
    EXPECT_EQ(segment.version(*o), e.version);
    EXPECT_EQ(segment.summary(*o), *e.summary);
    EXPECT_EQ(segment.arrays().outline[*o], e.outline);
    EXPECT_EQ(segment.arrays().sketch(*o), e.sketch);
    EXPECT_EQ(segment.object(*o), e.object);
    EXPECT_EQ(segment.tags(*o), *e.tags);
    EXPECT_EQ(segment.occurrences(*o), e.fingerprint->occurrences);
    std::vector<Geodab> geodabs;
    for (const uint32_t term : segment.forward(*o)) geodabs.push_back(segment.geodab(term));
    EXPECT_EQ(geodabs, e.fingerprint->geodabs);
    for (const Geodab g : geodabs) postings[g].push_back(*o);
  }
  EXPECT_EQ(segment.dictionary_size(), postings.size());
  uint32_t term = 0;
  uint64_t count = 0;
  for (auto& [geodab, ordinals] : postings) {
    std::sort(ordinals.begin(), ordinals.end());
    uint32_t found_term = 0;
    const auto found = segment.Postings(geodab, &found_term);
    EXPECT_EQ(std::vector<uint32_t>(found.begin(), found.end()), ordinals);
    EXPECT_EQ(found_term, term++);
    EXPECT_EQ(segment.geodab(found_term), geodab);
    count += ordinals.size();
  }
  EXPECT_EQ(segment.postings_count(), count);
  ExpectGroupsHold(segment);
  for (uint32_t o = 1; o < segment.size(); ++o) {
    EXPECT_LT(std::pair(segment.home(o - 1), segment.id(o - 1)),
              std::pair(segment.home(o), segment.id(o)));
  }
}

std::vector<const IndexedTrip*> Pointers(const std::vector<IndexedTrip>& all) {
  std::vector<const IndexedTrip*> out;
  for (const IndexedTrip& p : all) out.push_back(&p);
  return out;
}

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

std::string FileOf(const std::vector<IndexedTrip>& trajectories) {
  const TempDir dir;
  const std::string path = dir.path() + "/a.seg";
  const SegmentView view{.segment = BuildSegment(trajectories), .deleted = nullptr};
  const auto written = MergeToFile({&view, 1}, path);
  EXPECT_TRUE(written.ok()) << written.status();
  return ReadFile(path);
}

absl::StatusCode CodeOf(std::string bytes) {
  return Segment::FromBytes(std::move(bytes)).status().code();
}

TEST(Segment, HoldsWhatItWasBuiltFrom) {
  for (int i = 0; i < kSegmentRounds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentSeed + i));
    Rng rng(kSegmentSeed + i);
    const std::vector<IndexedTrip> all = MakeMany(rng, 0, i < 3 ? i : Draw(rng, 400));
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(*BuildSegment(all), Pointers(all)));
  }
}

TEST(Segment, FindsNothingThatIsNotThere) {
  Rng rng(kSegmentSeed);
  const std::vector<IndexedTrip> all = MakeMany(rng, 0, 20);
  const auto segment = BuildSegment(all);
  const SegmentEntry e = all[0].entry();
  EXPECT_FALSE(segment->Find(e.home, "other"));
  EXPECT_FALSE(segment->Find(e.home + 1, e.id));
  uint32_t term = 0;
  EXPECT_TRUE(segment->Postings(Geodab{20} << 32, &term).empty());
  EXPECT_TRUE(segment->Postings(Geodab{1} << 32 | 50, &term).empty());
}

TEST(Segment, MergeHoldsWhatLivesInItsInputs) {
  const TempDir dir;
  for (int i = 0; i < kSegmentRounds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSegmentSeed + i));
    Rng rng(kSegmentSeed + i);
    std::vector<std::vector<IndexedTrip>> parts(Draw(rng, 5));
    std::vector<SegmentView> views;
    std::vector<const IndexedTrip*> live;
    uint32_t number = 0;
    for (auto& part : parts) {
      part = MakeMany(rng, number, Draw(rng, 150));
      number += static_cast<uint32_t>(part.size());
      SegmentView view{.segment = BuildSegment(part), .deleted = nullptr};
      auto deleted = std::make_shared<OrdinalSet>();
      const bool all = OneIn(rng, 5);
      for (const IndexedTrip& p : part) {
        if (OneIn(rng, 3) || all) {
          deleted->Add(*view.segment->Find(p.entry().home, p.entry().id));
        } else {
          live.push_back(&p);
        }
      }
      if (!deleted->empty()) view.deleted = deleted;
      EXPECT_EQ(view.live(), part.size() - deleted->size());
      views.push_back(view);
    }
    const auto merged = MergeInMemory(views);
    EXPECT_FALSE(merged->mapped());
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(*merged, live));
    const std::string path = absl::StrCat(dir.path(), "/", i, ".seg");
    const auto file = MergeToFile(views, path);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_TRUE((*file)->mapped());
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(**file, live));
    const auto again = Segment::FromBytes(ReadFile(path));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_EQ((*again)->bytes(), std::filesystem::file_size(path));
    ASSERT_NO_FATAL_FAILURE(ExpectHolds(**again, live));
  }
}

TEST(Segment, FileIsTheSameHoweverItCameTogether) {
  Rng rng(kSegmentSeed);
  const std::vector<IndexedTrip> all = MakeMany(rng, 0, 90);
  const std::vector<IndexedTrip> a(all.begin(), all.begin() + 20), b(all.begin() + 20, all.end());
  const std::vector<SegmentView> views = {{BuildSegment(b), nullptr}, {BuildSegment(a), nullptr}};
  const TempDir dir;
  ASSERT_TRUE(MergeToFile(views, dir.path() + "/ab.seg").ok());
  EXPECT_EQ(ReadFile(dir.path() + "/ab.seg"), FileOf(all));
}

TEST(Segment, OpenTellsMissingFromDamaged) {
  const TempDir dir;
  EXPECT_EQ(Segment::Open(dir.path() + "/none.seg").status().code(), absl::StatusCode::kNotFound);
  std::ofstream(dir.path() + "/empty.seg");
  EXPECT_EQ(Segment::Open(dir.path() + "/empty.seg").status().code(), absl::StatusCode::kDataLoss);
  std::ofstream(dir.path() + "/text.seg") << std::string(5000, 'x');
  EXPECT_EQ(Segment::Open(dir.path() + "/text.seg").status().code(), absl::StatusCode::kDataLoss);
}

TEST(Segment, MergeToFileLeavesNothingBehindWhenItFails) {
  const TempDir dir;
  Rng rng(kSegmentSeed);
  const SegmentView view{.segment = BuildSegment(MakeMany(rng, 0, 5)), .deleted = nullptr};
  EXPECT_EQ(MergeToFile({&view, 1}, dir.path() + "/no/such.seg").status().code(),
            absl::StatusCode::kInternal);
  std::filesystem::create_directory(dir.path() + "/taken.seg");  // cannot be renamed over
  EXPECT_EQ(MergeToFile({&view, 1}, dir.path() + "/taken.seg").status().code(),
            absl::StatusCode::kInternal);
  EXPECT_FALSE(std::filesystem::exists(dir.path() + "/taken.seg.tmp"));
}

TEST(Segment, EveryFlippedBitIsDataLoss) {
  Rng rng(kSegmentSeed);
  const std::string good = FileOf(MakeMany(rng, 0, 3));
  ASSERT_EQ(CodeOf(good), absl::StatusCode::kOk);
  for (size_t bit = 0; bit < 8 * good.size(); ++bit) {
    std::string bad = good;
    bad[bit / 8] ^= static_cast<char>(1 << bit % 8);
    ASSERT_EQ(CodeOf(bad), absl::StatusCode::kDataLoss) << "bit " << bit;
  }
}

TEST(Segment, EveryCutIsDataLoss) {
  Rng rng(kSegmentSeed);
  const std::string good = FileOf(MakeMany(rng, 0, 3));
  for (size_t n = 0; n < good.size(); ++n) {
    ASSERT_EQ(CodeOf(good.substr(0, n)), absl::StatusCode::kDataLoss) << n << " bytes";
  }
  EXPECT_EQ(CodeOf(good + std::string(8, '\0')), absl::StatusCode::kDataLoss);
}

// Uses everything a segment offers.
uint64_t ReadAll(const Segment& s) {
  uint64_t sum = 0;
  for (uint32_t o = 0; o < s.size(); ++o) {
    sum += s.id(o).size() + s.object(o).size() + s.tags(o).size() + s.summary(o).fixes;
    for (const Occurrence& occurrence : s.occurrences(o)) sum += occurrence.to;
    sum += s.Find(s.home(o), s.id(o)).has_value();
  }
  const Segment::Arrays& a = s.arrays();
  for (uint32_t i = 0; i < s.size(); ++i) sum += a.outline[a.grouped[i]].parts[0].south;
  for (uint32_t g = 0; g < GroupLevels(s.size()).groups(); ++g) sum += a.groups[g].fixes;
  constexpr Box kBox{515000000, -1200000, 515100000, -1100000};
  if (const auto near = NearBox(a, kBox)) sum += near->Next(0);
  for (uint32_t o = 0; o < s.size(); ++o) {
    sum += PassageOf(a.sketch(o), s.summary(o).start, kBox) == Passage::kMeets;
  }
  for (uint32_t t = 0; t < s.dictionary_size(); ++t) {
    uint32_t term = 0;
    for (const uint32_t o : s.Postings(s.geodab(t), &term)) sum += s.version(o);
  }
  return sum;
}

// The sections and the header get right checksums, so only the look at the numbers stands between
// hostile bytes and an index out of bounds.
void FixChecksums(std::string& bytes) {
  constexpr size_t kTable = 24, kEntry = 24, kSectionCount = 36;
  constexpr size_t kHeader = kTable + kEntry * kSectionCount + 8;
  if (bytes.size() < kHeader) return;
  for (size_t i = 0; i < kSectionCount; ++i) {
    uint64_t place[2];
    std::memcpy(place, bytes.data() + kTable + i * kEntry, sizeof place);
    if (place[0] > bytes.size() || place[1] > bytes.size() - place[0]) continue;
    const uint32_t crc = Crc32c({bytes.data() + place[0], place[1]});
    std::memcpy(bytes.data() + kTable + i * kEntry + 16, &crc, sizeof crc);
  }
  const uint32_t crc = Crc32c({bytes.data(), kHeader - 4});
  std::memcpy(bytes.data() + kHeader - 4, &crc, sizeof crc);
}

TEST(Segment, HostileBytesWithRightChecksumsAreRefusedOrHarmless) {
  Rng rng(kSegmentSeed);
  const std::string good = FileOf(MakeMany(rng, 0, 6));
  int accepted = 0;
  uint64_t sum = 0;
  for (int i = 0; i < kHostileRounds; ++i) {
    std::string bad = good;
    for (uint32_t edits = 1 + Draw(rng, 2); edits > 0; --edits) {
      const size_t at = Draw(rng, static_cast<uint32_t>(bad.size()));
      bad[at] = OneIn(rng, 2) ? static_cast<char>(rng()) : static_cast<char>(bad[at] + 1);
    }
    FixChecksums(bad);
    const auto segment = Segment::FromBytes(bad);
    if (!segment.ok()) {
      ASSERT_EQ(segment.status().code(), absl::StatusCode::kDataLoss);
      continue;
    }
    ++accepted;
    sum += ReadAll(**segment);
    const SegmentView view{.segment = *segment, .deleted = nullptr};
    sum += ReadAll(*MergeInMemory({&view, 1}));
  }
  EXPECT_GT(accepted, kHostileRounds / 100) << "the test must get past the checksums";
  EXPECT_LT(accepted, kHostileRounds) << sum;
}

std::string Sample(const char* name) {
  std::ifstream in(absl::StrCat(SPOOR_GOLDEN_DIR, "/", name));
  EXPECT_TRUE(in) << "no golden file";
  std::string hex, line;
  while (std::getline(in, line)) hex += line;
  return absl::HexStringToBytes(hex);
}

// Bytes that an earlier build wrote: they stay when a new version of the format joins them.
TEST(Segment, ReadsTheStoredSampleOfVersionFive) {
  const auto segment = Segment::FromBytes(Sample("segment_v5.hex"));
  ASSERT_TRUE(segment.ok()) << segment.status();
  const Segment& s = **segment;
  ASSERT_EQ(s.size(), 2u);
  EXPECT_EQ(s.id(0), "alpha");
  EXPECT_EQ(s.object(0), "cab 7");
  EXPECT_EQ(s.tags(0), Tags({{"mode", "taxi"}}));
  EXPECT_EQ(s.version(0), 41u);
  EXPECT_EQ(s.summary(0).fixes, 3u);
  EXPECT_EQ(s.summary(0).start, (Fix{515000000, -1200000, 1000}));
  EXPECT_EQ(s.occurrences(0), std::vector<Occurrence>(
                                  {{0x100000002, 0, 1}, {0x200000001, 1, 2}, {0x100000002, 1, 2}}));
  EXPECT_EQ(s.id(1), "beta");
  EXPECT_EQ(s.object(1), "");
  EXPECT_EQ(s.summary(1).end, (Fix{517000000, -1000000, kNoTime}));
  uint32_t term = 0;
  const auto both = s.Postings(0x100000002, &term);
  EXPECT_EQ(std::vector<uint32_t>(both.begin(), both.end()), std::vector<uint32_t>({0, 1}));
  const Segment::Arrays& a = s.arrays();
  EXPECT_EQ(a.fingerprint_size(0, /*coarse=*/false), 2u);
  EXPECT_EQ(a.fingerprint_size(0, /*coarse=*/true), 0u);
  EXPECT_EQ(a.outline[0].parts[0], (Outline::Insets{0, 0, 127, 127}));
  EXPECT_EQ(a.outline[0].parts[1], (Outline::Insets{127, 127, 0, 0}));
  EXPECT_EQ(std::vector<uint32_t>(a.grouped, a.grouped + 2), std::vector<uint32_t>({0, 1}));
  EXPECT_EQ(a.groups[0].cover, (Box{515000000, -1200000, 517000000, -1000000}));
  EXPECT_EQ(a.groups[0].fixes, 1u);
  const Box there{515009500, -1190500, 515010500, -1189500};
  const Box beside{515000500, -1194000, 515001500, -1193000};  // in another part of a cell
  const Fix start = s.summary(0).start;
  EXPECT_EQ(PassageOf(a.sketch(0), start, there), Passage::kMeets);
  EXPECT_EQ(PassageOf(a.sketch(0), start, beside), Passage::kMisses);
  const auto near = NearBox(a, there), besides = NearBox(a, beside);
  ASSERT_TRUE(near && besides);
  EXPECT_TRUE(near->Has(0));
  EXPECT_FALSE(near->Has(1));
  EXPECT_FALSE(besides->Has(0));
}

TEST(Segment, SaysThatEarlierVersionsAreNoLongerRead) {
  for (const int version : {1, 2, 3, 4}) {
    const auto segment =
        Segment::FromBytes(Sample(absl::StrCat("segment_v", version, ".hex").c_str()));
    EXPECT_EQ(segment.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_EQ(segment.status().message(),
              absl::StrCat("segment: of version ", version, ", this build reads 5"));
  }
}

}  // namespace
}  // namespace spoor
