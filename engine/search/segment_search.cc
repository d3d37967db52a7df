#include "engine/search/segment_search.h"

#include <algorithm>
#include <limits>

#include "engine/segment/list_counter.h"

namespace spoor {
namespace {

// Looking at a forward set costs about as much as counting that many postings.
constexpr uint64_t kVerifyCost = 100;
// Below that many postings, and below that share of the ordinals that its scans run over, no plan
// beats counting.
constexpr uint64_t kWorthPruning = 1024;
constexpr uint64_t kWorthScanning = 8;
// Rare-first looks at the scores for the first time when it has read this share of the postings.
constexpr uint64_t kFirstLook = 16;
// Of a sample whose filter takes long, so many are judged for each that is wanted.
constexpr size_t kJudgedOfSample = 8;
// Patience is asked after that many postings.
constexpr uint64_t kPatiencePostings = 1 << 17;

// What a thread needs for searching, kept from search to search.  All zero in between.
struct Scratch {
  std::vector<uint8_t> small;
  std::vector<uint16_t> medium;
  std::vector<uint32_t> large;
  std::vector<uint64_t> terms;  // a bit for each term of the segment: whether the query has it
};
thread_local Scratch scratch;

// A term of the query that the segment knows.
struct QueryTerm {
  uint32_t term;
  absl::Span<const uint32_t> postings;
};

// The terms of a query as bits, so that a forward set is intersected with one look per term of its
// own.
class TermBits {
 public:
  TermBits(const std::vector<QueryTerm>& terms, uint32_t dictionary_size) : terms_(terms) {
    if (scratch.terms.size() <= dictionary_size / 64)
      scratch.terms.resize(dictionary_size / 64 + 1);
    for (const QueryTerm& t : terms_) scratch.terms[t.term / 64] |= uint64_t{1} << t.term % 64;
    none_ = dictionary_size;
  }
  TermBits(const TermBits&) = delete;
  TermBits& operator=(const TermBits&) = delete;
  ~TermBits() {
    for (const QueryTerm& t : terms_) scratch.terms[t.term / 64] = 0;
  }

  uint32_t CountIn(absl::Span<const uint32_t> forward) const {
    const uint64_t* const bits = scratch.terms.data();
    uint64_t count = 0;
    for (uint32_t term : forward) {
      term = std::min(term, none_);
      count += bits[term / 64] >> term % 64 & 1;
    }
    return static_cast<uint32_t>(count);
  }

 private:
  uint32_t none_;  // no term, whose bit is there and never set
  const std::vector<QueryTerm>& terms_;
};

// The terms of the query that the segment knows.
std::vector<QueryTerm> LookUp(const std::vector<Geodab>& geodabs, const Segment& segment) {
  std::vector<QueryTerm> terms;
  terms.reserve(geodabs.size());
  for (const Geodab g : geodabs) {
    QueryTerm t{};
    t.postings = segment.Postings(g, &t.term);
    if (!t.postings.empty()) terms.push_back(t);
  }
  return terms;
}

// The terms of the query that have postings within a part of the segment, rarest first.
struct PartTerms {
  OrdinalPart part;
  std::vector<QueryTerm> terms;
};
PartTerms TermsWithin(const OrdinalPart& part, const std::vector<QueryTerm>& terms) {
  std::vector<QueryTerm> within;
  within.reserve(terms.size());
  for (const QueryTerm& t : terms) {
    const auto at = [&t](uint32_t ordinal) {
      return std::lower_bound(t.postings.begin(), t.postings.end(), ordinal);
    };
    const auto first = part.from == 0 ? t.postings.begin() : at(part.from);
    const auto last = part.to == UINT32_MAX ? t.postings.end() : at(part.to);
    if (first == last) continue;
    within.push_back(
        {.term = t.term,
         .postings = t.postings.subspan(static_cast<size_t>(first - t.postings.begin()),
                                        static_cast<size_t>(last - first))});
  }
  std::sort(within.begin(), within.end(), [](const QueryTerm& a, const QueryTerm& b) {
    return a.postings.size() != b.postings.size() ? a.postings.size() < b.postings.size()
                                                  : a.term < b.term;
  });
  return {part, std::move(within)};
}

template <typename Counter>
class SearchOfSegment {
 public:
  SearchOfSegment(const SegmentSearch& search, const PartTerms& part,
                  absl::Span<absl::Span<const uint32_t>> lists, std::vector<Counter>& counters,
                  SearchCost& cost)
      : search_(search),
        part_(part.part),
        arrays_(search.segment.arrays()),
        lists_(lists),
        query_(static_cast<uint32_t>(search.way.geodabs.size())),
        bits_(part.terms, arrays_.terms),
        counter_(counters, arrays_.size, lists),
        proposals_(search.keep, search.floor, query_),
        cost_(cost) {
    for (const auto& list : lists_) left_ += list.size();
    cost_.postings += left_;
  }

