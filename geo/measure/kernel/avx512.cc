#define SPOOR_LANES 8
#include "geo/measure/kernel/variant.h"

namespace spoor {

extern const Kernels kAvx512Kernels;
const Kernels kAvx512Kernels = MakeVariant("avx512");

}  // namespace spoor
