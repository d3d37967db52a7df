#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "engine/motif/anchors.h"
#include "engine/motif/course.h"
#include "engine/search/query.h"

namespace spoor {

// A place on the course of one trip, the place of the other that goes with it, and how far apart
// they are.
struct PairedPlace {
  double a_m = 0, b_m = 0, apart_m = 0;
};

struct PairingTerms {
  Direction direction = Direction::kSame;
  bool within = false;  // both courses are one: b_m stays at least aside_m ahead of a_m, but where
                        // a trip turns round (opposite)
  double aside_m = 0;
  double sample_m = 0;  // from one place on a to the next
  double window_m = 0;  // how far from where it is expected its partner may be
  double stop_m = 0;    // beyond the chain: so far apart they are no longer followed
};

// Follows both courses from the middle of the chain both ways, beyond its ends until they part or
// end.  By rising a_m; b_m never goes back (same), or on (opposite).  REQUIRES: chain is not empty.
std::vector<PairedPlace> PairUp(const Course& a, const Course& b, const Chain& chain,
                                const PairingTerms& terms);

// When people are together.
struct TogetherTerms {
  double near_m = 0;  // so far apart are those who go together; kFarPerNear times that, for more
  double hold_m = 0;  // than hold_m along the way, those who do not
  double most_m = 0;  // nobody who goes together is ever farther apart
};
inline constexpr double kFarPerNear = 3;

// Places where a stretch begins and ends: between or on two places of the pairing.
struct TogetherRun {
  PairedPlace first, last;
};
// The longest runs along which they are together.  Where they part, the run ends where the distance
// between them began to grow: a share of the way from near_m to far before near_m, which is what
// smoothing leaves of a corner.
std::vector<TogetherRun> RunsTogether(absl::Span<const PairedPlace> places,
                                      const TogetherTerms& terms);

}  // namespace spoor
