#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "tests/format/read_all.h"

namespace spoor {

// Reads the input as a whole and in pieces.  The first byte chooses the options.  Aborts when a
// record breaks a promise of reader.h or the pieces change the outcome.
inline void FuzzReader(absl::string_view format, absl::string_view input, ReadOptions options) {
  if (input.empty()) return;
  const auto choice = static_cast<uint8_t>(input[0]);
  input.remove_prefix(1);
  options.clean = (choice & 1) != 0;
  options.max_fixes = (choice & 2) != 0 ? 3 : 1000;
  options.max_record_bytes = (choice & 4) != 0 ? 60 : size_t{1} << 20;
  options.max_held_bytes = (choice & 8) != 0 ? 2000 : size_t{1} << 20;
  const Outcome whole = ReadWhole(format, input, options);
  for (const ParsedRecord& record : whole.records) {
    const std::string broken = BrokenPromise(record, options);
    if (broken.empty()) continue;
    std::fprintf(stderr, "%s: %s\n", broken.c_str(), Render(record).c_str());
    std::abort();
  }
  const size_t size = size_t{1} + (choice >> 5) * size_t{5};
  const Outcome pieces = ReadInPieces(format, input, options, [&] { return size; });
  if (Render(whole) == Render(pieces)) return;
  std::fprintf(stderr, "whole:\n%s\npieces of %zu:\n%s\n", Render(whole).c_str(), size,
               Render(pieces).c_str());
  std::abort();
}

}  // namespace spoor
