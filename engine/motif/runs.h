#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/search.h"

// What segments know of stretches that are travelled a lot, before anybody has measured one: how
// many trajectories go through each *run*, and a few of them to look at.
//
//     cells that a trip goes through   a  b  c  d  e        with a run of 3 steps:
//     its geodabs, one for each step    ab bc cd de         from ab to de, which is a run of all
//                                                           trips that have the one 3 steps behind
//                                                           the other, however they got there
//
// A run has about the least length that is asked for, so that the steps in it depend on the cells
// alone.  Only the finer of a trip's two depths counts, and in its grids each for itself: who
// drives along the border of cells in one is inside of them in the other.
namespace spoor {

struct RunKey {
  Geodab first = 0, last = 0;
  friend auto operator<=>(const RunKey&, const RunKey&) = default;
};
// The same run the other way, where geodabs tell; itself where they do not.
RunKey OppositeOf(const RunKey& key, const IndexParams& params);
// The lesser of both.
RunKey EitherWay(const RunKey& key, const IndexParams& params);

struct RunCount {
  RunKey key;
  uint32_t trips = 0;
  friend bool operator==(const RunCount&, const RunCount&) = default;
};

// Whose runs are counted.
struct RunQuery {
  Filter filter;  // with its area as the one in which runs must lie
  double min_length_m = 500;
  bool either = false;  // both directions of a run are one
  // Of 2^level trips one counts, chosen by the hash of its id, so that what is held has a bound.
  uint32_t level = 0;
  uint32_t least = 1;       // runs of fewer trips are left out
  bool only_steps = false;  // no runs, but how many steps there are at each level
  // Only runs behind that key, and no more than so many: the first ones.
  std::optional<RunKey> after = {};
  uint64_t most = UINT64_MAX;

  static constexpr uint32_t kMostLevels = 24;
  // Steps that are counted: the least level is taken at which there are no more.
  static constexpr uint64_t kMostSteps = 12'000'000;
  // Runs that travel together, at 18 bytes each.
  static constexpr uint64_t kMostOfMessage = 3'000'000;
};

struct RunAnswer {
  std::vector<RunCount> runs;   // by key
  bool more = false;            // behind the last of them there are others
  std::vector<uint64_t> steps;  // of the trips that count at each level
  uint64_t damaged = 0, position = 0;
};

// How many steps of such cells a run has.
uint32_t StepsOfRun(int depth, double min_length_m);
// The depth of the finer cells of a trip, from what its summary says: exact where the collection
// has one, almost always where each trip has its own.
int DepthOfTrip(const IndexParams& params, double length_m, uint32_t fixes, double lat_deg);

absl::StatusOr<RunAnswer> CountRuns(const SearchContext& context, const RunQuery& query);
// REQUIRES: no trajectory is in two parts.  Leaves out runs of fewer than `least` trips, and those
// behind the last one of a part that has more: others may have them too.
RunAnswer MergeRuns(std::vector<RunAnswer> parts, uint32_t least);
// The least level at which no more than kMostSteps are counted.
uint32_t LevelFor(const std::vector<uint64_t>& steps);

// Asks for some trips of each run.
struct RunSampleQuery {
  std::vector<RunKey> keys;  // 1 ... kMostKeys
  Filter filter;
  double min_length_m = 500;
  bool either = false;

  static constexpr size_t kMostKeys = 64;
  static constexpr size_t kTripsOfKey = 16;  // of each key, those whose ids have the least hashes
  static constexpr uint32_t kFixesAround = 600;  // that are shown on each side of the run, at most
};

// A trip that has the run, as far as it is within the area before and behind it.
struct RunTrip {
  uint64_t rank = 0;  // StableHash of its id
  TrajectoryId id;
  bool backwards = false;     // it goes the run the other way
  uint32_t from = 0, to = 0;  // fixes between which the run lies, of the whole trip
  uint32_t first = 0;         // the number of fixes[0] in the whole trip
  std::vector<Fix> fixes;  // without times; those of the run are among them, or it leaves the area
  std::vector<RunKey> runs;                       // other runs of it, that lie within fixes...
  std::vector<std::pair<uint32_t, uint32_t>> at;  // ...and where: fixes of the whole trip
};

struct RunSamples {
  std::vector<std::vector<RunTrip>> keys;  // by rank, then id
  uint64_t damaged = 0, position = 0;
};

absl::StatusOr<RunSamples> SampleRuns(const SearchContext& context, const RunSampleQuery& query);
RunSamples MergeSamples(std::vector<RunSamples> parts);

// The definition of CountRuns, at level 0 and with `least`, over trajectories in memory.
RunAnswer BruteForceRuns(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                         const RunQuery& query);

}  // namespace spoor
