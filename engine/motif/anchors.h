#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/fingerprint/fingerprint.h"
#include "engine/motif/course.h"
#include "engine/search/query.h"
#include "engine/wait/patience.h"

namespace spoor {

// A gram that two trips share: where its middle is on the course of each.
struct Anchor {
  double a_m = 0, b_m = 0;
};

// One of the two: what its fingerprint says of it, and where that is.
struct AnchorSide {
  absl::Span<const Occurrence> occurrences;
  const Course& course;
};

// All pairs of occurrences with the same geodab, or, in the opposite direction, with one that
// differs in the strand alone; by rising a_m, then b_m.  Of a geodab that a trip has very often the
// first occurrences, so many that all pairs together are no more than kMostAnchors, or than one a
// geodab.
inline constexpr size_t kMostAnchors = size_t{1} << 20;
std::vector<Anchor> AnchorsOf(const AnchorSide& a, const AnchorSide& b, Direction direction);

// Anchors that follow one another on both courses, and how far.
using Chain = std::vector<Anchor>;
struct ChainTerms {
  Direction direction = Direction::kSame;  // kOpposite: b_m falls while a_m rises
  double gap_m = 0;    // that may lie between an anchor and the next one, on either course
  double slack_m = 0;  // by which both gaps may differ, beyond half the longer one
};
// Chains, the longest first.  Every anchor is in one of them: in the one that it continues best.
// Errors: those of the patience.  REQUIRES: anchors are in the order of AnchorsOf.
absl::StatusOr<std::vector<Chain>> ChainsOf(absl::Span<const Anchor> anchors,
                                            const ChainTerms& terms, const Patience& patience);

}  // namespace spoor
