#pragma once

#include <cstddef>

#if SPOOR_LANES > 1
#include <immintrin.h>
#endif

// One register of numbers: SPOOR_LANES of them, which the file that includes this defines.
//
// Everything here and in the headers that build on it has internal linkage, and nothing from the
// standard library is called: what is compiled for one machine must not be linked into another's.
namespace spoor {
namespace {

constexpr double kInfinity = __builtin_inf();
constexpr size_t kLanes = SPOOR_LANES;

#if SPOOR_LANES == 8
using Lanes = __m512d;
inline Lanes Load(const double* p) { return _mm512_loadu_pd(p); }
inline void Store(double* p, Lanes v) { _mm512_storeu_pd(p, v); }
inline Lanes All(double v) { return _mm512_set1_pd(v); }
inline Lanes Min(Lanes a, Lanes b) { return _mm512_min_pd(a, b); }
inline Lanes Max(Lanes a, Lanes b) { return _mm512_max_pd(a, b); }
inline Lanes Sqrt(Lanes v) { return _mm512_sqrt_pd(v); }
// Lane by lane a <= b ? then : otherwise.
inline Lanes SelectAtMost(Lanes a, Lanes b, Lanes then, Lanes otherwise) {
  return _mm512_mask_blend_pd(_mm512_cmp_pd_mask(a, b, _CMP_LE_OQ), otherwise, then);
}
// Every lane moved on by one, the last one first.
inline Lanes Turned(Lanes v) {
  const __m512i bits = _mm512_castpd_si512(v);
  return _mm512_castsi512_pd(_mm512_alignr_epi64(bits, bits, 7));
}
// The first lane of `first`, the others of v.
inline Lanes WithFirst(Lanes v, Lanes first) { return _mm512_mask_blend_pd(1, v, first); }
// One bit a lane: a <= b.
inline unsigned AtMost(Lanes a, Lanes b) { return _mm512_cmp_pd_mask(a, b, _CMP_LE_OQ); }
inline double First(Lanes v) { return _mm512_cvtsd_f64(v); }
#elif SPOOR_LANES == 4
using Lanes = __m256d;
inline Lanes Load(const double* p) { return _mm256_loadu_pd(p); }
inline void Store(double* p, Lanes v) { _mm256_storeu_pd(p, v); }
inline Lanes All(double v) { return _mm256_set1_pd(v); }
inline Lanes Min(Lanes a, Lanes b) { return _mm256_min_pd(a, b); }
inline Lanes Max(Lanes a, Lanes b) { return _mm256_max_pd(a, b); }
inline Lanes Sqrt(Lanes v) { return _mm256_sqrt_pd(v); }
inline Lanes SelectAtMost(Lanes a, Lanes b, Lanes then, Lanes otherwise) {
  return _mm256_blendv_pd(otherwise, then, _mm256_cmp_pd(a, b, _CMP_LE_OQ));
}
inline Lanes Turned(Lanes v) { return _mm256_permute4x64_pd(v, 0x93); }
inline Lanes WithFirst(Lanes v, Lanes first) { return _mm256_blend_pd(v, first, 1); }
inline unsigned AtMost(Lanes a, Lanes b) {
  return static_cast<unsigned>(_mm256_movemask_pd(_mm256_cmp_pd(a, b, _CMP_LE_OQ)));
}
inline double First(Lanes v) { return _mm256_cvtsd_f64(v); }
#else
static_assert(kLanes == 1);
using Lanes = double;
inline Lanes Load(const double* p) { return *p; }
inline void Store(double* p, Lanes v) { *p = v; }
inline Lanes All(double v) { return v; }
inline Lanes Min(Lanes a, Lanes b) { return a < b ? a : b; }
inline Lanes Max(Lanes a, Lanes b) { return a > b ? a : b; }
inline Lanes Sqrt(Lanes v) { return __builtin_sqrt(v); }
inline Lanes SelectAtMost(Lanes a, Lanes b, Lanes then, Lanes otherwise) {
  return a <= b ? then : otherwise;
}
inline Lanes Turned(Lanes v) { return v; }
inline Lanes WithFirst(Lanes, Lanes first) { return first; }
inline unsigned AtMost(Lanes a, Lanes b) { return a <= b; }
inline double First(Lanes v) { return v; }
#endif

inline double Lane(Lanes v, ptrdiff_t lane) {
  double lanes[kLanes];
  Store(lanes, v);
  return lanes[lane];
}

inline double LeastLane(Lanes v) {
  double lanes[kLanes];
  Store(lanes, v);
  double least = lanes[0];
  for (size_t i = 1; i < kLanes; ++i) least = lanes[i] < least ? lanes[i] : least;
  return least;
}

inline bool AnyAtMost(Lanes v, double limit) { return AtMost(v, All(limit)) != 0; }

inline Lanes SquareM2(Lanes dx_m, Lanes dy_m) { return dx_m * dx_m + dy_m * dy_m; }

}  // namespace
}  // namespace spoor
