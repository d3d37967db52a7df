#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/segment/segment_cells.h"
#include "engine/segment/segment_file.h"
#include "engine/segment/segment_parts.h"
#include "engine/store/merge_ascending.h"

namespace spoor {
namespace {

constexpr uint32_t kGone = CellSource::kGone;

// One input, and where its trajectories and strings go.
struct Input {
  const Segment::Arrays* arrays;
  const OrdinalSet* deleted;                          // null: none
  std::vector<uint32_t> ordinals, objects, tag_sets;  // old -> new
};

// A term, by its number in an input.
struct TermSource {
  uint32_t input, term;
};

struct Origin {
  uint32_t input, ordinal;
};

// Merges in two steps, so that a file is allocated before it is written: what decides the lengths
// of the arrays, then their content.  Inputs are sorted in every respect, and so are the maps from
// old to new numbers monotone: nothing is sorted again.
class Merger {
 public:
  explicit Merger(absl::Span<const SegmentView> views) {
    for (const SegmentView& v : views) {
      inputs_.push_back({&v.segment->arrays(), v.deleted.get(), {}, {}, {}});
    }
    OrderTrajectories();
    OrderIds();
    CountTerms();
    objects_ = MergeStrings(&Segment::Arrays::objects, &Segment::Arrays::object, &Input::objects);
    tag_sets_ =
        MergeStrings(&Segment::Arrays::tag_sets, &Segment::Arrays::tag_set, &Input::tag_sets);
  }

  uint64_t postings() const { return postings_; }

  SegmentShape Shape() const {
    SegmentShape shape{.trajectories = origins_.size(),
                       .objects = objects_.size(),
                       .object_bytes = TotalSize(objects_),
                       .tag_sets = tag_sets_.size(),
                       .tag_set_bytes = TotalSize(tag_sets_),
                       .prefixes = prefixes_,
                       .terms = terms_,
                       .postings = postings_};
    for (const Origin& from : origins_) {
      const Segment::Arrays& a = *inputs_[from.input].arrays;
      shape.id_bytes += a.id(from.ordinal).size();
      shape.occurrence_bytes += a.occurrence_bytes(from.ordinal).size();
      shape.sketch_bytes += a.sketch(from.ordinal).size();
    }
    CellWriter cells;
    WriteCells(cells);
    cells.AddTo(shape);
    return shape;
  }

  void Fill(const SegmentCanvas& canvas) const {
    FillTrajectories(canvas);
    FillIds(canvas);
    FillTerms(canvas);
    // Occurrences count terms within their own forward set, whose order stays, so that their bytes
    // stay too.
    FillBytes(canvas, kOccurrencesOfEach, size(), [this](uint32_t o) {
      return inputs_[origins_[o].input].arrays->occurrence_bytes(origins_[o].ordinal);
    });
    FillBytes(canvas, kSketchOfEach, size(), [this](uint32_t o) {
      return inputs_[origins_[o].input].arrays->sketch(origins_[o].ordinal);
    });
    CellWriter cells(canvas);
    WriteCells(cells);
  }

 private:
  uint32_t size() const { return static_cast<uint32_t>(origins_.size()); }

  void WriteCells(CellWriter& writer) const {
    std::vector<CellSource> sources;
    for (const Input& in : inputs_) sources.push_back({in.arrays, in.ordinals});
    MergeCells(sources, writer);
  }

  std::vector<uint32_t> InputSizes() const {
    std::vector<uint32_t> sizes;
    for (const Input& in : inputs_) sizes.push_back(in.arrays->size);
    return sizes;
  }

  void OrderTrajectories() {
    for (Input& in : inputs_) {
      in.ordinals.assign(in.arrays->size, 0);
      if (in.deleted == nullptr) continue;
      in.deleted->ForEach([&in](uint32_t ordinal) { in.ordinals[ordinal] = kGone; });
    }
    using Key = std::pair<uint64_t, absl::string_view>;
    MergeAscending<Key>(
        InputSizes(),
        [this](uint32_t i, uint32_t o) {
          const Segment::Arrays& a = *inputs_[i].arrays;
          return Key{a.home[o], a.id(o)};
        },
        [this](const Key&, uint32_t i, uint32_t o) {
          if (inputs_[i].ordinals[o] == kGone) return;
          inputs_[i].ordinals[o] = size();
          origins_.push_back({i, o});
        });
  }

  void OrderIds() {
    by_id_.reserve(origins_.size());
    MergeAscending<absl::string_view>(
        InputSizes(),
        [this](uint32_t i, uint32_t rank) {
          const Segment::Arrays& a = *inputs_[i].arrays;
          return a.id(a.by_id[rank]);
        },
        [this](absl::string_view, uint32_t i, uint32_t rank) {
          const uint32_t ordinal = inputs_[i].ordinals[inputs_[i].arrays->by_id[rank]];
          if (ordinal != kGone) by_id_.push_back(ordinal);
        });
  }

