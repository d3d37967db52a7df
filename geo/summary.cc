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
  for (size_t i = 1; i < fixes.size(); ++i) out.length_m += HaversineM(fixes[i - 1], fixes[i]);
  return out;
}

}  // namespace spoor
