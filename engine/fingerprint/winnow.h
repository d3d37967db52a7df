#pragma once

#include <algorithm>
#include <cstddef>

#include "absl/types/span.h"

namespace spoor {

// Winnowing (Schleimer, Wilkerson & Aiken, SIGMOD 2003): of every w consecutive values keep the
// least, so that two sequences which share w consecutive values keep at least one value in common,
// whatever else surrounds them.  A sequence shorter than w is one window.

// The published form: the leftmost of equal minima.  Calls keep(index) in order.
template <typename Value, typename Keep>
void WinnowLeftmost(absl::Span<const Value> values, size_t w, Keep keep) {
  if (values.empty()) return;
  size_t kept = values.size();
  for (size_t start = 0; start == 0 || start + w <= values.size(); ++start) {
    const auto window = values.subspan(start, w);
    const size_t least =
        start +
        static_cast<size_t>(std::min_element(window.begin(), window.end()) - window.begin());
    if (least != kept) keep(kept = least);
  }
}

// All of equal minima, so that a sequence and its reverse keep the same ones: values[i] is the
// least of some window when enough neighbours on both sides are no less.
template <typename Value>
bool IsWindowMinimum(absl::Span<const Value> values, size_t w, size_t i) {
  const size_t wanted = std::min(w, values.size());
  size_t first = i, end = i + 1;
  while (end - first < wanted && first > 0 && values[first - 1] >= values[i]) --first;
  while (end - first < wanted && end < values.size() && values[end] >= values[i]) ++end;
  return end - first >= wanted;
}

}  // namespace spoor
