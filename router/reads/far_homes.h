#pragma once

#include <vector>

#include "engine/search/query.h"
#include "engine/store/home_set.h"
#include "geo/box.h"

namespace spoor {

// Which homes cannot have what is near enough to a query, by where they are alone.
//
// A trajectory lives where the middle fix of its line is (engine/store/home_key.h).  A range of
// home keys is a stretch of the Z-order curve, hence some boxes; whatever lives there has a fix in
// one of them, and many measures know what that costs at least (Measure::BoundOfFarFix).  Nothing
// is stored for this, and nothing of it can be stale.
//
//     homes cut in four:   a a b b     a query along === whose k-th hit so far is within the width
//                          a a b b     of a letter: lines that live in a or b may well come there,
//                          c c d d     but their middle fixes are two letters away, so that a and b
//                          c=c=d=d     are not asked
//
// Why it holds.  On the sphere, places are at least as far apart as their latitudes; and a place at
// latitude p is at least asin(cos p sin d) from whatever is d of longitude away, a quarter turn or
// less, and no less from what is further.  The plane that measures work on is never shorter than
// the sphere (geo/local_plane.h), and nothing on the query's line is further from its fixes than
// half of its longest step.
//
// Thread safety: const methods may be called from any number of threads.
class FarHomes {
 public:
  // REQUIRES: query.rerank; query outlives it.
  explicit FarHomes(const Query& query);

  // False only when whatever lives in these homes is further than cutoff by the measure.
  bool MayHold(const HomeSet& homes, double cutoff) const;

 private:
  double BoundOf(const Box& box) const;  // of what has a fix there

  const Measure& measure_;
  const Box box_;             // with all fixes of the query
  double half_a_step_m_ = 0;  // the longest
};

// Boxes that together hold the middle fix of every line that lives there: at most 62, which do not
// overlap but for their borders.
std::vector<Box> BoxesOf(const HomeRange& homes);

}  // namespace spoor
