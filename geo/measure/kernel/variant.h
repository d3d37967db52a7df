#pragma once

#include "geo/measure/kernel/free_sides.h"
#include "geo/measure/kernel/nearest.h"
#include "geo/measure/kernel/strips.h"

namespace spoor {
namespace {

constexpr Kernels MakeVariant(const char* name) {
  return {.name = name,
          .discrete_frechet_m2 = RunStep<FrechetStep<NoBorders>>,
          .dtw_m = RunStep<WarpingStep<NoBorders>>,
          .sub_discrete_frechet_m2 = RunStep<FrechetStep<FreeEnds>>,
          .sub_dtw_m = RunStep<WarpingStep<FreeEnds>>,
          .erp_m = RunStep<ErpStep>,
          .edits = RunEdits,
          .farthest_m2 = FarthestM2,
          .farthest_from_line_m2 = FarthestFromLineM2,
          .free_sides = FindFreeSides};
}

}  // namespace
}  // namespace spoor
