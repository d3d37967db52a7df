#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "geo/plane_area.h"

namespace spoor {

// Areas laid over one another, by GEOS.  Internal: GEOS could not do it.  Thread safety: one thread
// at a time.
class Overlay {
 public:
  Overlay();
  ~Overlay();
  Overlay(const Overlay&) = delete;
  Overlay& operator=(const Overlay&) = delete;

  absl::StatusOr<double> SharedM2(const PlaneArea& a, const PlaneArea& b) const;
  // All that lies in any of them; rings begin at their least vertex by (x, y), polygons are in the
  // order of these.
  absl::StatusOr<PlaneArea> Union(absl::Span<const PlaneArea* const> areas) const;

 private:
  struct Rep;
  const std::unique_ptr<Rep> rep_;
};

}  // namespace spoor
