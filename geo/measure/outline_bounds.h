#pragma once

#include "geo/measure/measure.h"

// Lower bounds by outlines that several measures share.
namespace spoor {

// The longest distance along the best way through the runs and parts in order, from both first to
// both last, by steps to the next run, the next part or both; `apart_m` is one of the tables of o.
double LongestOnBestWay(const OutlineDistances& o, absl::Span<const float> apart_m);

// The longest distance from a run to the part nearest to it, or from a part to the run nearest to
// it, by one of the tables of o.
double LongestToNearest(const OutlineDistances& o, absl::Span<const float> apart_m);

// Assigns each point of the query to a part, parts never falling: the least longest distance.
double LongestOfPoints(const OutlineDistances& o);

// Assigns each point of the query to a part, parts never falling: the least sum of distances, by
// one of the tables of o.
double LeastSumOfRuns(const OutlineDistances& o, absl::Span<const float> apart_m);

// The same of so much on the line of each run, by the distances from lines.
double LeastSumOfLines(const OutlineDistances& o, absl::Span<const double> amounts);

// Assigns each point of the other line to a run, runs never falling: the least mean distance, by
// one of the tables of o.
double LeastMeanOfParts(const OutlineDistances& o, absl::Span<const float> apart_m);

}  // namespace spoor
