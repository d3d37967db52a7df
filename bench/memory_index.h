#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/search.h"

namespace spoor::bench {

// A line to be searched for, and its name.
struct NamedLine {
  std::string id;
  std::vector<Fix> fixes;  // not empty
};

// Lines as one segment in memory, with the fixes beside it.  The version of a hit is the number of
// its line.
class MemoryIndex {
 public:
  // REQUIRES: the ids differ.
  MemoryIndex(const std::vector<NamedLine>& lines, const IndexParams& params);

  absl::StatusOr<SearchAnswer> Search(const Query& query) const;
  TrajectoryView line(size_t i) const { return lines_[i]->fixes; }
  const Fingerprint& fingerprint(size_t i) const { return fingerprints_[i]; }
  size_t size() const { return lines_.size(); }
  const IndexParams& params() const { return params_; }
  uint64_t bytes() const { return views_[0].segment->bytes(); }

 private:
  const IndexParams params_;
  std::vector<GeometryPtr> lines_;
  std::vector<Fingerprint> fingerprints_;
  std::vector<SegmentView> views_;  // one
};

}  // namespace spoor::bench
