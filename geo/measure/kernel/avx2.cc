#define SPOOR_LANES 4
#include "geo/measure/kernel/variant.h"

namespace spoor {

extern const Kernels kAvx2Kernels;
const Kernels kAvx2Kernels = MakeVariant("avx2");

}  // namespace spoor
