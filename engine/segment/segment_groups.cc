#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>
#include <vector>

#include "engine/segment/segment_parts.h"

namespace spoor {
namespace {

// Latitude and longitude of where a trajectory begins, where it ends, and about where it is
// half-way.
using EndsAndMiddle = std::array<int32_t, 6>;

EndsAndMiddle EndsAndMiddleOf(const Box& box, const EndPoints& ends, uint32_t fixes,
                              const Outline& outline) {
  const Box middle = BoxOf(outline.parts[PartsOf(fixes) / 2], box);
  return {ends.start_lat_e7,
          ends.start_lon_e7,
          ends.end_lat_e7,
          ends.end_lon_e7,
          middle.south_e7 / 2 + middle.north_e7 / 2,
          middle.west_e7 / 2 + middle.east_e7 / 2};
}

// Cuts trajectories into groups by halves, each time across the direction in which their ways lie
// furthest apart.
class Grouping {
 public:
  Grouping(const std::vector<EndsAndMiddle>& ways, uint32_t* grouped)
      : ways_(ways), grouped_(grouped) {
    std::iota(grouped, grouped + ways.size(), 0);
    Cut(0, static_cast<uint32_t>(ways.size()));
  }

 private:
  void Cut(uint32_t from, uint32_t to) {
    if (to - from <= kGroupSize) {
      std::sort(grouped_ + from, grouped_ + to);
      return;
    }
    const size_t axis = WidestAxis(from, to);
    // As many as two to the power of something, so that groups of groups lie side by side.
    const uint32_t groups = (to - from + kGroupSize - 1) / kGroupSize;
    const uint32_t middle = from + std::bit_ceil(groups) / 2 * kGroupSize;
    const auto before = [this, axis](uint32_t a, uint32_t b) {
      const int32_t at_a = ways_[a][axis], at_b = ways_[b][axis];
      return at_a != at_b ? at_a < at_b : a < b;  // the same groups in whatever order they come
    };
    std::nth_element(grouped_ + from, grouped_ + middle, grouped_ + to, before);
    Cut(from, middle);
    Cut(middle, to);
  }

  // In metres on the ground, about.
  size_t WidestAxis(uint32_t from, uint32_t to) const {
    EndsAndMiddle low, high;
    low.fill(std::numeric_limits<int32_t>::max());
    high.fill(std::numeric_limits<int32_t>::min());
    for (uint32_t i = from; i < to; ++i) {
      const EndsAndMiddle& e = ways_[grouped_[i]];
      for (size_t axis = 0; axis < e.size(); ++axis) {
        low[axis] = std::min(low[axis], e[axis]);
        high[axis] = std::max(high[axis], e[axis]);
      }
    }
    size_t widest = 0;
    double width = -1;
    for (size_t axis = 0; axis < low.size(); ++axis) {
      double w = double{1} * high[axis] - low[axis];
      if (axis % 2 == 1) {
        const double lat = (double{1} * low[axis - 1] + high[axis - 1]) / 2 / kUnitsPerDegree;
        w *= std::cos(lat * std::numbers::pi / 180);
      }
      if (w > width) {
        width = w;
        widest = axis;
      }
    }
    return widest;
  }

  const std::vector<EndsAndMiddle>& ways_;
  uint32_t* const grouped_;
};

Box At(int32_t lat_e7, int32_t lon_e7) {
  return {.south_e7 = lat_e7, .west_e7 = lon_e7, .north_e7 = lat_e7, .east_e7 = lon_e7};
}

// A group in the making.
struct GroupDraft {
  Box cover, starts, ends;
  std::array<Box, Outline::kMaxParts> parts;
  std::array<uint8_t, Outline::kMaxParts> shares{};
  uint32_t fixes = 0;

