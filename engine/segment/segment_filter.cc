#include "engine/segment/segment_filter.h"

#include <algorithm>

#include "engine/segment/segment_cells.h"
#include "engine/segment/sketch.h"

namespace spoor {
namespace {

// A search looks up where each begins in each list of postings.
constexpr size_t kMostParts = 4;

bool Has(const std::vector<uint32_t>& ascending, uint32_t value) {
  return std::binary_search(ascending.begin(), ascending.end(), value);
}

Fix Start(const EndPoints& e) { return {.lat_e7 = e.start_lat_e7, .lon_e7 = e.start_lon_e7}; }
Fix End(const EndPoints& e) { return {.lat_e7 = e.end_lat_e7, .lon_e7 = e.end_lon_e7}; }

}  // namespace

bool NeedsFixes(const Filter& filter) {
  return (filter.box || filter.region != nullptr) &&
         (filter.relation == Relation::kIntersects || filter.relation == Relation::kWithin);
}

bool Admits(const Filter& filter, const Segment& segment, uint32_t ordinal, TrajectoryView fixes) {
  const EndPoints& ends = segment.arrays().ends[ordinal];
  const Fix end = filter.relation == Relation::kEnds ? End(ends) : Start(ends);
  if (!NeedsFixes(filter)) fixes = absl::MakeConstSpan(&end, 1);
  if (filter.box && !Meets(fixes, *filter.box, filter.relation)) return false;
  return filter.region == nullptr || filter.region->Meets(fixes, filter.relation);
}

SegmentFilter::SegmentFilter(const Filter& filter, const SegmentView& view)
    : filter_(filter),
      arrays_(view.segment->arrays()),
      deleted_(view.deleted != nullptr && !view.deleted->empty() ? view.deleted.get() : nullptr),
      plain_(filter.only_homes()) {
  if (!filter.homes.all()) FindHomes();
  if (!filter.objects.empty()) FindObjects();
  if (!filter.exclude.empty()) FindExcluded();
  if (filter.box) List(*filter.box);
  if (filter.region != nullptr) List(filter.region->bounds());
}

// Whatever the relation, the line meets the area.
void SegmentFilter::List(const Box& bounds) {
  if (never_) return;
  std::optional<OrdinalBits> near = NearBox(arrays_, bounds);
  if (!near) return;
  if (listed_) near->Intersect(*listed_);
  never_ = near->Next(0) == arrays_.size;
  listed_ = std::move(near);
}

void SegmentFilter::FindObjects() {
  for (const std::string& wanted : filter_.objects) {
    uint32_t low = 0, high = arrays_.objects.count;
    while (low < high) {
      const uint32_t middle = low + (high - low) / 2;
      arrays_.objects[middle] < wanted ? low = middle + 1 : high = middle;
    }
    if (low < arrays_.objects.count && arrays_.objects[low] == wanted) objects_.push_back(low);
  }
  std::sort(objects_.begin(), objects_.end());
  never_ = never_ || objects_.empty();
}

// Trajectories lie in the order of their homes.
void SegmentFilter::FindHomes() {
  const uint64_t* const end = arrays_.home + arrays_.size;
  uint64_t inside = 0;
  for (const HomeRange& range : filter_.homes.ranges()) {
    const uint64_t* const from = std::lower_bound(arrays_.home, end, range.first);
    const uint64_t* const to = std::upper_bound(from, end, range.last);
    if (from == to) continue;
    homes_.push_back({.from = static_cast<uint32_t>(from - arrays_.home),
                      .to = static_cast<uint32_t>(to - arrays_.home)});
    inside += static_cast<uint64_t>(to - from);
  }
  masked_ = inside < arrays_.size;
  never_ = homes_.empty();
  if (never_ || !masked_) return;
  parts_ = homes_.size() <= kMostParts
               ? homes_
               : std::vector<OrdinalPart>{{homes_.front().from, homes_.back().to}};
}

bool SegmentFilter::LivesHere(uint32_t ordinal) const {
  const auto after =
      std::upper_bound(homes_.begin(), homes_.end(), ordinal,
                       [](uint32_t o, const OrdinalPart& part) { return o < part.from; });
  return after != homes_.begin() && ordinal < std::prev(after)->to;
}

uint64_t SegmentFilter::CountAtHome(uint64_t enough) const {
  if (never_) return 0;
  if (!masked_) return arrays_.size - (deleted_ == nullptr ? 0 : deleted_->size());
  uint64_t count = 0;
  for (const auto& [from, to] : homes_) {
    if (deleted_ == nullptr) {
      count += to - from;
      continue;
    }
    for (uint32_t o = from; o < to && count <= enough; ++o) count += !deleted_->Contains(o);
  }
  return count;
}

void SegmentFilter::FindExcluded() {
  const uint32_t* end = arrays_.by_id + arrays_.size;
  for (const std::string& id : filter_.exclude) {
    const uint32_t* at =
        std::lower_bound(arrays_.by_id, end, id,
                         [this](uint32_t o, const std::string& v) { return arrays_.id(o) < v; });
    for (; at != end && arrays_.id(*at) == id; ++at) excluded_.push_back(*at);
  }
  std::sort(excluded_.begin(), excluded_.end());
}

bool SegmentFilter::MayPass(const Block& block) const {
  if (filter_.time_ms && (block.span.last_ms < filter_.time_ms->first ||
                          block.span.first_ms > filter_.time_ms->second)) {
    return false;
  }
  return MayPass(block.box);
}

bool SegmentFilter::MayPass(const Box& cover) const {
  if (filter_.box && !filter_.box->Intersects(cover)) return false;
  return filter_.region == nullptr || filter_.region->bounds().Intersects(cover);
}

Verdict SegmentFilter::JudgeSummary(uint32_t ordinal) const {
  if (filter_.time_ms) {
    const TimeSpan& span = arrays_.span[ordinal];
    if (span.first_ms == kNoTime || span.last_ms < filter_.time_ms->first ||
        span.first_ms > filter_.time_ms->second) {
      return Verdict::kNo;
    }
  }
  if (!filter_.objects.empty() && !Has(objects_, arrays_.object[ordinal])) return Verdict::kNo;
  const Verdict place = JudgePlace(ordinal);
  if (place == Verdict::kNo) return Verdict::kNo;
  if (!excluded_.empty() && Has(excluded_, ordinal)) return Verdict::kNo;
  return filter_.tags.empty() || HasTags(ordinal) ? place : Verdict::kNo;
}

Verdict SegmentFilter::JudgePlace(uint32_t ordinal) const {
  if (listed_ && !listed_->Has(ordinal)) return Verdict::kNo;
  Verdict verdict = Verdict::kYes;
  if (filter_.box) verdict = JudgeArea(*filter_.box, /*fills=*/true, ordinal);
  if (filter_.region != nullptr && verdict != Verdict::kNo) {
    verdict = std::min(verdict, JudgeArea(filter_.region->bounds(), /*fills=*/false, ordinal));
  }
  return verdict;
}

// How a line lies to an area within `bounds`.  An area that fills its bounds is decided more often.
Verdict SegmentFilter::JudgeArea(const Box& bounds, bool fills, uint32_t ordinal) const {
  const EndPoints& ends = arrays_.ends[ordinal];
  const Box& cover = arrays_.box[ordinal];
  const bool starts = bounds.Contains(Start(ends)), stops = bounds.Contains(End(ends));
  const Verdict inside = fills ? Verdict::kYes : Verdict::kMaybe;
  switch (filter_.relation) {
    case Relation::kStarts:
      return starts ? inside : Verdict::kNo;
    case Relation::kEnds:
      return stops ? inside : Verdict::kNo;
    case Relation::kWithin:  // of a box that touches all its sides, so is the line
      return bounds.Contains(cover) ? inside : Verdict::kNo;
    case Relation::kIntersects:
      if (starts || stops) return inside;
      if (!bounds.Intersects(cover)) return Verdict::kNo;
      switch (PassageOf(arrays_.sketch(ordinal), Start(ends), bounds)) {
        case Passage::kMisses:
          return Verdict::kNo;
        case Passage::kMayMeet:
          return Verdict::kMaybe;
        case Passage::kMeets:
          return inside;
      }
  }
  return Verdict::kMaybe;
}

bool SegmentFilter::HasTags(uint32_t ordinal) const {
  const absl::string_view tags = arrays_.tag_sets[arrays_.tag_set[ordinal]];
  for (const auto& [name, values] : filter_.tags) {
    bool found = false;
    ForEachTag(tags, [&, &wanted = name, &any = values](absl::string_view n, absl::string_view v) {
      if (n != wanted) return true;
      found = std::find(any.begin(), any.end(), v) != any.end();
      return false;
    });
    if (!found) return false;
  }
  return true;
}

}  // namespace spoor