  // Calls visit(geodab, where it is) for each geodab of any input, ascending.
  template <typename Visit>
  void ForEachTerm(Visit visit) const {
    std::vector<uint32_t> sizes, prefix(inputs_.size());
    for (const Input& in : inputs_) sizes.push_back(in.arrays->terms);
    Geodab geodab = 0;
    std::vector<TermSource> sources;
    MergeAscending<Geodab>(
        sizes,
        [&](uint32_t i, uint32_t t) {
          const Segment::Arrays& a = *inputs_[i].arrays;
          while (prefix[i] + 1 < a.prefixes && t >= a.prefix_start[prefix[i] + 1]) ++prefix[i];
          return Geodab{a.prefix[prefix[i]]} << 32 | a.suffix[t];
        },
        [&](Geodab next, uint32_t i, uint32_t t) {
          if (next != geodab && !sources.empty()) visit(geodab, sources), sources.clear();
          geodab = next;
          sources.push_back({i, t});
        });
    if (!sources.empty()) visit(geodab, sources);
  }

  // The new ordinals of the living that contain a term, as they come.
  template <typename Visit>
  void ForEachLiving(const TermSource& from, Visit visit) const {
    const Input& in = inputs_[from.input];
    for (const uint32_t old : in.arrays->postings_of(from.term)) {
      if (old < in.ordinals.size() && in.ordinals[old] != kGone) visit(in.ordinals[old]);
    }
  }
  uint64_t CountLiving(const TermSource& from) const {
    const Input& in = inputs_[from.input];
    if (in.deleted == nullptr) return in.arrays->postings_of(from.term).size();
    uint64_t count = 0;
    ForEachLiving(from, [&count](uint32_t) { ++count; });
    return count;
  }

  // Terms of the dead only are left out.
  void CountTerms() {
    uint64_t prefix = UINT64_MAX;
    ForEachTerm([&](Geodab geodab, absl::Span<const TermSource> sources) {
      uint64_t count = 0;
      for (const TermSource& from : sources) count += CountLiving(from);
      if (count == 0) return;
      if (std::exchange(prefix, geodab >> 32) != geodab >> 32) ++prefixes_;
      ++terms_;
      postings_ += count;
    });
  }

  // The strings that living trajectories use, ascending.
  std::vector<absl::string_view> MergeStrings(StringTable Segment::Arrays::* table,
                                              const uint32_t* Segment::Arrays::* index,
                                              std::vector<uint32_t> Input::* map) {
    std::vector<uint32_t> sizes;
    for (Input& in : inputs_) {
      const Segment::Arrays& a = *in.arrays;
      sizes.push_back((a.*table).count);
      (in.*map).assign((a.*table).count, kGone);
      for (uint32_t o = 0; o < a.size; ++o) {
        if (in.ordinals[o] != kGone) (in.*map)[(a.*index)[o]] = 0;
      }
    }
    std::vector<absl::string_view> out;
    MergeAscending<absl::string_view>(
        sizes, [&](uint32_t i, uint32_t s) { return (inputs_[i].arrays->*table)[s]; },
        [&](absl::string_view text, uint32_t i, uint32_t s) {
          uint32_t& to = (inputs_[i].*map)[s];
          if (to == kGone) return;
          if (out.empty() || out.back() != text) out.push_back(text);
          to = static_cast<uint32_t>(out.size() - 1);
        });
    return out;
  }

  template <typename T>
  void Gather(const SegmentCanvas& canvas, Section section,
              const T* Segment::Arrays::* field) const {
    T* to = canvas.Get<T>(section);
    for (const Origin& from : origins_) *to++ = (inputs_[from.input].arrays->*field)[from.ordinal];
  }

  void FillTrajectories(const SegmentCanvas& canvas) const {
    Gather(canvas, Section::kHome, &Segment::Arrays::home);
    Gather(canvas, Section::kVersion, &Segment::Arrays::version);
    Gather(canvas, Section::kBox, &Segment::Arrays::box);
    Gather(canvas, Section::kEndPoints, &Segment::Arrays::ends);
    Gather(canvas, Section::kTimeSpan, &Segment::Arrays::span);
    Gather(canvas, Section::kLength, &Segment::Arrays::length_m);
    Gather(canvas, Section::kFixes, &Segment::Arrays::fixes);
    Gather(canvas, Section::kOutline, &Segment::Arrays::outline);
    auto* object = canvas.Get<uint32_t>(Section::kObject);
    auto* tag_set = canvas.Get<uint32_t>(Section::kTagSet);
    for (const Origin& from : origins_) {
      const Input& in = inputs_[from.input];
      *object++ = in.objects[in.arrays->object[from.ordinal]];
      *tag_set++ = in.tag_sets[in.arrays->tag_set[from.ordinal]];
    }
    FillStrings(canvas, Section::kObjectStart, objects_);
    FillStrings(canvas, Section::kTagSetStart, tag_sets_);
    FillBlocks(canvas, size());
    FillGroups(canvas, size());
  }

