#include <algorithm>
#include <array>
#include <numeric>
#include <string>
#include <utility>

#include "engine/segment/segment_cells.h"
#include "engine/segment/segment_parts.h"

namespace spoor {
namespace {

// A trajectory contains a geodab, or passes a cell, and there some parts.
struct Posting {
  uint64_t term;
  uint32_t ordinal;
  CellParts parts = kAllParts;
  friend auto operator<=>(const Posting&, const Posting&) = default;
};

// Sorts postings that ascend by ordinal.  Digit by digit from the last, each step keeping the order
// of the ones before: a tenth of the time of comparing, from some thousands on.  Digits that are
// all the same, as the first of a city's are, cost nothing.
void SortByTerm(std::vector<Posting>& postings) {
  constexpr size_t kWorthCounting = 4096;
  if (postings.size() < kWorthCounting) {
    std::sort(postings.begin(), postings.end());
    return;
  }
  constexpr int kBits = 11;  // of a digit: their counts stay in the nearest cache
  constexpr size_t kDigits = (64 + kBits - 1) / kBits;
  const auto digit = [](uint64_t term, size_t d) {
    return term >> kBits * d & ((1U << kBits) - 1);
  };
  std::vector<std::array<uint32_t, 1U << kBits>> counts(kDigits);  // from the last
  for (const Posting& p : postings) {
    for (size_t d = 0; d < kDigits; ++d) ++counts[d][digit(p.term, d)];
  }
  std::vector<Posting> sorted(postings.size());
  for (size_t d = 0; d < kDigits; ++d) {
    if (counts[d][digit(postings[0].term, d)] == postings.size()) continue;
    uint32_t at = 0;
    for (uint32_t& count : counts[d]) at += std::exchange(count, at);
    for (const Posting& p : postings) sorted[counts[d][digit(p.term, d)]++] = p;
    postings.swap(sorted);
  }
}

// Distinct strings, ascending, and which of them each trajectory has.
struct DistinctTexts {
  std::vector<absl::string_view> strings;
  std::vector<uint32_t> index;
};

DistinctTexts Intern(const std::vector<absl::string_view>& values) {
  DistinctTexts out{.strings = values, .index = {}};
  std::sort(out.strings.begin(), out.strings.end());
  out.strings.erase(std::unique(out.strings.begin(), out.strings.end()), out.strings.end());
  for (const absl::string_view v : values) {
    const auto at = std::lower_bound(out.strings.begin(), out.strings.end(), v);
    out.index.push_back(static_cast<uint32_t>(at - out.strings.begin()));
  }
  return out;
}

void EncodeOccurrences(const Fingerprint& fingerprint, ByteWriter& w) {
  int64_t before = 0;
  const std::vector<Geodab>& set = fingerprint.geodabs;
  for (const Occurrence& o : fingerprint.occurrences) {
    const auto at = std::lower_bound(set.begin(), set.end(), o.geodab);
    if (at == set.end() || *at != o.geodab) continue;
    w.Varint(static_cast<uint64_t>(at - set.begin()));
    w.Signed(int64_t{o.from} - before);
    w.Varint(o.to - o.from);
    before = o.from;
  }
}

// Turns entries into the arrays, first what decides their lengths, then their content.
class Builder {
 public:
  explicit Builder(absl::Span<const SegmentEntry> entries) {
    for (const SegmentEntry& e : entries) entries_.push_back(&e);
    std::sort(entries_.begin(), entries_.end(), [](const SegmentEntry* a, const SegmentEntry* b) {
      return a->home != b->home ? a->home < b->home : a->id < b->id;
    });
  }

  std::shared_ptr<const Segment> Build() {
    Collect();
    const SegmentShape shape = Shape();
    SegmentBuffer buffer = NewSegmentBuffer(shape);
    auto* base = reinterpret_cast<char*>(buffer.get());
    const SegmentCanvas canvas(base, shape);
    FillTrajectories(canvas);
    FillTerms(canvas);
    FillBytes(canvas, kSketchOfEach, size(),
              [this](uint32_t o) { return absl::string_view(entries_[o]->sketch); });
    CellWriter cells(canvas);
    WriteCells(cells);
    return std::make_shared<const HeapSegment>(std::move(buffer), PointInto(base, shape));
  }

 private:
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

  void Collect() {
    std::vector<absl::string_view> objects, tag_sets;
    tags_.reserve(entries_.size());
    size_t postings = 0;
    for (const SegmentEntry* e : entries_) postings += e->fingerprint->geodabs.size();
    postings_.reserve(postings);
    ByteWriter w(occurrences_);
    for (uint32_t o = 0; o < size(); ++o) {
      const SegmentEntry& e = *entries_[o];
      objects.push_back(e.object);
      tags_.push_back(EncodeTags(*e.tags));
      for (const Geodab g : e.fingerprint->geodabs) postings_.push_back({g, o});
      for (const LineCell& c : LineCells(e.sketch, e.summary->start, e.summary->fixes)) {
        passed_.push_back({c.key, o, c.parts});
      }
      EncodeOccurrences(*e.fingerprint, w);
      occurrence_end_.push_back(occurrences_.size());
    }
    tag_sets.assign(tags_.begin(), tags_.end());
    objects_ = Intern(objects);
    tag_sets_ = Intern(tag_sets);
    if (size() > 1) SortByTerm(postings_);
    if (size() > 1) SortByTerm(passed_);
    for (size_t i = 0; i < postings_.size();) {
      size_t end = i + 1;
      while (end < postings_.size() && postings_[end].term == postings_[i].term) ++end;
      dictionary_.Add(postings_[i].term, static_cast<uint32_t>(end - i));
      i = end;
    }
  }

