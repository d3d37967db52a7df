#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/search/query.h"
#include "engine/segment/filter.h"
#include "geo/ids.h"
#include "geo/trajectory.h"

namespace spoor {

// What is asked of shared stretches, whatever they are shared by.
struct MotifTerms {
  double min_length_m = 500;                  // of each stretch, along the way
  std::optional<double> max_distance_m = {};  // absent: what the cells of the collection allow
  uint64_t min_trajectories = 2;              // that share it (region)
  uint64_t min_objects = 1;                   // likewise, distinct ones
  size_t k = 10;                              // motifs, 1 ... kMostMotifs
  Direction direction = Direction::kSame;
  size_t occurrences = 20;  // that are listed of each, 1 ... kMostOccurrences
};
inline constexpr size_t kMostMotifs = 1000, kMostOccurrences = 1000;

// A stretch of one trip: what lies between two places on its line.
struct MotifOccurrence {
  TrajectoryId id = {};     // empty: of a trip that came with the question
  std::string object = {};  // may be empty
  uint32_t from = 0;        // indices of the fixes nearest to both ends, both included
  uint32_t to = 0;
  double from_at = 0;     // the ends themselves: the index of a fix, and the share of the leg that
  double to_at = 0;       // begins there
  double distance_m = 0;  // continuous Frechet, to what the form of the question compares with
  Direction direction = Direction::kSame;  // kSame or kOpposite, seen from what it is compared with
};

// A stretch that is travelled more than once.
struct Motif {
  double length_m = 0;    // along the way, without what noise adds
  double distance_m = 0;  // the largest of the occurrences that are listed
  Direction direction = Direction::kSame;
  uint64_t trajectories = 0, objects = 0;         // distinct, that have it, also those not listed
  std::vector<MotifOccurrence> occurrences = {};  // at most as many as asked for
  std::vector<Fix> geometry = {};  // the line of one of them, ends as from_at and to_at say
};

struct MotifAnswer {
  std::vector<Motif> motifs = {};
  bool exact = false;         // proven to be all that was asked
  double max_distance_m = 0;  // that was gone by
  uint64_t damaged = 0;       // trajectories left out because they cannot be read
  uint64_t position = 0;      // log position that the answer reflects
};

// The whole of a trip that is compared, borrowed.
struct MotifTrip {
  TrajectoryId id = {};  // empty: it came with the question
  std::string object = {};
  TrajectoryView fixes;  // not empty
};

}  // namespace spoor