  void FillIds(const SegmentCanvas& canvas) const {
    auto* start = canvas.Get<uint32_t>(Section::kIdStart);
    auto* bytes = canvas.Get<char>(Section::kIdBytes);
    *start = 0;
    for (const Origin& from : origins_) {
      const absl::string_view id = inputs_[from.input].arrays->id(from.ordinal);
      std::copy(id.begin(), id.end(), bytes + *start);
      start[1] = *start + static_cast<uint32_t>(id.size());
      ++start;
    }
    std::copy(by_id_.begin(), by_id_.end(), canvas.Get<uint32_t>(Section::kById));
    FillIdRank(canvas, size());
  }

  // Terms come in ascending order, so each forward set fills in ascending order.  What is written
  // stays within the arrays, though a file that is read may change: then the result is refused when
  // it is opened.
  void FillTerms(const SegmentCanvas& canvas) const {
    auto* const prefix = canvas.Get<uint32_t>(Section::kPrefix);
    auto* const prefix_start = canvas.Get<uint32_t>(Section::kPrefixStart);
    auto* const suffix = canvas.Get<uint32_t>(Section::kSuffix);
    auto* const postings_start = canvas.Get<uint32_t>(Section::kPostingsStart);
    auto* const postings = canvas.Get<uint32_t>(Section::kPostings);
    auto* const forward = canvas.Get<uint32_t>(Section::kForward);
    std::vector<uint32_t> next = FillForwardStarts(canvas), ordinals;
    uint64_t prefixes = 0, terms = 0, at = 0;
    ForEachTerm([&](Geodab geodab, absl::Span<const TermSource> sources) {
      ordinals.clear();
      for (const TermSource& from : sources) {
        ForEachLiving(from, [&ordinals](uint32_t o) { ordinals.push_back(o); });
      }
      const auto upper = static_cast<uint32_t>(geodab >> 32);
      const bool new_prefix = prefixes == 0 || prefix[prefixes - 1] != upper;
      if (ordinals.empty() || terms == terms_ || at + ordinals.size() > postings_) return;
      if (new_prefix && prefixes == prefixes_) return;
      if (!std::is_sorted(ordinals.begin(), ordinals.end())) {
        std::sort(ordinals.begin(), ordinals.end());
      }
      if (new_prefix) {
        prefix[prefixes] = upper;
        prefix_start[prefixes++] = static_cast<uint32_t>(terms);
      }
      suffix[terms] = static_cast<uint32_t>(geodab);
      postings_start[terms] = static_cast<uint32_t>(at);
      for (const uint32_t o : ordinals) {
        postings[at++] = o;
        if (next[o] < postings_) forward[next[o]++] = static_cast<uint32_t>(terms);
      }
      ++terms;
    });
    std::fill(prefix_start + prefixes, prefix_start + prefixes_ + 1, static_cast<uint32_t>(terms));
    std::fill(postings_start + terms, postings_start + terms_ + 1, static_cast<uint32_t>(at));
  }

  // Where each forward set begins.
  std::vector<uint32_t> FillForwardStarts(const SegmentCanvas& canvas) const {
    auto* const start = canvas.Get<uint32_t>(Section::kForwardStart);
    start[0] = 0;
    for (uint32_t o = 0; o < size(); ++o) {
      const Segment::Arrays& a = *inputs_[origins_[o].input].arrays;
      start[o + 1] = start[o] + static_cast<uint32_t>(a.forward_of(origins_[o].ordinal).size());
      canvas.Get<uint32_t>(Section::kFine)[o] = a.fine[origins_[o].ordinal];
    }
    return {start, start + size()};
  }

  std::vector<Input> inputs_;
  std::vector<Origin> origins_;  // by new ordinal
  std::vector<uint32_t> by_id_;
  uint64_t prefixes_ = 0, terms_ = 0, postings_ = 0;
  std::vector<absl::string_view> objects_, tag_sets_;
};

}  // namespace

uint64_t MergeMemory(const Segment& input) {
  constexpr uint64_t kOfEach = 96;  // trajectory, whatever it has: maps, orders and groups
  return kOfEach * input.size();
}

std::shared_ptr<const Segment> MergeInMemory(absl::Span<const SegmentView> inputs) {
  const Merger merger(inputs);
  const SegmentShape shape = merger.Shape();
  SegmentBuffer buffer = NewSegmentBuffer(shape);
  auto* base = reinterpret_cast<char*>(buffer.get());
  merger.Fill(SegmentCanvas(base, shape));
  return std::make_shared<const HeapSegment>(std::move(buffer), PointInto(base, shape));
}

absl::StatusOr<std::shared_ptr<const Segment>> MergeToFile(absl::Span<const SegmentView> inputs,
                                                           const std::string& path) {
  const Merger merger(inputs);
  if (merger.postings() > Segment::kMaxPostings) {
    return absl::ResourceExhaustedError(absl::StrCat("segment of ", merger.postings(),
                                                     " postings, at most ", Segment::kMaxPostings));
  }
  const SegmentShape shape = merger.Shape();
  absl::StatusOr<SegmentFile> file = SegmentFile::Create(path, LayOut(shape).bytes);
  if (!file.ok()) return file.status();
  merger.Fill(SegmentCanvas(file->data(), shape));
  SealSegment(file->data(), shape);
  if (absl::Status s = file->Publish(); !s.ok()) return s;
  return Segment::Open(path);
}

}  // namespace spoor
