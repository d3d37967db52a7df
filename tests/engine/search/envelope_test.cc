#include "engine/search/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "engine/segment/segment.h"
#include "engine/segment/segment_format.h"
#include "engine/segment/sketch.h"
#include "geo/measure/measure.h"
#include "geo/summary.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

constexpr uint64_t kEnvelopeSeed = 5;
constexpr int kEnvelopeWorlds = 30000;
constexpr double kScaleM = 20000;  // of what measures are told
constexpr int kForests = 300;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Rng = std::mt19937_64;

double Uniform(Rng& rng, double low, double high) {
  return std::uniform_real_distribution<double>(low, high)(rng);
}

// Somewhere on Earth, on some scale.
struct EnvelopeWorld {
  double lat, lon;  // degrees
  double spread;    // of where lines begin, degrees
  double step;      // between fixes, degrees
};

std::vector<Fix> Line(Rng& rng, const EnvelopeWorld& w) {
  double lat = w.lat + Uniform(rng, -w.spread, w.spread);
  double lon = w.lon + Uniform(rng, -w.spread, w.spread);
  std::vector<Fix> fixes;
  const auto n = static_cast<int>(1 + (rng() % 4 == 0 ? rng() % 40 : rng() % 6));
  for (int i = 0; i < n; ++i) {
    fixes.push_back(FixFromDegrees(std::clamp(lat, -90.0, 90.0), std::remainder(lon, 360.0)));
    lat += Uniform(rng, -w.step, w.step);
    lon += Uniform(rng, -w.step, w.step);
  }
  return fixes;
}

EnvelopeWorld AnyWorld(Rng& rng) {
  EnvelopeWorld w{
      .lat = Uniform(rng, -89, 89), .lon = Uniform(rng, -180, 180), .spread = 0, .step = 0};
  if (rng() % 3 == 0) w.lon = 180;
  w.spread = std::pow(10, Uniform(rng, -3, 1.8));
  w.step = std::pow(10, Uniform(rng, -3, 1.2));
  return w;
}

// What a segment knows of a line.
struct Known {
  Summary summary;
  EndPoints ends;
  Outline outline;
};

Known Look(const std::vector<Fix>& line) {
  Known k{.summary = Summarise(line), .ends = {}, .outline = {}};
  k.ends = {k.summary.start.lat_e7, k.summary.start.lon_e7, k.summary.end.lat_e7,
            k.summary.end.lon_e7};
  k.outline = OutlineOf(line, k.summary.box);
  return k;
}

// The groups of a segment of these lines, the one of all last.
std::vector<Group> GroupsOf(const std::vector<std::vector<Fix>>& lines) {
  std::vector<Summary> summaries;
  std::vector<std::string> ids;
  const Tags no_tags;
  const Fingerprint no_fingerprint;
  for (const auto& line : lines) summaries.push_back(Summarise(line));
  for (size_t i = 0; i < lines.size(); ++i) ids.push_back(absl::StrCat(i));
  std::vector<SegmentEntry> entries;
  for (size_t i = 0; i < lines.size(); ++i) {
    entries.push_back({.home = 0,
                       .id = ids[i],
                       .object = "",
                       .version = i,
                       .summary = &summaries[i],
                       .outline = OutlineOf(lines[i], summaries[i].box),
                       .sketch = SketchOf(lines[i]),
                       .tags = &no_tags,
                       .fingerprint = &no_fingerprint});
  }
  const auto segment = Segment::Build(entries);
  const Group* groups = segment->arrays().groups;
  return {groups, groups + GroupLevels(segment->size()).groups()};
}

double DistanceOf(const Measure& measure, const std::vector<PlanePoint>& a,
                  const std::vector<PlanePoint>& b, Direction direction) {
  double distance = kInfinity;
  if (direction != Direction::kOpposite) distance = measure.Distance(a, b, kInfinity);
  if (direction != Direction::kSame) {
    const std::vector<PlanePoint> back = Backwards(a);
    distance = std::min(distance, measure.Distance(back, b, kInfinity));
  }
  return distance;
}

// A bound above a distance would lose an answer.
TEST(QueryEnvelope, NeverBoundsAboveTheDistanceAnywhereOnEarth) {
  std::map<absl::string_view, int> useful;
  for (int i = 0; i < kEnvelopeWorlds; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kEnvelopeSeed + i));
    Rng rng(kEnvelopeSeed + i);
    const EnvelopeWorld world = AnyWorld(rng);
    const std::vector<Fix> query = Line(rng, world), other = Line(rng, world);
    const LocalPlane plane(query[query.size() / 2]);
    const Known known = Look(other);
    const Box wider = known.summary.box.Union(Cover(Line(rng, world)));
    const std::vector<Group> groups = GroupsOf({Line(rng, world), other, Line(rng, world)});
    const std::vector<PlanePoint> a = plane.Project(query), b = plane.Project(other);
    const std::vector<PlanePoint> back = Backwards(a);
    const auto direction = static_cast<Direction>(rng() % 3);
    for (const MeasureEntry& entry : AllMeasures()) {
      const auto measure = MakeMeasure(entry.name, testing::SampleParams(entry.name, kScaleM));
      ASSERT_TRUE(measure.ok()) << measure.status();
      const double distance = DistanceOf(**measure, a, b, direction);
      QueryEnvelope envelope(query, a, back, direction, **measure);
      const auto bound = [&](double cutoff_m) {
        return envelope.Bound(known.summary.box, known.ends, known.summary.fixes, known.outline,
                              cutoff_m);
      };
      envelope.Enter(known.summary.box);
      const double own = bound(kInfinity);
      EXPECT_LE(own * (1 - 1e-9), distance) << entry.name << " lat " << world.lat;
      EXPECT_LE(bound(0) * (1 - 1e-9), distance) << entry.name << " with a cutoff";
      envelope.Enter(wider);
      EXPECT_LE(bound(kInfinity) * (1 - 1e-9), distance) << entry.name << " in a wider box";
      envelope.Enter(groups.back().cover);
      EXPECT_LE(envelope.Bound(groups.back(), kInfinity) * (1 - 1e-9), distance)
          << entry.name << " in a group";
      useful[entry.name] += own > distance / 2;
    }
  }
  for (const char* name :
       {"discrete_frechet", "dtw", "edr", "edwp", "lcss", "monotone_mean", "synchronous"}) {
    EXPECT_GT(useful[name], kEnvelopeWorlds / 4)
        << name << ": bounds that say nothing prove nothing";
  }
}

