#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "engine/motif/follow.h"
#include "engine/motif/motif.h"
#include "engine/motif/runs.h"

namespace spoor {

// A collection as those see it who look for stretches: one engine's segments, or nodes whose
// answers are merged.  What it says does not depend on where trajectories lie, so that neither do
// the motifs.  Errors of its methods are those of the search.
class MotifSource {
 public:
  virtual ~MotifSource() = default;
  virtual const IndexParams& params() const = 0;
  virtual absl::StatusOr<RunAnswer> Runs(const RunQuery& query) = 0;  // as CountRuns
  virtual absl::StatusOr<RunSamples> Samples(const RunSampleQuery& query) = 0;
  virtual absl::StatusOr<FollowAnswer> Follow(const FollowQuery& query) = 0;
};

// Of the segments of one engine.
class SegmentSource : public MotifSource {
 public:
  explicit SegmentSource(const SearchContext& context) : context_(context) {}
  const IndexParams& params() const override { return *context_.params; }
  absl::StatusOr<RunAnswer> Runs(const RunQuery& query) override;
  absl::StatusOr<RunSamples> Samples(const RunSampleQuery& query) override;
  absl::StatusOr<FollowAnswer> Follow(const FollowQuery& query) override;

 private:
  const SearchContext& context_;
};

// Who follows a stretch, and where: one motif, or none where nobody does.
struct StretchQuery {
  std::vector<Fix> stretch;  // not empty
  MotifTerms terms;
  Filter filter;
};
absl::StatusOr<MotifAnswer> StretchMotifs(MotifSource& source, const StretchQuery& query);

// The stretches of an area, and of a time, that most trajectories travel, most first.
//
// 1. Runs (runs.h) are counted in all segments, over distinct trips: those that many have in common
//    are where stretches are, however far these go.
// 2. From the run of most trips down, some trips of each are laid side by side, smoothed.  They go
//    together until they part (together.h): that part of one of them is a candidate.  What lies on
//    the candidates before it for the most part is none: it would be told again.
// 3. All trajectories are measured against the candidates (follow.h), which counts them, and those
//    of enough trajectories and objects are told.  A part of a longer stretch is only told where
//    more trajectories have it.
//
// Of candidates there are half more than motifs are asked for; so a stretch whose runs are few
// beside what is driven on it, because trips differ about the cells, may be told late, or not.
struct RegionQuery {
  MotifTerms terms;  // direction kSame, or kEither: both directions of a stretch are one
  Filter filter;
};
// InvalidArgument: terms.direction is kOpposite.
absl::StatusOr<MotifAnswer> RegionMotifs(MotifSource& source, const RegionQuery& query,
                                         const Patience& patience);
// The same of trips in memory, which are indexed for it: what an engine says that has no others.
// REQUIRES: their ids are distinct; no more than Segment::kMaxTrajectories.
absl::StatusOr<MotifAnswer> RegionMotifsOf(absl::Span<const Trajectory> trips,
                                           const IndexParams& params, const RegionQuery& query,
                                           const Patience& patience);

}  // namespace spoor
