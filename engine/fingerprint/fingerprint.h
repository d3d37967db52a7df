#pragma once

#include <cstdint>
#include <vector>

#include "engine/fingerprint/index_params.h"
#include "geo/trajectory.h"

namespace spoor {

// An index term: 32 bits of Z-order prefix, then the hash.  Under scheme v2 the lowest bit is the
// strand: the same gram the other way round has the same geodab but for this bit.
using Geodab = uint64_t;
// Where trips have depths of their own: set in the geodabs of the coarser of a trip's two.
inline constexpr Geodab kCoarseBit = 2;

// One selected gram: its geodab and the fixes, first and last, between which it lies.
struct Occurrence {
  Geodab geodab = 0;
  uint32_t from = 0, to = 0;  // indices into the fixes, both included; from <= to

  friend bool operator==(const Occurrence&, const Occurrence&) = default;
};

// The winnowed set of geodabs of a trajectory, with positions.
struct Fingerprint {
  std::vector<Geodab> geodabs;  // ascending, distinct
  std::vector<Occurrence>
      occurrences;  // every selected gram, in the order of the way; grid after grid
  // How many of the geodabs are of the finer depth: all, but where HasOwnDepths.
  uint32_t fine = 0;

  uint32_t size(bool coarse) const {
    return coarse ? static_cast<uint32_t>(geodabs.size()) - fine : fine;
  }

  friend bool operator==(const Fingerprint&, const Fingerprint&) = default;
};

// The version of the algorithm below: fingerprints of different versions are not comparable.
inline constexpr uint8_t kFingerprintVersion = 1;

// Whether a trip's beginning and end are marked: by grams in which a cell outside the world stands
// before the first cell and behind the last.  Only what is not smoothed is sparse enough to need
// the marks (kV2, k > 1, smoothing off), and there they lift recall by a fifth.  kOpen leaves them
// out, for a query that is part of what it looks for: then whatever contains it contains all of its
// geodabs.
enum class Ends : uint8_t { kMarked, kOpen };

// Deterministic, integers only where it decides (kV2); see engine/doc/fingerprints.md for every
// step and the test vectors in tests/golden/fingerprints.txt.
// REQUIRES: fixes is not empty; Validate(params) is OK.
Fingerprint MakeFingerprint(TrajectoryView fixes, const IndexParams& params,
                            Ends ends = Ends::kMarked);

// One set of geodabs that a query asks with.  Of each trajectory it is compared with one of the two
// sets, and shares a geodab with none other of the query's sets.
struct AskedSet {
  Fingerprint fingerprint;
  bool coarse = false;  // compared with Fingerprint::size(coarse) geodabs of the trajectory
  // Of a score by this set.  Where the cells are not those that suit the query, agreement in them
  // says less: a quarter for each kDepthStep.
  double weight = 1;
};
// Where trips have depths of their own, a query asks at the one that suits it those that have it
// too, and others at the nearest that they have, up to two kDepthSteps away; else there is one set,
// MakeFingerprint's.  REQUIRES: as MakeFingerprint.
std::vector<AskedSet> AskedSets(TrajectoryView fixes, const IndexParams& params, Ends ends);

// The definition of AskedSets: the geodabs by which a query and a trajectory are compared, at the
// depth that they are compared at, without kCoarseBit; both empty where they are not compared.
struct ComparedSets {
  std::vector<Geodab> query, trajectory;
  double weight = 1;
};
ComparedSets CompareSets(TrajectoryView query, TrajectoryView trajectory, const IndexParams& params,
                         Ends query_ends);

// Whether geodabs carry a strand, so that FlipStrand answers questions about the opposite
// direction: v2 with k > 1.  Without one, direction is decided by the order of shared positions
// under v2 with k = 1; under paper the reversed way is another set; under cells it is the same set
// and direction unknown.
bool HasStrand(const IndexParams& params);

// The geodabs of the same way in the opposite direction, ascending.  REQUIRES: HasStrand.
std::vector<Geodab> FlipStrand(const std::vector<Geodab>& geodabs);

}  // namespace spoor
