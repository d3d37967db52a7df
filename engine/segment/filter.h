#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/store/home_set.h"
#include "geo/box.h"
#include "geo/region.h"
#include "geo/trajectory.h"

namespace spoor {

// What a trajectory must be to count at all.  Everything that is set must hold.
struct Filter {
  std::optional<std::pair<int64_t, int64_t>>
      time_ms;  // its span overlaps [first, second]; no times: fails
  std::optional<Box> box;
  std::shared_ptr<const Region> region;
  Relation relation = Relation::kIntersects;             // of the line to box and region
  std::vector<std::string> objects;                      // any of them; empty: all
  std::map<std::string, std::vector<std::string>> tags;  // for each name any of the values
  std::vector<std::string> exclude;                      // not these ids
  HomeSet homes = HomeSet::All();                        // its home is one of these

  bool empty() const;
  bool only_homes() const;  // asks for nothing but homes, if that
  // The definition: whether a trajectory meets it.  (Search proves the same from summaries where it
  // can.)
  bool Matches(const Trajectory& trajectory) const;
};

}  // namespace spoor
