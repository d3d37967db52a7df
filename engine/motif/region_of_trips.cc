#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/motif/region.h"
#include "engine/segment/outline.h"
#include "engine/segment/segment.h"
#include "engine/segment/sketch.h"
#include "engine/store/home_key.h"

namespace spoor {
namespace {

// What a segment borrows of each trip while it is built.
struct IndexedTrip {
  Summary summary;
  Fingerprint fingerprint;
};

}  // namespace

absl::StatusOr<MotifAnswer> RegionMotifsOf(absl::Span<const Trajectory> trips,
                                           const IndexParams& params, const RegionQuery& query,
                                           const Patience& patience) {
  std::vector<IndexedTrip> indexed(trips.size());
  std::vector<SegmentEntry> entries;
  absl::flat_hash_map<absl::string_view, const Trajectory*> by_id;
  for (size_t i = 0; i < trips.size(); ++i) {
    if (absl::Status s = patience.CheckInTurn(); !s.ok()) return s;
    const Trajectory& t = trips[i];
    indexed[i] = {Summarise(t.view()), MakeFingerprint(t.view(), params)};
    entries.push_back({.home = HomeKey(t.view(), t.id.value()),
                       .id = t.id.value(),
                       .object = t.object,
                       .summary = &indexed[i].summary,
                       .outline = OutlineOf(t.view(), indexed[i].summary.box),
                       .sketch = SketchOf(t.view()),
                       .tags = &t.tags,
                       .fingerprint = &indexed[i].fingerprint});
    by_id[t.id.value()] = &t;
  }
  if (trips.empty()) return MotifAnswer();
  const std::vector<SegmentView> segments = {{.segment = Segment::Build(entries)}};
  const SearchContext context{
      .segments = segments,
      .params = &params,
      .fetch =
          [&](absl::Span<const SegmentOrdinal> places) -> absl::StatusOr<std::vector<GeometryPtr>> {
        std::vector<GeometryPtr> out;
        for (const SegmentOrdinal& p : places) {
          const Trajectory& t = *by_id.at(segments[p.segment].segment->id(p.ordinal));
          out.push_back(std::make_shared<const Geometry>(Geometry{t.fixes}));
        }
        return out;
      },
      .patience = &patience};
  SegmentSource source(context);
  return RegionMotifs(source, query, patience);
}

}  // namespace spoor