  absl::StatusOr<std::vector<Proposal>> Run() {
    if (FewMayPass()) return ScoreListed();
    const bool may_prune = counter_.dense() && !search_.all_unsure && left_ >= kWorthPruning &&
                           left_ >= counter_.range() / kWorthScanning &&
                           (search_.keep < left_ / kVerifyCost || search_.floor > 0);
    const uint64_t all = left_;
    for (uint64_t look = all / kFirstLook; may_prune && counter_.counted() < lists_.size();
         look *= 2) {
      if (absl::Status s = CountUntil(all - std::min(all, look)); !s.ok()) return s;
      if (!SampleFloor()) break;
      if (absl::Status s = CountWhileUnseenMayEnter(all - std::min(all, 2 * look)); !s.ok())
        return s;
      if (!UnseenMayEnter() && FewSurvive()) return VerifySurvivors();
      if (look > all / kFirstLook && LeftWhenUnseenIsOut() < all / 4) break;  // too little to save
    }
    if (absl::Status s = CountUntil(0); !s.ok()) return s;
    return TakeCounted();
  }

 private:
  uint32_t SizeOf(uint32_t ordinal) const {
    return arrays_.fingerprint_size(ordinal, search_.way.coarse);
  }

  // Whether so few may pass the filter that scoring each costs less than counting lists.
  bool FewMayPass() const {
    const OrdinalBits* const listed = search_.filter.listed();
    return listed != nullptr && left_ > kWorthPruning && listed->Count() < left_ / kVerifyCost;
  }

  // Scores all that may pass the filter from their forward sets; whether they do pass is asked of
  // those that may enter.
  absl::StatusOr<std::vector<Proposal>> ScoreListed() {
    constexpr uint64_t kPatienceForwardSets = 1 << 10;
    const OrdinalBits& listed = *search_.filter.listed();
    if (cost_.plan[0] == '\0') cost_.plan = "listed";
    uint64_t looked_at = 0;
    std::vector<std::pair<double, uint32_t>> scored;  // (score, ordinal), to be judged
    const uint32_t end = std::min(part_.to, arrays_.size);
    for (uint32_t o = part_.from; (o = listed.Next(o)) < end; ++o) {
      if (++looked_at % kPatienceForwardSets == 0 && search_.patience != nullptr) {
        if (absl::Status s = search_.patience->CheckInTurn(); !s.ok()) return s;
      }
      const double score = Exact(o, 0);
      if (score == 0) continue;
      ++cost_.candidates;
      if (proposals_.MayEnter(score)) scored.emplace_back(score, o);
    }
    ProposeBestFirst(std::move(scored));
    return proposals_.Take();
  }

  uint32_t lists_left() const { return static_cast<uint32_t>(lists_.size()) - counter_.counted(); }

  void CountNext() {
    const uint64_t size = lists_[counter_.counted()].size();
    if (!counter_.CountNext()) arrays_.Suspect();
    left_ -= size;
    unasked_ += size;
    cost_.postings_read += size;
  }

  absl::Status CheckPatience() {
    if (unasked_ < kPatiencePostings || search_.patience == nullptr) return absl::OkStatus();
    unasked_ = 0;
    return search_.patience->CheckInTurn();
  }

