#pragma once

#include <cstddef>
#include <utility>

#include "absl/strings/string_view.h"

namespace spoor {

// Whether a table of names, which is read by the number of a value, says of each value what is
// expected, and of nothing else.  For static_assert beside the table, which numbers are cast by.
template <typename Enum, size_t n, size_t m>
consteval bool AreNamesOf(const absl::string_view (&names)[n],
                          const std::pair<Enum, absl::string_view> (&expected)[m]) {
  for (const auto& [value, name] : expected) {
    const auto number = static_cast<size_t>(value);
    if (number >= n || names[number] != name) return false;
  }
  return n == m;
}

}  // namespace spoor
