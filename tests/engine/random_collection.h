#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/search/search.h"
#include "engine/segment/segment.h"
#include "engine/segment/sketch.h"
#include "engine/store/home_key.h"
#include "geo/summary.h"
#include "geo/trajectory.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

using Rng = std::mt19937_64;

inline uint32_t Draw(Rng& rng, uint32_t n) { return static_cast<uint32_t>(rng() % n); }
inline bool OneIn(Rng& rng, uint32_t n) { return Draw(rng, n) == 0; }

// A walk over a street grid of 10 x 10 crossings of about 170 m, near London, at the equator or
// across the date line, so that trips share streets in both directions.
inline std::vector<Fix> GridWalk(Rng& rng, size_t max_fixes) {
  constexpr int kCrossings = 10;
  constexpr int32_t kLatStepE7 = 15000, kLonStepE7 = 24000;
  const size_t n = 1 + Draw(rng, static_cast<uint32_t>(max_fixes));
  int x = static_cast<int>(Draw(rng, kCrossings)), y = static_cast<int>(Draw(rng, kCrossings));
  int dx = OneIn(rng, 2) ? 1 : -1, dy = 0;
  std::vector<Fix> fixes;
  for (size_t i = 0; i < n; ++i) {
    const auto noise = [&rng] { return static_cast<int32_t>(Draw(rng, 600)) - 300; };
    fixes.push_back({.lat_e7 = 515000000 + y * kLatStepE7 + noise(),
                     .lon_e7 = -1200000 + x * kLonStepE7 + noise()});
    if (OneIn(rng, 4)) std::tie(dx, dy) = OneIn(rng, 2) ? std::pair(dy, dx) : std::pair(-dy, -dx);
    x = std::clamp(x + dx, 0, kCrossings - 1);
    y = std::clamp(y + dy, 0, kCrossings - 1);
  }
  return fixes;
}

inline void SetTimes(Rng& rng, std::vector<Fix>& fixes) {
  int64_t now_ms = 1'700'000'000'000 + int64_t{Draw(rng, 3600)} * 1000;
  for (Fix& f : fixes) f.time_ms = now_ms += 5000 + Draw(rng, 20000);
}

struct CollectionSize {
  uint32_t min_trajectories, max_trajectories, max_fixes;
  uint32_t routes;  // that trajectories drive again and again; 0: each has its own
};

// Every n-th, from the first on.
inline std::vector<Fix> Every(size_t n, const std::vector<Fix>& fixes) {
  std::vector<Fix> out;
  for (size_t i = 0; i < fixes.size(); i += n) out.push_back(fixes[i]);
  return out;
}

inline std::vector<Fix> Drive(Rng& rng, const CollectionSize& size) {
  if (size.routes == 0) {
    const std::vector<Fix> fixes = GridWalk(rng, size.max_fixes);
    return OneIn(rng, 4) ? Every(2 + Draw(rng, 6), fixes) : fixes;  // recorded less often
  }
  Rng route(Draw(rng, size.routes));
  std::vector<Fix> fixes = GridWalk(route, size.max_fixes);
  for (Fix& f : fixes) f.lat_e7 += static_cast<int32_t>(Draw(rng, 2000));
  if (OneIn(rng, 2)) std::reverse(fixes.begin(), fixes.end());
  return fixes;
}

inline Trajectory RandomTrajectory(Rng& rng, std::string id, const CollectionSize& size) {
  Trajectory t{
      .id = TrajectoryId(std::move(id)), .object = {}, .tags = {}, .fixes = Drive(rng, size)};
  if (!OneIn(rng, 4)) SetTimes(rng, t.fixes);
  if (!OneIn(rng, 4)) t.object = absl::StrCat("cab", Draw(rng, 4));
  if (!OneIn(rng, 3)) t.tags.emplace_back("mode", OneIn(rng, 2) ? "bus" : "taxi");
  if (!OneIn(rng, 3)) t.tags.emplace_back("town", absl::StrCat("t", Draw(rng, 3)));
  return t;
}

// Trajectories with all that a segment wants to know about them.
struct IndexedTrip {
  Trajectory trajectory;
  Summary summary;
  Fingerprint fingerprint;
  uint64_t version = 0;

  SegmentEntry entry() const {
    return {.home = HomeKey(trajectory.view(), trajectory.id.value()),
            .id = trajectory.id.value(),
            .object = trajectory.object,
            .version = version,
            .summary = &summary,
            .outline = OutlineOf(trajectory.view(), summary.box),
            .sketch = SketchOf(trajectory.view()),
            .tags = &trajectory.tags,
            .fingerprint = &fingerprint};
  }
};

inline IndexedTrip Prepare(Trajectory trajectory, const IndexParams& params, uint64_t version) {
  IndexedTrip p{
      .trajectory = std::move(trajectory), .summary = {}, .fingerprint = {}, .version = version};
  p.summary = Summarise(p.trajectory.view());
  p.fingerprint = MakeFingerprint(p.trajectory.view(), params);
  return p;
}

