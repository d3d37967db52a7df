#define SPOOR_LANES 1
#include "geo/measure/kernel/variant.h"

namespace spoor {

extern const Kernels kPlainKernels;
const Kernels kPlainKernels = MakeVariant("plain");

}  // namespace spoor