  // A trajectory.  Where it has fewer parts than a group, several of the group's are the same.
  GroupDraft(const Box& box, const EndPoints& e, uint32_t fixes_of_it, const Outline& outline)
      : cover(box),
        starts(At(e.start_lat_e7, e.start_lon_e7)),
        ends(At(e.end_lat_e7, e.end_lon_e7)),
        fixes(fixes_of_it) {
    constexpr uint32_t kParts = Outline::kMaxParts;
    const uint32_t count = PartsOf(fixes);
    const auto part_at = [count](uint32_t i) { return i * count / kParts; };
    std::array<uint32_t, kParts> same{};
    for (uint32_t i = 0; i < kParts; ++i) ++same[part_at(i)];
    for (uint32_t i = 0; i < kParts; ++i) {
      const uint32_t part = part_at(i);
      parts[i] = BoxOf(outline.parts[part], box);
      const uint64_t all = uint64_t{fixes} * same[part];
      shares[i] = static_cast<uint8_t>(uint64_t{255} * PointsOf(fixes, part) / all);
    }
  }

  explicit GroupDraft(const Group& g)
      : cover(g.cover),
        starts(BoxOf(g.starts, g.cover)),
        ends(BoxOf(g.ends, g.cover)),
        shares(g.shares),
        fixes(g.fixes) {
    for (size_t i = 0; i < parts.size(); ++i) parts[i] = BoxOf(g.outline.parts[i], g.cover);
  }

  void Add(const GroupDraft& other) {
    cover = cover.Union(other.cover);
    starts = starts.Union(other.starts);
    ends = ends.Union(other.ends);
    for (size_t i = 0; i < parts.size(); ++i) {
      parts[i] = parts[i].Union(other.parts[i]);
      shares[i] = std::min(shares[i], other.shares[i]);
    }
    fixes = std::min(fixes, other.fixes);
  }

  Group Finish() const {
    Group g{.cover = cover,
            .starts = InsetsOf(starts, cover),
            .ends = InsetsOf(ends, cover),
            .outline = {},
            .shares = shares,
            .fixes = fixes,
            .zero = 0};
    for (size_t i = 0; i < parts.size(); ++i) g.outline.parts[i] = InsetsOf(parts[i], cover);
    return g;
  }
};

// Sums up every `size` of `count` drafts, which draft(i) makes.
template <typename Draft>
void SumUp(uint32_t count, uint32_t size, Draft draft, Group* to) {
  for (uint32_t from = 0; from < count; from += size) {
    GroupDraft sum = draft(from);
    for (uint32_t i = from + 1; i < std::min(count, from + size); ++i) sum.Add(draft(i));
    *to++ = sum.Finish();
  }
}

}  // namespace

void FillGroups(const SegmentCanvas& canvas, uint32_t trajectories) {
  const auto* box = canvas.Get<Box>(Section::kBox);
  const auto* ends = canvas.Get<EndPoints>(Section::kEndPoints);
  const auto* fixes = canvas.Get<uint32_t>(Section::kFixes);
  const auto* outline = canvas.Get<Outline>(Section::kOutline);
  auto* grouped = canvas.Get<uint32_t>(Section::kGrouped);
  auto* groups = canvas.Get<Group>(Section::kGroups);
  std::vector<EndsAndMiddle> ways;
  for (uint32_t o = 0; o < trajectories; ++o) {
    ways.push_back(EndsAndMiddleOf(box[o], ends[o], fixes[o], outline[o]));
  }
  const Grouping grouping(ways, grouped);
  const auto trajectory = [&](uint32_t i) {
    const uint32_t o = grouped[i];
    return GroupDraft(box[o], ends[o], fixes[o], outline[o]);
  };
  SumUp(trajectories, kGroupSize, trajectory, groups);
  const GroupLevels levels(trajectories);
  for (uint32_t level = 1; level < levels.levels; ++level) {
    const Group* below = groups + levels.first[level - 1];
    const auto group = [below](uint32_t i) { return GroupDraft(below[i]); };
    SumUp(levels.count[level - 1], kGroupFan, group, groups + levels.first[level]);
  }
}

}  // namespace spoor
