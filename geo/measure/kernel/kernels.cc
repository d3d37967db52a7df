#include "geo/measure/kernel/kernels.h"

#include <array>

namespace spoor {

extern const Kernels kPlainKernels;
#if defined(__x86_64__)
extern const Kernels kAvx2Kernels, kAvx512Kernels;
#endif

namespace {

struct Usable {
  std::array<const Kernels*, 3> variants{&kPlainKernels};
  size_t count = 1;
};

// Asked by hand and not by the loader (ifunc), which sanitizers cannot follow.
Usable Detect() {
  Usable out;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) out.variants[out.count++] = &kAvx2Kernels;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) {
    out.variants[out.count++] = &kAvx512Kernels;
  }
#endif
  return out;
}

}  // namespace

bool AskIfOver(Effort& effort) {
  if (!effort.stopped) effort.stopped = effort.is_over(effort.caller);
  effort.asks_at = effort.stopped ? 0 : effort.cells + kCellsPerQuestion;
  return effort.stopped;
}

KernelList UsableKernels() {
  static const Usable usable = Detect();
  return {usable.variants.data(), usable.count};
}

const Kernels& BestKernels() {
  const KernelList list = UsableKernels();
  return *list.variants[list.count - 1];
}

}  // namespace spoor
