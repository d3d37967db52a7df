#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "engine/search/join.h"

namespace spoor {

// Appends a line of JSON for each pair whose partner is told, and returns how many these are:
//
//   {"a":"t1","b":"t2","score":0.5,"direction":"same"}
//   {"a":"t1","b":"t3","distance_m":12.5,"direction":"opposite"}      with a measure
//
// probes: the places of those that asked; told: of each partner of the answer.
uint64_t AppendJoinLines(const JoinAnswer& answer, absl::Span<const HomePlace> probes,
                         const std::vector<bool>& told, bool measured, std::string& out);

}  // namespace spoor
