#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/segment/outline.h"
#include "engine/segment/segment.h"
#include "engine/segment/sketch.h"
#include "engine/store/codec.h"

namespace spoor {

// Records are read, fingerprinted and indexed in portions of this size.
inline constexpr size_t kPortion = 2048;

// The members of a segment to be, which Segment::Build borrows.
class SegmentPortion {
 public:
  void Add(uint64_t home, absl::string_view id, StoredRecord record, const IndexParams& params) {
    auto item = std::make_unique<Item>();
    item->home = home;
    item->id = std::string(id);
    item->fingerprint = MakeFingerprint(record.fixes, params);
    item->outline = OutlineOf(record.fixes, record.summary.box);
    item->sketch = SketchOf(record.fixes);
    item->record = std::move(record);
    item->record.fixes = {};
    geodabs_ += item->fingerprint.geodabs.size();
    items_.push_back(std::move(item));
  }
  size_t size() const { return items_.size(); }
  uint64_t bytes() const {
    return 64 * geodabs_ + 8192 * items_.size();
  }  // about, with what builds them
  void Clear() {
    items_.clear();
    geodabs_ = 0;
  }
  std::vector<SegmentEntry> entries() const {
    std::vector<SegmentEntry> out;
    for (const auto& i : items_) {
      out.push_back({.home = i->home,
                     .id = i->id,
                     .object = i->record.object,
                     .version = i->record.position,
                     .summary = &i->record.summary,
                     .outline = i->outline,
                     .sketch = i->sketch,
                     .tags = &i->record.tags,
                     .fingerprint = &i->fingerprint});
    }
    return out;
  }

 private:
  struct Item {
    uint64_t home = 0;
    std::string id;
    StoredRecord record;
    Outline outline;
    std::string sketch;
    Fingerprint fingerprint;
  };
  std::vector<std::unique_ptr<Item>> items_;
  uint64_t geodabs_ = 0;
};

}  // namespace spoor
