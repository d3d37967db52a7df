#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/fingerprint/index_params.h"
#include "engine/search/query.h"
#include "engine/search/search.h"
#include "engine/store/home_key.h"

namespace spoor {

// A similarity join: all pairs of trajectories that are as alike as asked.  The collection is
// walked once in the order of the homes, some trajectories at a time, and each of them, the probe,
// asks for its partners: those behind it, so that each pair is found once, by the first of the two.
//
//     t1 t2 t3 t4     t1 finds t3, t4; t2 nothing; t3 finds t4: (t1, t3), (t1, t4), (t3, t4)
//
// What a probe finds is what a search with its fixes finds: by Jaccard at least min_score; or, with
// a measure, within max_distance_m among all, whatever their fingerprints.  Where it matters which
// of the two asks (scheme paper in the opposite direction, a measure that is not symmetric, the
// plane around the query), the first does.
//
// The order of the homes is that of the ordinals of every segment, and near on the ground is near
// in it: a probe reads only the ends of its postings, of which the next probe reads much again, and
// in a cluster it concerns few of the slots behind it.
struct JoinProbe {
  HomePlace after;         // of partners: its own place, or, to go on, that of the last one found
  std::vector<Fix> fixes;  // not empty
};

struct JoinQuery {
  double min_score = 0;  // without a measure: above 0, at most 1
  Direction direction = Direction::kSame;
  std::optional<Rerank> measure;         // its `candidates` means nothing
  std::optional<double> max_distance_m;  // with a measure, and only then
  Filter filter;                         // that partners pass
  size_t max_pairs = kMaxPairs;          // 1 ... kMaxPairs

  // So that an answer is a few megabytes.
  static constexpr size_t kMaxPairs = 200'000;
};

struct JoinPartner {
  HomePlace place;
  uint64_t version = 0;
  friend bool operator==(const JoinPartner&, const JoinPartner&) = default;
};

struct JoinPair {
  uint32_t probe = 0;                      // index into the probes
  uint32_t partner = 0;                    // index into the answer's partners
  Direction direction = Direction::kSame;  // kSame or kOpposite, as Hit::direction
  double score = 0;                        // Jaccard; 0 with a measure
  double distance_m = 0;                   // with a measure
  friend bool operator==(const JoinPair&, const JoinPair&) = default;
};

// Probes that are near each other find the same partners: these are told once.
struct JoinAnswer {
  std::vector<JoinPartner> partners;
  std::vector<JoinPair> pairs;  // by (probe, place of the partner)
  bool complete = true;         // false: there are more than max_pairs, these are the first
  uint64_t position = 0;        // log position that the answer reflects
  // Of the generation that answered: scores by others mean something else.
  std::optional<IndexParams> params;
  SearchCost cost;

  const HomePlace& PlaceOf(const JoinPair& pair) const { return partners[pair.partner].place; }
  // The order of the pairs.
  bool Before(const JoinPair& a, const JoinPair& b) const {
    return a.probe != b.probe ? a.probe < b.probe : PlaceOf(a) < PlaceOf(b);
  }
};

// The partners of the probes among the live trajectories of the segments; position is left 0.
// Errors: those of patience and fetch.
absl::StatusOr<JoinAnswer> ProbeSegments(const SearchContext& context,
                                         absl::Span<const JoinProbe> probes,
                                         const JoinQuery& query);

// The definition, every trajectory looked at by BruteForceSearch: for tests and benchmarks.
// Versions are left 0.
JoinAnswer BruteForceProbe(absl::Span<const Trajectory> trajectories, const IndexParams& params,
                           absl::Span<const JoinProbe> probes, const JoinQuery& query);

// Some of what is stored, in the order of the homes.
struct WalkQuery {
  HomePlace after;      // begins behind it
  Filter filter;        // homes, and what to leave out
  size_t limit = 1000;  // 1 ... kMaxLimit
  static constexpr size_t kMaxLimit = 10'000;
};

struct WalkAnswer {
  struct Step {
    HomePlace place;
    uint64_t version = 0;
    std::vector<Fix> fixes;
    friend bool operator==(const Step&, const Step&) = default;
  };
  std::vector<Step> steps;  // at most `limit`
  // How far it got, which may be far with nothing that passes the filter: the next walk begins
  // behind `reached`, unless there is no more.
  HomePlace reached;
  bool more = false;
  uint64_t looked_at = 0;  // records
  uint64_t position = 0;   // log position that the answer reflects
};

}  // namespace spoor
