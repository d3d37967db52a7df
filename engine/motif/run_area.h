#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "engine/segment/filter.h"
#include "engine/segment/segment_format.h"

namespace spoor {

// Where the area of a filter is.  What is asked of its box and its polygon here is whether places
// lie in them, whatever the filter's relation.
//
// Of a segment: which terms have a cell that may meet the area, by the part of the geodab that says
// where it is; a few that do not meet it, beside its border, are taken for such.
class RunArea {
 public:
  // REQUIRES: both outlive it.
  RunArea(const Filter& filter, const Segment::Arrays& arrays) : filter_(filter), arrays_(arrays) {}

  // A byte a term, 1 where it may; null: there is no area.
  const std::vector<uint8_t>* InsideAt(int depth);

 private:
  const Filter& filter_;
  const Segment::Arrays& arrays_;
  std::map<int, std::vector<uint8_t>> inside_;  // by depth
};

inline bool HasArea(const Filter& filter) { return filter.box || filter.region != nullptr; }
// Whether the fix lies in the area; true where there is none.
bool IsInArea(const Filter& filter, const Fix& fix);

}  // namespace spoor
