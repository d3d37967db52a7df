#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "absl/types/span.h"

namespace spoor {

// Counts in how many lists each ordinal is: one small counter per ordinal of the segment, kept from
// search to search and always zero in between, so that a search costs what it touches.
//
// Where the lists are long against the segment, the touched counters are found by running over all
// of them, 64 at a time, at a tenth of a nanosecond each; where they are short, by walking the
// lists again.
template <typename Counter>
class ListCounter {
 public:
  using List = absl::Span<const uint32_t>;

  // Both outlive it; a list that does not ascend becomes empty.  REQUIRES: the counters are zero;
  // fewer lists than a Counter can count; none empty, and the first and the last of each are in
  // order and ordinals.
  ListCounter(std::vector<Counter>& counters, uint32_t ordinals, absl::Span<List> lists)
      : counters_(counters), lists_(lists) {
    if (counters_.size() < ordinals + kChunk) counters_.resize(ordinals + kChunk);
    uint64_t postings = 0;
    begin_ = ordinals;
    for (const List& list : lists) {
      begin_ = std::min(begin_, list.front());
      end_ = std::max(end_, list.back() + 1);
      postings += list.size();
    }
    dense_ = postings >= (end_ - begin_) / 16;
  }
  ListCounter(const ListCounter&) = delete;
  ListCounter& operator=(const ListCounter&) = delete;
  ~ListCounter() { Clear(); }

  bool dense() const { return dense_; }
  uint32_t range() const { return end_ - begin_; }  // that the ordinals of all lists lie in
  uint32_t counted() const { return counted_; }     // lists so far

  // False when the list does not ascend, which it did when it was checked: it counts as empty.
  // Looked over in pieces so short that the processor looks at the next one while it still counts:
  // a tenth of a nanosecond an ordinal.
  bool CountNext() {
    constexpr size_t kPiece = 64;
    Counter* const counters = counters_.data();
    const uint32_t* const list = lists_[counted_].data();
    const size_t size = lists_[counted_].size();
    size_t from = 0;
    for (size_t to = 0; from < size; from = to) {
      to = std::min(size, from + kPiece);
      if (!Ascends(list + from, std::min(size, to + 1) - from)) break;
      for (const uint32_t* at = list + from; at != list + to; ++at) ++counters[*at];
    }
    const bool ascends = from == size;
    if (!ascends) {
      for (size_t i = 0; i < from; ++i) --counters[list[i]];
      lists_[counted_] = {};
    }
    ++counted_;
    return ascends;
  }

  // Calls visit(ordinal, count) for each ordinal in at least `least` of the counted lists; visit
  // may raise `least`.  REQUIRES: dense, least >= 1.
  template <typename Visit>
  void Scan(const uint32_t& least, Visit visit) const {
    for (uint32_t at = begin_; at < end_; at += kChunk) {
      const Counter* const chunk = counters_.data() + at;
      for (uint64_t mask = AtLeast(chunk, least); mask != 0; mask &= mask - 1) {
        const auto i = static_cast<uint32_t>(std::countr_zero(mask));
        if (chunk[i] >= least) visit(at + i, uint32_t{chunk[i]});
      }
    }
  }

  // The same, whether dense or not; returns how many ordinals are in any counted list, and starts
  // over.
  template <typename Visit>
  uint32_t ScanAndClear(const uint32_t& least, Visit visit) {
    uint32_t touched = 0;
    if (dense_) {
      touched = CountTouched();
      Scan(least, visit);
      Clear();
      return touched;
    }
    for (; counted_ > 0; --counted_) {
      for (const uint32_t ordinal : lists_[counted_ - 1]) {
        const uint32_t count = std::exchange(counters_[ordinal], Counter{0});
        touched += count > 0;
        if (count >= least) visit(ordinal, count);
      }
    }
    return touched;
  }

 private:
  static constexpr uint32_t kChunk = 64;

  // As signed numbers, which are compared several at a time: with both ends of the list below 2^31
  // it is the same.
  static bool Ascends(const uint32_t* list, size_t n) {
    size_t i = 0;
    bool good = true;
#if defined(__SSE2__)
    __m128i all = _mm_set1_epi32(-1);
    const auto rises = [list](size_t at) {
      const auto* const in = reinterpret_cast<const __m128i*>(list + at);
      const auto* const next = reinterpret_cast<const __m128i*>(list + at + 1);
      return _mm_cmpgt_epi32(_mm_loadu_si128(next), _mm_loadu_si128(in));
    };
    for (; i + 16 < n; i += 16) {
      all = _mm_and_si128(all, _mm_and_si128(_mm_and_si128(rises(i), rises(i + 4)),
                                             _mm_and_si128(rises(i + 8), rises(i + 12))));
    }
    good = _mm_movemask_epi8(all) == 0xFFFF;
#endif
    for (; i + 1 < n; ++i) good &= list[i] < list[i + 1];
    return good;
  }

  // Bit i: whether chunk[i] >= least.
  static uint64_t AtLeast(const Counter* chunk, uint32_t least) {
    if (least > std::numeric_limits<Counter>::max()) return 0;
    uint64_t mask = 0;
#if defined(__SSE2__)
    if constexpr (sizeof(Counter) <= 2) {
      for (uint32_t i = 0; i < kChunk; i += 16)
        mask |= uint64_t{SixteenAtLeast(chunk + i, least)} << i;
      return mask;
    }
#endif
    for (uint32_t i = 0; i < kChunk; ++i) mask |= uint64_t{chunk[i] >= least} << i;
    return mask;
  }

#if defined(__SSE2__)
  // The same for 16 counters: `least` minus a counter, stopped at zero, is zero.
  static uint32_t SixteenAtLeast(const Counter* c, uint32_t least) {
    const auto* const in = reinterpret_cast<const __m128i*>(c);
    const __m128i zero = _mm_setzero_si128();
    if constexpr (sizeof(Counter) == 1) {
      const __m128i low = _mm_set1_epi8(static_cast<char>(least));
      const __m128i enough = _mm_cmpeq_epi8(_mm_subs_epu8(low, _mm_loadu_si128(in)), zero);
      return static_cast<uint32_t>(_mm_movemask_epi8(enough));
    } else {
      const __m128i low = _mm_set1_epi16(static_cast<int16_t>(least));
      const __m128i a = _mm_cmpeq_epi16(_mm_subs_epu16(low, _mm_loadu_si128(in)), zero);
      const __m128i b = _mm_cmpeq_epi16(_mm_subs_epu16(low, _mm_loadu_si128(in + 1)), zero);
      return static_cast<uint32_t>(_mm_movemask_epi8(_mm_packs_epi16(a, b)));
    }
  }
#endif

  uint32_t CountTouched() const {
    uint32_t touched = 0;
    for (uint32_t at = begin_; at < end_; at += kChunk) {
      touched += static_cast<uint32_t>(std::popcount(AtLeast(counters_.data() + at, 1)));
    }
    return touched;
  }

  void Clear() {
    if (dense_) {
      std::fill(counters_.begin() + begin_, counters_.begin() + std::max(begin_, end_), Counter{0});
      counted_ = 0;
    }
    for (; counted_ > 0; --counted_) {
      for (const uint32_t ordinal : lists_[counted_ - 1]) counters_[ordinal] = 0;
    }
  }

  std::vector<Counter>& counters_;
  const absl::Span<List> lists_;
  uint32_t begin_, end_ = 0;  // no list has an ordinal outside
  uint32_t counted_ = 0;
  bool dense_;
};

}  // namespace spoor
