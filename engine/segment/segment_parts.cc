#include "engine/segment/segment_parts.h"

#include <algorithm>
#include <limits>

namespace spoor {
namespace {

// values, and where they end as one more.
void FillStarts(uint32_t* to, const std::vector<uint32_t>& starts, uint64_t end) {
  std::copy(starts.begin(), starts.end(), to);
  to[starts.size()] = static_cast<uint32_t>(end);
}

}  // namespace

void DictionaryDraft::Reserve(size_t terms) {
  suffix_.reserve(terms);
  postings_start_.reserve(terms);
}

void DictionaryDraft::Add(Geodab geodab, uint32_t count) {
  const auto prefix = static_cast<uint32_t>(geodab >> 32);
  if (prefix_.empty() || prefix_.back() != prefix) {
    prefix_.push_back(prefix);
    prefix_start_.push_back(terms());
  }
  suffix_.push_back(static_cast<uint32_t>(geodab));
  postings_start_.push_back(static_cast<uint32_t>(postings_));
  postings_ += count;
}

void DictionaryDraft::AddTo(SegmentShape& shape) const {
  shape.prefixes = prefix_.size();
  shape.terms = suffix_.size();
  shape.postings = postings_;
}

void DictionaryDraft::Fill(const SegmentCanvas& canvas) const {
  std::copy(prefix_.begin(), prefix_.end(), canvas.Get<uint32_t>(Section::kPrefix));
  std::copy(suffix_.begin(), suffix_.end(), canvas.Get<uint32_t>(Section::kSuffix));
  FillStarts(canvas.Get<uint32_t>(Section::kPrefixStart), prefix_start_, terms());
  FillStarts(canvas.Get<uint32_t>(Section::kPostingsStart), postings_start_, postings_);
}

void FillStrings(const SegmentCanvas& canvas, Section section,
                 absl::Span<const absl::string_view> strings) {
  auto* start = canvas.Get<uint64_t>(section);
  auto* bytes = canvas.Get<char>(static_cast<Section>(static_cast<uint32_t>(section) + 1));
  uint64_t at = 0;
  for (const absl::string_view s : strings) {
    *start++ = at;
    std::copy(s.begin(), s.end(), bytes + at);
    at += s.size();
  }
  *start = at;
}

uint64_t TotalSize(absl::Span<const absl::string_view> strings) {
  uint64_t sum = 0;
  for (const absl::string_view s : strings) sum += s.size();
  return sum;
}

void FillIdRank(const SegmentCanvas& canvas, uint32_t trajectories) {
  const auto* by_id = canvas.Get<uint32_t>(Section::kById);
  auto* rank = canvas.Get<uint32_t>(Section::kIdRank);
  for (uint32_t i = 0; i < trajectories; ++i) rank[by_id[i]] = i;
}

void FillBlocks(const SegmentCanvas& canvas, uint32_t trajectories) {
  const auto* box = canvas.Get<Box>(Section::kBox);
  const auto* span = canvas.Get<TimeSpan>(Section::kTimeSpan);
  auto* block = canvas.Get<Block>(Section::kBlocks);
  for (uint32_t from = 0; from < trajectories; from += kBlockSize, ++block) {
    Block b{.box = box[from],
            .span = {std::numeric_limits<int64_t>::max(), std::numeric_limits<int64_t>::min()}};
    for (uint32_t o = from; o < std::min(trajectories, from + kBlockSize); ++o) {
      b.box = b.box.Union(box[o]);
      if (span[o].first_ms == kNoTime) continue;
      b.span.first_ms = std::min(b.span.first_ms, span[o].first_ms);
      b.span.last_ms = std::max(b.span.last_ms, span[o].last_ms);
    }
    *block = b;
  }
}

}  // namespace spoor