inline std::shared_ptr<const Segment> BuildSegment(const std::vector<IndexedTrip>& prepared) {
  std::vector<SegmentEntry> entries;
  for (const IndexedTrip& p : prepared) entries.push_back(p.entry());
  return Segment::Build(entries);
}

// Some trajectories over some segments; some of them deleted, some of the deleted replaced
// elsewhere.
struct RandomCollection {
  IndexParams params;
  std::vector<Trajectory> live;
  std::map<std::string, uint64_t> versions;  // of the live
  std::vector<SegmentView> segments;
  std::map<std::string, GeometryPtr> geometry;
  uint64_t fetched = 0;

  SearchContext context() {
    const auto fetch =
        [this](
            absl::Span<const SegmentOrdinal> places) -> absl::StatusOr<std::vector<GeometryPtr>> {
      std::vector<GeometryPtr> out;
      for (const SegmentOrdinal& p : places) {
        const auto& deleted = segments[p.segment].deleted;
        EXPECT_TRUE(deleted == nullptr || !deleted->Contains(p.ordinal)) << "fetched a deleted one";
        out.push_back(geometry.at(std::string(segments[p.segment].segment->id(p.ordinal))));
        ++fetched;
      }
      return out;
    };
    return {.segments = segments, .params = &params, .fetch = fetch, .patience = nullptr};
  }
};

inline IndexParams RandomParams(Rng& rng) {
  switch (Draw(rng, 7)) {
    case 0: {
      IndexParams paper = PaperParams();
      paper.depth = 34;
      paper.k = 1 + static_cast<int>(Draw(rng, 3));
      paper.t = paper.k + static_cast<int>(Draw(rng, 3));
      return paper;
    }
    case 1: {
      IndexParams cells = CellParams();
      cells.depth = 34;
      return cells;
    }
    case 2: {
      IndexParams own = AutoParams();
      own.k = 1 + static_cast<int>(Draw(rng, 2));
      own.t = own.k + static_cast<int>(Draw(rng, 2));
      return own;
    }
    default: {
      IndexParams v2;
      v2.depth = 32 + static_cast<int>(Draw(rng, 3));
      v2.k = 1 + static_cast<int>(Draw(rng, 3));
      v2.t = v2.k + static_cast<int>(Draw(rng, 3));
      v2.grids = 1 + static_cast<int>(Draw(rng, 2));
      return v2;
    }
  }
}

// Replaces two of the segments by what lives in them, merged.
inline void MergeTwo(Rng& rng, RandomCollection& c, const TempDir& dir) {
  if (c.segments.size() < 2) return;
  const std::vector<SegmentView> inputs(c.segments.end() - 2, c.segments.end());
  c.segments.resize(c.segments.size() - 2);
  SegmentView merged;
  if (OneIn(rng, 4)) {
    const auto file = MergeToFile(inputs, dir.path() + "/merged.seg");
    ASSERT_TRUE(file.ok()) << file.status();
    merged.segment = *file;
  } else {
    merged.segment = MergeInMemory(inputs);
  }
  ASSERT_EQ(merged.segment->size(), inputs[0].live() + inputs[1].live());
  c.segments.push_back(merged);
}

inline RandomCollection MakeCollection(Rng& rng, CollectionSize size, const TempDir& dir) {
  RandomCollection c{
      .params = RandomParams(rng), .live = {}, .versions = {}, .segments = {}, .geometry = {}};
  const uint32_t parts = 1 + Draw(rng, 5);
  std::vector<std::vector<IndexedTrip>> part(parts);
  std::vector<std::vector<std::string>> dead(parts);
  const uint32_t n =
      size.min_trajectories + Draw(rng, size.max_trajectories - size.min_trajectories + 1);
  for (uint32_t i = 0; i < n; ++i) {
    const std::string id = absl::StrCat("t", Draw(rng, 1000), "-", i);
    const uint32_t home = Draw(rng, parts);
    if (OneIn(rng, 6)) {  // an earlier version, or one that is gone
      dead[home].push_back(id);
      part[home].push_back(Prepare(RandomTrajectory(rng, id, size), c.params, i));
      if (parts == 1 || OneIn(rng, 2)) continue;
    }
    const uint32_t now = !dead[home].empty() && dead[home].back() == id ? (home + 1) % parts : home;
    Trajectory t = RandomTrajectory(rng, id, size);
    c.geometry[id] = std::make_shared<Geometry>(Geometry{t.fixes});
    c.live.push_back(t);
    c.versions[id] = 1000 + i;
    part[now].push_back(Prepare(std::move(t), c.params, 1000 + i));
  }
  for (uint32_t p = 0; p < parts; ++p) {
    SegmentView view{.segment = BuildSegment(part[p]), .deleted = nullptr};
    auto deleted = std::make_shared<OrdinalSet>();
    for (uint32_t o = 0; o < view.segment->size(); ++o) {
      if (std::ranges::count(dead[p], view.segment->id(o)) > 0) deleted->Add(o);
    }
    if (!deleted->empty() || OneIn(rng, 2)) view.deleted = deleted;
    c.segments.push_back(view);
  }
  while (OneIn(rng, 3) && c.segments.size() > 1) MergeTwo(rng, c, dir);
  return c;
}

}  // namespace spoor::testing
