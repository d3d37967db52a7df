#include "geo/summary.h"

#include <cassert>

#include "geo/local_plane.h"

namespace spoor {

Summary Summarise(TrajectoryView fixes) {
  assert(!fixes.empty());
  Summary out{.box = Cover(fixes),
              .start = fixes.front(),
              .end = fixes.back(),
              .fixes = static_cast<uint32_t>(fixes.size())};
  out.length_m = LengthM(fixes);
  return out;
}

}  // namespace spoor
