#pragma once

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/motif/motif.h"
#include "engine/search/search.h"

namespace spoor {

// Who follows a stretch: whoever has a part that is within max_distance_m of it, by the continuous
// Frechet distance, in the asked direction.
struct FollowQuery {
  std::vector<std::vector<Fix>> stretches;  // each is asked for itself; 1 ... kMostStretches
  double max_distance_m = 0;
  Direction direction = Direction::kSame;
  size_t occurrences = 20;  // that are listed, of each stretch
  Filter filter;            // of who may follow

  static constexpr size_t kMostStretches = 256;
  static constexpr size_t kMostFixes = 1 << 20;  // of all stretches
};

// Of one stretch.
struct Followers {
  uint64_t trajectories = 0;
  std::vector<uint64_t> owners;              // OwnerOf, ascending, distinct
  std::vector<MotifOccurrence> occurrences;  // nearest first, then by id and place
};

struct FollowAnswer {
  std::vector<Followers> stretches;  // one for each that was asked for
  uint64_t damaged = 0;              // trajectories left out because they cannot be read
  uint64_t position = 0;             // log position that the answer reflects
};

// Whose a trajectory is: a hash of its object, or, where it has none, of itself.
uint64_t OwnerOf(absl::string_view object, absl::string_view id);

// What of a stretch's geodabs a trajectory must contain, by the score of a search by containment,
// to be measured at all: half of those who drive the same street share half of them, through noise.
inline constexpr double kLeastContained = 0.15;
inline constexpr double kReachOfSeveral = 3;

// The answer over the live trajectories of the segments; position is left 0.
//
// A trajectory's occurrences do not overlap: the nearest part is the first, and each next one is
// the nearest of what is left between those before it.  It has one only where the stretch gets no
// further from its beginning than kReachOfSeveral times the distance: any place near it would be
// another part.  Distances are those on the plane around the
// middle fix of the stretch.  Every trajectory is looked at for itself, so that what several sets
// of segments say, merged (MergeFollowers), is what one says that holds them all. Errors: those of
// patience and fetch.
absl::StatusOr<FollowAnswer> FollowSegments(const SearchContext& context, const FollowQuery& query);

// The first `occurrences` of all, and who follows at all.  REQUIRES: no trajectory is in two parts.
FollowAnswer MergeFollowers(std::vector<FollowAnswer> parts, size_t occurrences);

// The definition over trajectories in memory, every one of them looked at whole; of occurrences
// only the nearest of each trajectory, with its distance and no places.
FollowAnswer BruteForceFollow(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                              const FollowQuery& query);

}  // namespace spoor
