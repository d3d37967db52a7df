#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/query.h"
#include "shard/rpc/channel.h"

namespace spoor {

// A part of a collection, and who answers for it.
struct Part {
  Channel* channel = nullptr;    // to a node, or to any replica of these homes
  std::vector<HomeRange> homes;  // ascending, disjoint; no home is in two parts
};

// One query to all parts, one answer: what a single engine that held them all would say (design
// D1).  A search with rerank takes two rounds, unless there is one part only: first each proposes,
// then the best of all are measured where they are; when one of these has changed in between, it
// starts over.
//
// Errors: those of the channels and of the engines; Aborted when trajectories changed under it
// again and again.  Every part must answer.  Thread safety: const methods may be called from any
// number of threads; REQUIRES: not on a thread of the channels, which outlive it.
class Scatter {
 public:
  Scatter(std::string collection, std::vector<Part> parts);

  absl::StatusOr<SearchAnswer> Search(const Query& query, const Patience& patience) const;
  absl::StatusOr<RangeAnswer> Range(const RangeQuery& query, const Patience& patience) const;

 private:
  absl::StatusOr<SearchAnswer> InTwoRounds(const Query& query, const Patience& patience) const;

  const std::string collection_;
  const std::vector<Part> parts_;
};

}  // namespace spoor
