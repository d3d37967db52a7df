#pragma once

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "absl/types/span.h"

namespace spoor {

// A contiguous part of the home keys (engine/store/home_key.h), both ends included: what one slot
// holds.
struct HomeRange {
  uint64_t first = 0, last = UINT64_MAX;
  friend bool operator==(const HomeRange&, const HomeRange&) = default;
};

// A set of home keys: which part of the world is meant.  A value.
//
//   Invariant: its ranges ascend, none is empty, and between two of them a key is missing.  So the
//   same keys are the same ranges, and two sets are equal when they hold the same keys.
//
//     HomeSet({{10, 19}, {0, 9}, {30, 39}, {35, 36}})  ==  HomeSet({{0, 19}, {30, 39}})
class HomeSet {
 public:
  HomeSet() = default;  // none
  // In any order; they may touch and overlap.  One that ends before it begins holds nothing.
  HomeSet(std::initializer_list<HomeRange> ranges);
  explicit HomeSet(std::vector<HomeRange> ranges);
  static HomeSet All() { return {HomeRange()}; }
  static HomeSet None() { return {}; }

  bool all() const { return ranges_.size() == 1 && ranges_[0] == HomeRange(); }
  bool empty() const { return ranges_.empty(); }
  bool Contains(uint64_t key) const;
  bool Covers(const HomeSet& other) const;  // all of its keys
  bool Covers(const HomeRange& range) const;
  bool Meets(const HomeSet& other) const;  // they have a key in common
  bool Meets(const HomeRange& range) const;

  HomeSet Union(const HomeSet& other) const;
  HomeSet From(uint64_t key) const;  // those at the key or behind it

  absl::Span<const HomeRange> ranges() const { return ranges_; }
  // The range that holds the key, or else the next one; null when there is none.
  const HomeRange* AtOrAfter(uint64_t key) const;

  friend bool operator==(const HomeSet&, const HomeSet&) = default;

 private:
  std::vector<HomeRange> ranges_;
};

}  // namespace spoor
