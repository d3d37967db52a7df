#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "geo/local_plane.h"

namespace spoor {

// A proof that two lines are within a Frechet distance, or that they are not, which can be checked
// without trusting what found it.  Both are drawn in the free-space diagram (free_space.h), here
// with the places of a to the right and those of b upwards:
//
//   within: a walk, from both starts to both ends, never back on either line.
//
//       b ^       .--*      Between two places each line stays on one leg, so that both move
//         |    .-*          evenly; what is near at both places is near all the way.
//         | *-*
//         *---------> a
//
//   not within: a cut, from the left or upper border to the right or lower one.  Each piece of it
//   stays within one cell and is blocked, further apart than the distance all along, or goes left
//   or up, or both.  A walk would have to cross it, from below to above: not where it is blocked,
//   and where the cut goes left or up, the walk would have to go back.
//
//       b *---.             Here b goes back by more than the leash allows to wait for.
//         |   .---
//         |        '--
//         +---------*> a
struct FrechetCertificate {
  // On the leg that starts at fix `leg`, a share of 0 … 1 of the way; the last fix has share 0.
  struct LinePosition {
    uint32_t leg;
    double share;
  };
  struct Pair {
    LinePosition on_a, on_b;
  };

  bool within;
  std::vector<Pair> pairs;  // the walk, or the cut, in order
};

// Decides whether the Frechet distance of a and b is at most distance_m, by the same arithmetic as
// FrechetWithin, which agrees for all multiples of kFrechetStepM, and proves it.  Time and memory
// O(nm): for tests and for who wants the proof.
// REQUIRES: a and b are not empty, finite, and projected on the same plane; distance_m >= 0.
FrechetCertificate ProveFrechet(PlaneView a, PlaneView b, double distance_m);

// Returns OK when the certificate proves what it says, up to a tolerance of 1e-8 m, 1e-11 of the
// distance and 1e-14 of the coordinates; otherwise InvalidArgument, naming the first pair that is
// wrong.  Knows nothing of how the certificate was found; computes in long double.
absl::Status CheckFrechet(PlaneView a, PlaneView b, double distance_m,
                          const FrechetCertificate& certificate);

}  // namespace spoor
