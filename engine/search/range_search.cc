#include <algorithm>
#include <chrono>
#include <optional>
#include <queue>
#include <string>
#include <vector>

#include "engine/search/candidates.h"
#include "engine/search/search.h"
#include "engine/segment/segment_filter.h"

namespace spoor {
namespace {

// How many trajectories are judged between two looks at the clock.
constexpr uint32_t kPatienceSteps = 4096;

using Clock = std::chrono::steady_clock;

uint64_t UsSince(Clock::time_point start) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  return static_cast<uint64_t>(us.count());
}

// Where the walk through one segment, in the order of the ids, stands.
struct Cursor {
  absl::string_view id;
  uint32_t segment, rank;

  friend bool operator<(const Cursor& a, const Cursor& b) { return a.id > b.id; }
};

// Walks all segments in the order of the ids, and reads fixes in batches of as many as the page
// lacks.  Of a segment whose cells tell what lies in the area it visits nothing else.
class RangeSearch {
 public:
  RangeSearch(const SearchContext& context, const RangeQuery& query)
      : context_(context), query_(query) {
    filters_.reserve(context.segments.size());
    for (uint32_t s = 0; s < context.segments.size(); ++s) {
      filters_.emplace_back(query.filter, context.segments[s]);
      listed_.push_back(ListedRanks(s));
      if (!filters_[s].never()) Push(s, FirstAfter(s, query.after_id));
    }
  }

  absl::StatusOr<RangeAnswer> Run() {
    while (answer_.ids.size() <= query_.limit && !cursors_.empty()) {
      if (absl::Status s = Collect(query_.limit + 1 - answer_.ids.size()); !s.ok()) return s;
      if (absl::Status s = Decide(); !s.ok()) return s;
    }
    answer_.more = answer_.ids.size() > query_.limit;
    if (answer_.more) {
      answer_.ids.pop_back();
      answer_.versions.pop_back();
      if (query_.show) answer_.shown.pop_back();
    }
    return std::move(answer_);
  }

 private:
  const Segment::Arrays& ArraysOf(uint32_t s) const {
    return context_.segments[s].segment->arrays();
  }

  uint32_t FirstAfter(uint32_t segment, const std::string& id) const {
    const Segment::Arrays& a = ArraysOf(segment);
    const uint32_t* first = std::upper_bound(
        a.by_id, a.by_id + a.size, id,
        [&a](const std::string& v, uint32_t ordinal) { return v < a.id(ordinal); });
    return id.empty() ? 0 : static_cast<uint32_t>(first - a.by_id);
  }

  // Where the trajectories that the filter lists stand in the order of the ids.
  std::optional<OrdinalBits> ListedRanks(uint32_t segment) const {
    const OrdinalBits* const listed = filters_[segment].listed();
    if (listed == nullptr) return std::nullopt;
    const Segment::Arrays& a = ArraysOf(segment);
    OrdinalBits ranks(a.size);
    for (uint32_t o = 0; (o = listed->Next(o)) < a.size; ++o) ranks.Add(a.id_rank[o]);
    return ranks;
  }

  // The first to be visited that does not stand before that rank.
  void Push(uint32_t segment, uint32_t rank) {
    const Segment::Arrays& a = ArraysOf(segment);
    if (listed_[segment]) rank = listed_[segment]->Next(rank);
    if (rank < a.size) cursors_.push({a.id(a.by_id[rank]), segment, rank});
  }

  // The next trajectories that pass or may pass, up to `count`.
  absl::Status Collect(size_t count) {
    const auto start = Clock::now();
    places_.clear();
    undecided_.clear();
    for (uint32_t step = 1; places_.size() < count && !cursors_.empty(); ++step) {
      if (step % kPatienceSteps == 0) {
        if (absl::Status s = context_.CheckPatience(); !s.ok()) return s;
      }
      const Cursor at = cursors_.top();
      cursors_.pop();
      Push(at.segment, at.rank + 1);
      const uint32_t ordinal = ArraysOf(at.segment).by_id[at.rank];
      if (!ArraysOf(at.segment).IsOrdinal(ordinal)) continue;
      ++answer_.cost.judged;
      const Verdict verdict = filters_[at.segment].Judge(ordinal);
      if (verdict == Verdict::kNo) continue;
      places_.push_back({at.segment, ordinal});
      if (verdict == Verdict::kMaybe) undecided_.push_back(places_.back());
    }
    answer_.cost.judge_us += UsSince(start);
    return absl::OkStatus();
  }

  absl::Status Decide() {
    std::vector<bool> admitted;
    if (!undecided_.empty()) {
      const auto start = Clock::now();
      auto decided = AdmitByFixes(context_, query_.filter, undecided_);
      if (!decided.ok()) return decided.status();
      admitted = *std::move(decided);
      answer_.cost.read += undecided_.size();
      answer_.cost.read_us += UsSince(start);
    }
    size_t next = 0;
    for (const SegmentOrdinal& p : places_) {
      if (next < undecided_.size() && undecided_[next] == p && !admitted[next++]) continue;
      answer_.ids.emplace_back(std::string(ArraysOf(p.segment).id(p.ordinal)));
      answer_.versions.push_back(ArraysOf(p.segment).version[p.ordinal]);
      if (!query_.show) continue;
      answer_.shown.push_back(
          ShownOf(*context_.segments[p.segment].segment, p.ordinal, *query_.show));
    }
    return absl::OkStatus();
  }

  const SearchContext& context_;
  const RangeQuery& query_;
  std::vector<SegmentFilter> filters_;              // by segment
  std::vector<std::optional<OrdinalBits>> listed_;  // ranks, by segment
  std::priority_queue<Cursor> cursors_;
  std::vector<SegmentOrdinal> places_, undecided_;
  RangeAnswer answer_;
};

}  // namespace

absl::StatusOr<RangeAnswer> RangeSegments(const SearchContext& context, const RangeQuery& query) {
  return RangeSearch(context, query).Run();
}

}  // namespace spoor
