#include <cstdint>

#include "engine/segment/segment.h"
#include "engine/segment/segment_cells.h"
#include "engine/segment/segment_format.h"
#include "engine/segment/sketch.h"

// A segment from these bytes; one that is accepted is read through and through.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto s = spoor::Segment::FromBytes({reinterpret_cast<const char*>(data), size});
  if (!s.ok()) return 0;
  for (uint32_t o = 0; o < (*s)->size(); ++o) {
    (*s)->id(o), (*s)->summary(o), (*s)->tags(o), (*s)->object(o), (*s)->occurrences(o);
    for (uint32_t term : (*s)->forward(o)) (*s)->Postings((*s)->geodab(term), &term);
  }
  const spoor::Segment::Arrays& a = (*s)->arrays();
  uint64_t sum = 0;
  for (uint32_t i = 0; i < a.size; ++i) sum += a.outline[a.grouped[i]].parts[0].south;
  for (uint32_t g = 0; g < spoor::GroupLevels(a.size).groups(); ++g) sum += a.groups[g].fixes;
  constexpr spoor::Box kBox{515000000, -1200000, 515100000, -1100000};
  if (const auto near = spoor::NearBox(a, kBox)) sum += near->Next(0);
  for (uint32_t o = 0; o < a.size; ++o) {
    sum += PassageOf(a.sketch(o), (*s)->summary(o).start, kBox) == spoor::Passage::kMeets;
  }
  static volatile uint64_t used;  // so that nobody leaves the reading out
  used = sum;
  return static_cast<int>(used - sum);  // 0
}
