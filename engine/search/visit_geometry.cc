#include "engine/search/search.h"
#include "engine/segment/segment_format.h"

namespace spoor {

uint32_t SearchContext::FixesOf(const SegmentOrdinal& place) const {
  return segments[place.segment].segment->arrays().fixes[place.ordinal];
}

absl::Status VisitGeometry(const SearchContext& context, absl::Span<const SegmentOrdinal> places,
                           const std::function<void(size_t, TrajectoryView)>& visit) {
  for (size_t begin = 0, end = 0; begin < places.size(); begin = end) {
    if (absl::Status s = context.CheckPatience(); !s.ok()) return s;
    for (uint64_t fixes = 0; end < places.size() && fixes < kFixesAtOnce; ++end) {
      fixes += context.FixesOf(places[end]);
    }
    const auto geometry = context.fetch(places.subspan(begin, end - begin));
    if (!geometry.ok()) return geometry.status();
    for (size_t i = begin; i < end; ++i) {
      if (absl::Status s = context.CheckPatience(); !s.ok()) return s;
      const GeometryPtr& read = (*geometry)[i - begin];
      if (read != nullptr) visit(i, read->fixes);
    }
  }
  return absl::OkStatus();
}

}  // namespace spoor
