#pragma once

#include <optional>
#include <vector>

#include "router/cluster.h"
#include "shard/place/placement.h"

namespace spoor {

// A token names so many ranges at most; a write that went to more went everywhere.
inline constexpr size_t kMaxTokenRanges = 64;

// The homes, or all, when these have more than kMaxTokenRanges ranges.
HomeSet TokenHomes(HomeSet homes);

// Where these are written to: the slots that they live in, as a token names them.
HomeSet HomesOf(const std::vector<Trajectory>& batch, const std::vector<uint64_t>& cuts);

// What has been written by both.  REQUIRES: of one log.
void AddWritten(WrittenTo& sum, const WrittenTo& more);
// The same with what a client had written before, if it said so.
WrittenTo WithBefore(WrittenTo written, const std::optional<WrittenTo>& before);

}  // namespace spoor