// In a tree of many groups every trajectory is bounded by all that it is in.
TEST(QueryEnvelope, BoundsOfGroupsHoldForAllInThem) {
  for (int i = 0; i < kForests; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kEnvelopeSeed + i));
    Rng rng(kEnvelopeSeed + i);
    const EnvelopeWorld world = AnyWorld(rng);
    std::vector<std::vector<Fix>> lines;
    for (size_t n = 1 + rng() % 300; lines.size() < n;) lines.push_back(Line(rng, world));
    const std::vector<Group> groups = GroupsOf(lines);
    const std::vector<Fix> query = Line(rng, world);
    const LocalPlane plane(query[query.size() / 2]);
    const std::vector<PlanePoint> a = plane.Project(query);
    for (const MeasureEntry& entry : AllMeasures()) {
      const auto measure = MakeMeasure(entry.name, testing::SampleParams(entry.name, kScaleM));
      ASSERT_TRUE(measure.ok()) << measure.status();
      double nearest = kInfinity;
      for (const auto& line : lines) {
        nearest =
            std::min(nearest, DistanceOf(**measure, a, plane.Project(line), Direction::kSame));
      }
      QueryEnvelope envelope(query, a, {}, Direction::kSame, **measure);
      envelope.Enter(groups.back().cover);
      double lowest = kInfinity;
      const size_t lowest_level = (lines.size() + kGroupSize - 1) / kGroupSize;
      for (size_t g = 0; g < lowest_level; ++g) {
        lowest = std::min(lowest, envelope.Bound(groups[g], kInfinity));
      }
      EXPECT_LE(lowest * (1 - 1e-9), nearest) << entry.name;
      EXPECT_LE(envelope.Bound(groups.back(), kInfinity) * (1 - 1e-9), nearest) << entry.name;
    }
  }
}

// The straight step between two fixes of one latitude passes north of it, where its box is not: a
// query along that step has distance 0.
TEST(QueryEnvelope, AllowsForStepsThatLeaveTheirBox) {
  const std::vector<Fix> step = {FixFromDegrees(60, 0), FixFromDegrees(60, 4)};
  const LocalPlane plane(FixFromDegrees(60, 2));
  const double along_m = plane.Project(step[0]).y_m;
  ASSERT_GT(along_m, 1000) << "the step must bend away from its latitude";
  double lat = 60;
  while (plane.Project(FixFromDegrees(lat, 2)).y_m < along_m) lat += 1e-6;
  const std::vector<Fix> query = {step[0], FixFromDegrees(lat, 2), step[1]};
  const LocalPlane around(query[1]);
  const auto measure = MakeMeasure("monotone_mean", {});
  ASSERT_TRUE(measure.ok()) << measure.status();
  const std::vector<PlanePoint> line = around.Project(query);
  const double distance = (*measure)->Distance(line, around.Project(step), kInfinity);
  ASSERT_LT(distance, 20);
  const Known known = Look(step);
  QueryEnvelope envelope(query, line, {}, Direction::kSame, **measure);
  envelope.Enter(known.summary.box);
  EXPECT_LE(envelope.Bound(known.summary.box, known.ends, 2, known.outline, kInfinity), distance);
}

// As the bounds of whole boxes do not.
TEST(QueryEnvelope, SeesThatALineGoesAnotherWayWithinTheSameBox) {
  const std::vector<Fix> around = {FixFromDegrees(51.5, 0), FixFromDegrees(51.5, 0.1),
                                   FixFromDegrees(51.6, 0.1)};
  const std::vector<Fix> other = {FixFromDegrees(51.5, 0), FixFromDegrees(51.6, 0),
                                  FixFromDegrees(51.6, 0.1)};
  const std::vector<PlanePoint> line = LocalPlane(around[1]).Project(around);
  const Known known = Look(other);
  for (const char* name : {"discrete_frechet", "dtw", "monotone_mean"}) {
    const auto measure = MakeMeasure(name, {});
    ASSERT_TRUE(measure.ok()) << measure.status();
    QueryEnvelope envelope(around, line, {}, Direction::kSame, **measure);
    envelope.Enter(known.summary.box);
    EXPECT_GT(envelope.Bound(known.summary.box, known.ends, 3, known.outline, kInfinity), 1000)
        << name;
  }
}

}  // namespace
}  // namespace spoor
