#pragma once

#include <cstdint>
#include <roaring/roaring.hh>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "engine/fingerprint/fingerprint.h"

// The two plain ways to the trips most like a query, over any scheme's fingerprints: what the
// planner is measured against.  Both give (-Jaccard, index) of the best, ascending.
namespace spoor::bench {

using Ranked = std::vector<std::pair<double, uint32_t>>;
using Fingerprints = std::vector<std::vector<Geodab>>;  // each ascending

// As published (Chapuis & Garbinato 2018): postings and fingerprints are Roaring bitmaps; whatever
// shares a term with the query is a candidate, and every candidate's Jaccard coefficient is
// computed from the two bitmaps.
class UnionThenJaccard {
 public:
  explicit UnionThenJaccard(const Fingerprints& fingerprints);
  Ranked Top(const std::vector<Geodab>& query, size_t k) const;

 private:
  absl::flat_hash_map<Geodab, uint32_t> terms_;  // numbered, because Roaring holds 32 bits
  std::vector<Roaring> postings_, fingerprints_;
};

// ScanCount of the set-similarity literature: one array of counters, every posting of every term
// of the query adds one.
class PlainCounting {
 public:
  explicit PlainCounting(const Fingerprints& fingerprints);
  Ranked Top(const std::vector<Geodab>& query, size_t k);

 private:
  std::vector<uint32_t> sizes_;
  std::vector<uint16_t> counts_;  // all 0 between queries
  absl::flat_hash_map<Geodab, std::vector<uint32_t>> postings_;
};

}  // namespace spoor::bench
