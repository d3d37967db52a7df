#pragma once

#include <cstdint>

#include "absl/types/span.h"

namespace spoor {

// How far two labellings of the same things agree.  1: they are the same partition; about 0: no
// more than by chance.
struct LabelAgreement {
  double ari = 1;             // the adjusted index of Rand
  double nmi = 1;             // mutual information over the geometric mean of both entropies
  double nmi_arithmetic = 1;  // over their arithmetic mean
};

// A negative label is an outlier: one that is alone.  REQUIRES: as many labels in both.
LabelAgreement AgreementOf(absl::Span<const int32_t> a, absl::Span<const int32_t> b);

}  // namespace spoor
