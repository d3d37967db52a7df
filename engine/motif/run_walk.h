#pragma once

#include <array>
#include <cstdint>

#include "engine/fingerprint/fingerprint.h"
#include "engine/segment/segment_format.h"

namespace spoor {

// A run of a trip of one segment, by terms, and the fixes between which it lies.
struct TermRun {
  uint32_t first = 0, last = 0;
  uint32_t from = 0, to = 0;
};

// Calls visit(run) for each run of so many steps of the trip's finer cells, in the order of the
// way, grid after grid, until it returns false.  REQUIRES: steps <= 64.
template <typename Visit>
void ForEachRun(const Segment::Arrays& arrays, uint32_t ordinal, uint32_t steps, Visit visit) {
  struct Step {
    uint32_t term, from;
  };
  constexpr uint32_t kRing = 128;  // more than a run has steps
  std::array<Step, kRing> ring;
  const absl::Span<const uint32_t> forward = arrays.forward_of(ordinal);
  const auto distinct = static_cast<uint32_t>(forward.size());
  // Those of the coarser depth are told by a bit, unless there are none.
  const bool all_fine = arrays.fine[ordinal] >= distinct;
  uint32_t count = 0, last_from = 0;
  bool go = true;
  ForEachOccurrence(arrays.occurrence_bytes(ordinal), distinct,
                    [&](uint32_t local, uint32_t from, uint32_t to) {
                      const uint32_t term = forward[local];
                      if (!go || term >= arrays.terms) return;
                      if (!all_fine && (arrays.suffix[term] & kCoarseBit) != 0) return;
                      if (from < last_from) count = 0;  // another grid
                      last_from = from;
                      ring[count % kRing] = {term, from};
                      if (count >= steps) {
                        const Step& begin = ring[(count - steps) % kRing];
                        go = visit(TermRun{begin.term, term, begin.from, to});
                      }
                      ++count;
                    });
}

}  // namespace spoor
