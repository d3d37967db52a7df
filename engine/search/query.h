#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/segment/filter.h"
#include "engine/wait/patience.h"
#include "geo/measure/measure.h"
#include "geo/summary.h"
#include "geo/trajectory.h"

namespace spoor {

enum class Score : uint8_t {
  kJaccard,
  kContainment
};  // |A n B| / |A u B|; |A n B| / |A|, A the query
enum class Direction : uint8_t { kSame, kOpposite, kEither };

// Let an exact measure order the best candidates.  A trajectory without times has no distance by a
// measure that needs_times(), and is no hit, whichever of the two it is.
struct Rerank {
  std::shared_ptr<const Measure> measure;
  size_t candidates = 1000;   // that the fingerprints propose
  std::string name = {};      // of the measure, and what it was told: another machine makes the
  MeasureParams params = {};  // same of them
};

// What an answer shows of each trajectory, beside its object.
struct Show {
  bool summary = false;
  bool tags = false;
  bool geometry = false;  // the fixes: the only thing for which records are read
  friend bool operator==(const Show&, const Show&) = default;
};

// That of one: of the snapshot, and so of the version, that the answer is of.
struct ShownRecord {
  uint64_t home = 0;  // home key
  std::string object;
  std::optional<Summary> summary;
  uint32_t geodabs = 0;  // with the summary: size of its fingerprint
  Tags tags;
  std::vector<Fix> fixes;  // empty where they were not asked for, cannot be read, or are too many
  friend bool operator==(const ShownRecord&, const ShownRecord&) = default;
};

struct Query {
  std::vector<Fix> fixes;                // not empty
  size_t k = 10;                         // 1 ... 10 000
  double min_score = 0;                  // 0 ... 1; what shares no geodab is no hit, unless `exact`
  std::optional<double> max_distance_m;  // needs rerank
  Score score = Score::kJaccard;
  Direction direction = Direction::kSame;
  std::optional<Rerank> rerank;
  bool exact =
      false;  // needs rerank: the true top-k by the measure among all, without fingerprints
  // With rerank: live trajectories of the collection that others are asked for, or nobody.
  uint64_t elsewhere = 0;
  Filter filter;
  bool matches = false;      // fill Hit::matches
  std::optional<Show> show;  // fill Hit::shown

  // How many trajectories may live at most for the search to be exact: UINT64_MAX with `exact`; 0
  // without rerank.  With rerank as many as may be measured, or UINT64_MAX where bounds find the
  // nearest as soon (Measure::finds_by_bounds).
  uint64_t exact_within() const;
};

// Fix index ranges, both ends included, of a stretch that query and hit share.
struct Match {
  uint32_t query_from = 0, query_to = 0, hit_from = 0, hit_to = 0;
  friend bool operator==(const Match&, const Match&) = default;
};

struct Hit {
  TrajectoryId id;
  uint64_t version = 0;  // log position of the record it is about
  double score = 0;
  Direction direction = Direction::kSame;  // kSame or kOpposite
  std::optional<double> distance_m;
  // With a distance: how much longer than on the sphere those on the plane of the query may be,
  // relative, from any fix of the query or of the hit to any other (PlaneError).
  std::optional<double> plane_error;
  // Fix indices of the part of the hit that the distance is to, both ends included, where the
  // measure looks for a part.
  std::optional<std::pair<uint32_t, uint32_t>> part;
  std::vector<Match> matches;
  std::optional<ShownRecord> shown;  // in an answer to a query that says `show`
};

// What the answer cost: the figures of search_cost.def.
struct SearchCost {
#define COUNT(type, name, how) type name = 0;
#define PHASE(name)
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
  // How the answer was found: "counting", "rare_first" or "listed" (of the largest segment),
  // "bounds" where the measure's own lower bounds over all trajectories decide.
  const char* plan = "";
#define COUNT(type, name, how)
#define PHASE(name) uint64_t name = 0;
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
};

struct SearchAnswer {
  std::vector<Hit>
      hits;  // by rising distance where a measure decides, else by falling score; ties by id
  bool exact = true;      // proven to be the true top-k of what was asked
  uint64_t damaged = 0;   // trajectories left out, or without distance, because they cannot be read
  uint64_t position = 0;  // log position that the answer reflects
  SearchCost cost;
};

// The first of the two rounds in which several engines answer one query with rerank together: what
// each would re-rank if it were alone, in the order of (score, id).
struct Shortlist {
  std::vector<Hit> hits;  // at most rerank->candidates, without distance and matches
  uint64_t possible = 0;  // how many may pass the filter; counting may end above `candidates`
  uint64_t live = 0;      // how many live in the homes asked for; likewise
  uint64_t position = 0;
  SearchCost cost;
};

// What meets a filter, by id.
struct RangeQuery {
  Filter filter;
  size_t limit = 100;    // 1 ... 10 000
  std::string after_id;  // the page starts after it
  std::optional<Show> show;
};

// What a page cost.
struct RangeCost {
  uint64_t judged = 0;  // trajectories whose summaries were looked at
  uint64_t read = 0;    // of these, whose fixes had to decide
  // Microseconds, over all parts that answered.
  uint64_t judge_us = 0;  // looking at summaries
  uint64_t read_us = 0;   // fetching fixes and looking at them
};

struct RangeAnswer {
  std::vector<TrajectoryId> ids;   // ascending
  std::vector<uint64_t> versions;  // of each
  std::vector<std::optional<ShownRecord>>
      shown;             // of each, where the query says `show`; else empty
  bool more = false;     // there is a next page
  uint64_t damaged = 0;  // that may belong here, but cannot be read
  uint64_t position = 0;
  RangeCost cost;
};

}  // namespace spoor