  // Counts lists until no more than `left` postings remain.
  absl::Status CountUntil(uint64_t left) {
    while (lists_left() > 0 && left_ > left) {
      CountNext();
      if (absl::Status s = CheckPatience(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  // Whether a trajectory in none of the counted lists may enter.
  bool UnseenMayEnter() const {
    return lists_left() > 0 &&
           proposals_.MayEnter(ScoreOf(search_.score, lists_left(), query_, lists_left()));
  }

  // How many postings need not be counted, as far as the scores known now tell.
  uint64_t LeftWhenUnseenIsOut() const {
    uint64_t left = left_;
    for (uint32_t i = counter_.counted(); i < lists_.size(); ++i) {
      const auto more = static_cast<uint32_t>(lists_.size()) - i;
      if (!proposals_.MayEnter(ScoreOf(search_.score, more, query_, more))) break;
      left -= lists_[i].size();
    }
    return left;
  }

  absl::Status CountWhileUnseenMayEnter(uint64_t left) {
    while (UnseenMayEnter() && left_ > left) {
      CountNext();
      if (absl::Status s = CheckPatience(); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  // Of a trajectory that is in `count` of the counted lists.
  double Exact(uint32_t ordinal, uint32_t count) {
    ++cost_.verified;
    const absl::Span<const uint32_t> forward = arrays_.forward_of(ordinal);
    const uint32_t shared = bits_.CountIn(forward);
    if (shared < count) arrays_.Suspect();
    return ScoreOf(search_.score, shared, query_, SizeOf(ordinal));
  }

  // Scores some trajectories with the most counts so far; the least of the `keep` best is a floor.
  // False: so few pass the filter that going on counting costs less than looking for them again.
  bool SampleFloor() {
    const size_t wanted = search_.keep + search_.keep / 2 + 4;
    // Of several looks, each may cost this much.
    if (wanted >= left_ / (4 * kVerifyCost)) return true;
    // What takes long to judge is judged last, the most promising first, and only so many.
    const bool judge_last = search_.filter.looks_at_lines();
    const size_t kept = judge_last ? kJudgedOfSample * wanted : wanted;
    std::vector<std::pair<uint32_t, uint32_t>> best;  // (count, ordinal)
    uint32_t least = 1;
    const auto drop_worse = [&] {
      std::nth_element(best.begin(), best.begin() + static_cast<ptrdiff_t>(kept), best.end(),
                       std::greater<>());
      best.resize(kept);
      least = std::min_element(best.begin(), best.end())->first;
    };
    const auto passes = [&](uint32_t ordinal) {
      return search_.filter.Judge(ordinal) == Verdict::kYes;
    };
    counter_.Scan(least, [&](uint32_t ordinal, uint32_t count) {
      if (judge_last ? !search_.filter.MayPass(ordinal) : !passes(ordinal)) return;
      best.emplace_back(count, ordinal);
      if (best.size() >= 2 * kept + 32) drop_worse();
    });
    if (best.size() > kept) drop_worse();
    if (judge_last) KeepFirst(wanted, passes, best);
    if (best.size() < search_.keep) return false;
    std::vector<double> scores;
    for (const auto& [count, ordinal] : best) scores.push_back(Exact(ordinal, count));
    const auto last = scores.begin() + static_cast<ptrdiff_t>(search_.keep) - 1;
    std::nth_element(scores.begin(), last, scores.end(), std::greater<>());
    proposals_.Raise(*last);
    return true;
  }

  // Of these the first by count that pass, at most `wanted`.
  template <typename Passes>
  static void KeepFirst(size_t wanted, const Passes& passes,
                        std::vector<std::pair<uint32_t, uint32_t>>& best) {
    std::sort(best.begin(), best.end(), std::greater<>());
    size_t passed = 0;
    for (size_t i = 0; i < best.size() && passed < wanted; ++i) {
      if (passes(best[i].second)) best[passed++] = best[i];
    }
    best.resize(passed);
  }

  // The best score of a trajectory in `count` of the counted lists.
  double Bound(uint32_t count, uint32_t size) const {
    return ScoreOf(search_.score, std::min(count + lists_left(), size), query_, size);
  }

  uint32_t LeastCount() const {
    const uint32_t shared = proposals_.least_shared();
    return shared > lists_left() ? shared - lists_left() : 1;
  }

  // Whether scoring what may still enter costs less than counting the lists that are left.
  bool FewSurvive() const {
    if (lists_left() == 0) return false;
    const uint64_t few = left_ / kVerifyCost;
    uint64_t survivors = 0;
    uint32_t least = LeastCount();
    counter_.Scan(least, [&](uint32_t ordinal, uint32_t count) {
      survivors += proposals_.MayEnter(Bound(count, SizeOf(ordinal)));
      if (survivors > few) least = std::numeric_limits<uint32_t>::max();
    });
    return survivors <= few;
  }

  std::vector<Proposal> VerifySurvivors() {
    if (cost_.plan[0] == '\0') cost_.plan = "rare_first";
    uint32_t least = LeastCount();
    cost_.candidates += counter_.ScanAndClear(least, [&](uint32_t ordinal, uint32_t count) {
      if (!proposals_.MayEnter(Bound(count, SizeOf(ordinal)))) return;
      Propose(ordinal, [&] { return Exact(ordinal, count); });
      least = LeastCount();
    });
    return proposals_.Take();
  }

  std::vector<Proposal> TakeCounted() {
    if (cost_.plan[0] == '\0') cost_.plan = "counting";
    const bool judge_last = search_.filter.looks_at_lines();
    std::vector<std::pair<double, uint32_t>> scored;  // (score, ordinal), to be judged
    uint32_t least = proposals_.least_shared();
    cost_.candidates += counter_.ScanAndClear(least, [&](uint32_t ordinal, uint32_t count) {
      const uint32_t size = SizeOf(ordinal);
      if (count > size) return arrays_.Suspect();
      const double score = ScoreOf(search_.score, count, query_, size);
      if (!proposals_.MayEnter(score)) return;
      if (judge_last) {
        if (search_.filter.MayPass(ordinal)) scored.emplace_back(score, ordinal);
        return;
      }
      Propose(ordinal, [score] { return score; });
      least = proposals_.least_shared();
    });
    ProposeBestFirst(std::move(scored));
    return proposals_.Take();
  }

  // So that a filter which takes long is asked of few: what passes raises the floor for the rest.
  void ProposeBestFirst(std::vector<std::pair<double, uint32_t>> scored) {
    std::make_heap(scored.begin(), scored.end());
    for (auto end = scored.end(); end != scored.begin(); --end) {
      std::pop_heap(scored.begin(), end);
      const auto& [score, ordinal] = *std::prev(end);
      if (!proposals_.MayEnter(score)) break;
      Propose(ordinal, [score = score] { return score; });
    }
  }

  template <typename GetScore>
  void Propose(uint32_t ordinal, GetScore get_score) {
    const Verdict verdict = search_.filter.Judge(ordinal);
    if (verdict == Verdict::kNo) return;
    const double score = get_score();
    if (!proposals_.MayEnter(score)) return;
    const bool sure = verdict == Verdict::kYes && !search_.all_unsure;
    proposals_.Add({.score = score, .ordinal = ordinal, .sure = sure});
  }

  const SegmentSearch& search_;
  const OrdinalPart part_;
  const Segment::Arrays& arrays_;
  const absl::Span<absl::Span<const uint32_t>> lists_;  // shortest first
  const uint32_t query_;                                // geodabs of the query
  const TermBits bits_;
  ListCounter<Counter> counter_;
  Proposals proposals_;
  SearchCost& cost_;
  uint64_t left_ = 0;     // postings of the lists that are left
  uint64_t unasked_ = 0;  // postings since patience was asked
};

absl::StatusOr<std::vector<Proposal>> SearchPart(const SegmentSearch& search, const PartTerms& part,
                                                 SearchCost& cost) {
  if (part.terms.empty()) return std::vector<Proposal>();
  std::vector<absl::Span<const uint32_t>> lists;
  lists.reserve(part.terms.size());
  for (const QueryTerm& t : part.terms) lists.push_back(t.postings);
  if (lists.size() <= std::numeric_limits<uint8_t>::max()) {
    return SearchOfSegment<uint8_t>(search, part, absl::MakeSpan(lists), scratch.small, cost).Run();
  }
  if (lists.size() <= std::numeric_limits<uint16_t>::max()) {
    return SearchOfSegment<uint16_t>(search, part, absl::MakeSpan(lists), scratch.medium, cost)
        .Run();
  }
  return SearchOfSegment<uint32_t>(search, part, absl::MakeSpan(lists), scratch.large, cost).Run();
}

}  // namespace

absl::StatusOr<std::vector<Proposal>> SearchSegment(const SegmentSearch& search, SearchCost& cost) {
  std::vector<Proposal> all;
  if (search.filter.never()) return all;
  const std::vector<QueryTerm> terms = LookUp(search.way.geodabs, search.segment);
  for (OrdinalPart part : search.filter.parts()) {
    part.from = std::max(part.from, search.from);
    if (part.from >= part.to) continue;
    auto found = SearchPart(search, TermsWithin(part, terms), cost);
    if (!found.ok()) return found.status();
    all.insert(all.end(), found->begin(), found->end());
  }
  return all;
}

uint32_t SharedWith(const std::vector<Geodab>& geodabs, const Segment& segment, uint32_t ordinal) {
  const absl::Span<const uint32_t> forward = segment.forward(ordinal);
  uint32_t shared = 0, term = 0;
  for (const Geodab g : geodabs) {
    if (segment.Postings(g, &term).empty()) continue;
    shared += std::binary_search(forward.begin(), forward.end(), term);
  }
  return shared;
}

}  // namespace spoor
