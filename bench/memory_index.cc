#include "bench/memory_index.h"

#include <utility>

#include "engine/segment/sketch.h"
#include "engine/store/home_key.h"

namespace spoor::bench {

MemoryIndex::MemoryIndex(const std::vector<NamedLine>& lines, const IndexParams& params)
    : params_(params) {
  static const Tags kNoTags;
  std::vector<Summary> summaries;
  std::vector<SegmentEntry> entries;
  for (const NamedLine& line : lines) {
    lines_.push_back(std::make_shared<Geometry>(Geometry{line.fixes}));
    fingerprints_.push_back(MakeFingerprint(line.fixes, params));
    summaries.push_back(Summarise(line.fixes));
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::vector<Fix>& fixes = lines[i].fixes;
    entries.push_back({.home = HomeKey(fixes, lines[i].id),
                       .id = lines[i].id,
                       .object = "",
                       .version = i,
                       .summary = &summaries[i],
                       .outline = OutlineOf(fixes, summaries[i].box),
                       .sketch = SketchOf(fixes),
                       .tags = &kNoTags,
                       .fingerprint = &fingerprints_[i]});
  }
  views_.push_back({Segment::Build(entries), nullptr});
}

absl::StatusOr<SearchAnswer> MemoryIndex::Search(const Query& query) const {
  const Patience patience;
  const FetchGeometry fetch = [this](absl::Span<const SegmentOrdinal> places) {
    std::vector<GeometryPtr> out;
    for (const SegmentOrdinal& p : places)
      out.push_back(lines_[views_[0].segment->version(p.ordinal)]);
    return absl::StatusOr<std::vector<GeometryPtr>>(std::move(out));
  };
  return SearchSegments(
      {.segments = views_, .params = &params_, .fetch = fetch, .patience = &patience}, query);
}

}  // namespace spoor::bench