  SegmentShape Shape() const {
    SegmentShape shape{.trajectories = entries_.size(),
                       .objects = objects_.strings.size(),
                       .object_bytes = TotalSize(objects_.strings),
                       .tag_sets = tag_sets_.strings.size(),
                       .tag_set_bytes = TotalSize(tag_sets_.strings),
                       .occurrence_bytes = occurrences_.size()};
    for (const SegmentEntry* e : entries_) shape.id_bytes += e->id.size();
    dictionary_.AddTo(shape);
    for (const SegmentEntry* e : entries_) shape.sketch_bytes += e->sketch.size();
    CellWriter cells;
    WriteCells(cells);
    cells.AddTo(shape);
    return shape;
  }

  void FillTrajectories(const SegmentCanvas& canvas) const {
    auto* id_start = canvas.Get<uint32_t>(Section::kIdStart);
    auto* id_bytes = canvas.Get<char>(Section::kIdBytes);
    id_start[0] = 0;
    for (uint32_t o = 0; o < size(); ++o) {
      const SegmentEntry& e = *entries_[o];
      const Summary& s = *e.summary;
      canvas.Get<uint64_t>(Section::kHome)[o] = e.home;
      canvas.Get<uint64_t>(Section::kVersion)[o] = e.version;
      std::copy(e.id.begin(), e.id.end(), id_bytes + id_start[o]);
      id_start[o + 1] = id_start[o] + static_cast<uint32_t>(e.id.size());
      canvas.Get<Box>(Section::kBox)[o] = s.box;
      canvas.Get<EndPoints>(Section::kEndPoints)[o] = {s.start.lat_e7, s.start.lon_e7, s.end.lat_e7,
                                                       s.end.lon_e7};
      canvas.Get<TimeSpan>(Section::kTimeSpan)[o] = {s.start.time_ms, s.end.time_ms};
      canvas.Get<double>(Section::kLength)[o] = s.length_m;
      canvas.Get<Outline>(Section::kOutline)[o] = e.outline;
      canvas.Get<uint32_t>(Section::kFixes)[o] = s.fixes;
      canvas.Get<uint32_t>(Section::kObject)[o] = objects_.index[o];
      canvas.Get<uint32_t>(Section::kTagSet)[o] = tag_sets_.index[o];
    }
    FillStrings(canvas, Section::kObjectStart, objects_.strings);
    FillStrings(canvas, Section::kTagSetStart, tag_sets_.strings);
    auto* by_id = canvas.Get<uint32_t>(Section::kById);
    std::iota(by_id, by_id + size(), 0);
    std::sort(by_id, by_id + size(),
              [this](uint32_t a, uint32_t b) { return entries_[a]->id < entries_[b]->id; });
    FillIdRank(canvas, size());
    FillBlocks(canvas, size());
    FillGroups(canvas, size());
  }

  void WriteCells(CellWriter& writer) const {
    std::vector<CellPosting> postings;
    for (size_t i = 0; i < passed_.size(); ++i) {
      postings.push_back({passed_[i].ordinal, passed_[i].parts});
      if (i + 1 < passed_.size() && passed_[i + 1].term == passed_[i].term) continue;
      writer.Add(passed_[i].term, postings);
      postings.clear();
    }
  }

  // The postings come in the order of the terms, so each forward set fills in ascending order.
  void FillTerms(const SegmentCanvas& canvas) const {
    dictionary_.Fill(canvas);
    auto* forward_start = canvas.Get<uint32_t>(Section::kForwardStart);
    auto* occurrence_start = canvas.Get<uint64_t>(Section::kOccurrenceStart);
    std::vector<uint32_t> next(entries_.size());  // where the next term of each forward set goes
    forward_start[0] = 0;
    occurrence_start[0] = 0;
    for (uint32_t o = 0; o < size(); ++o) {
      next[o] = forward_start[o];
      forward_start[o + 1] =
          forward_start[o] + static_cast<uint32_t>(entries_[o]->fingerprint->geodabs.size());
      canvas.Get<uint32_t>(Section::kFine)[o] = entries_[o]->fingerprint->fine;
      occurrence_start[o + 1] = occurrence_end_[o];
    }
    auto* postings = canvas.Get<uint32_t>(Section::kPostings);
    auto* forward = canvas.Get<uint32_t>(Section::kForward);
    uint32_t term = 0;
    for (size_t i = 0; i < postings_.size(); ++i) {
      if (i > 0 && postings_[i].term != postings_[i - 1].term) ++term;
      postings[i] = postings_[i].ordinal;
      forward[next[postings_[i].ordinal]++] = term;
    }
    std::copy(occurrences_.begin(), occurrences_.end(), canvas.Get<char>(Section::kOccurrences));
  }

  std::vector<const SegmentEntry*> entries_;
  std::vector<std::string> tags_;
  DistinctTexts objects_, tag_sets_;
  std::vector<Posting> postings_;  // ascending
  std::vector<Posting> passed_;    // the cells, likewise
  DictionaryDraft dictionary_;
  std::string occurrences_;
  std::vector<uint64_t> occurrence_end_;
};

}  // namespace

std::shared_ptr<const Segment> Segment::Build(absl::Span<const SegmentEntry> entries) {
  return Builder(entries).Build();
}

}  // namespace spoor
