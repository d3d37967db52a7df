#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace spoor {

// A set of the numbers below a size as one bit each, for sets that live as long as a query.
class OrdinalBits {
 public:
  OrdinalBits() = default;
  explicit OrdinalBits(uint32_t size) : size_(size), words_((size + 63) / 64) {}

  // REQUIRES: number < size.
  void Add(uint32_t number) { words_[number / 64] |= uint64_t{1} << number % 64; }
  bool Has(uint32_t number) const { return words_[number / 64] >> number % 64 & 1; }
  // The least number of the set that is not below `from`; the size when there is none.
  uint32_t Next(uint32_t from) const {
    if (from >= size_) return size_;
    size_t i = from / 64;
    uint64_t word = words_[i] & ~uint64_t{0} << from % 64;
    while (word == 0) {
      if (++i == words_.size()) return size_;
      word = words_[i];
    }
    return static_cast<uint32_t>(64 * i) + static_cast<uint32_t>(std::countr_zero(word));
  }
  uint64_t Count() const {
    uint64_t count = 0;
    for (const uint64_t word : words_) count += static_cast<uint64_t>(std::popcount(word));
    return count;
  }
  // Keeps what the other set has too.  REQUIRES: equal sizes.
  void Intersect(const OrdinalBits& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
  }

 private:
  uint32_t size_ = 0;
  std::vector<uint64_t> words_;
};

}  // namespace spoor
