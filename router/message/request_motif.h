#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/motif/motif.h"
#include "router/cluster.h"
#include "router/message/json_reader.h"
#include "router/message/request.h"
#include "router/message/request_search.h"

namespace spoor {

// By what stretches are shared.
enum class MotifForm : uint8_t { kBetween, kWithin, kStretch, kRegion };

// The body of `POST .../search/motifs`, read and checked.
struct MotifRequest {
  MotifForm form = MotifForm::kBetween;
  std::vector<AskedTrip> trips;  // between: two; within, stretch: one; region: none
  uint32_t from = 0;             // stretch: the fixes of the trip that are asked for, both included
  std::optional<uint32_t> to;    // absent: to the last
  Filter filter;                 // of stretch and region
  MotifTerms terms;
  std::optional<uint32_t> exact_min_fixes;  // between and within
  ReadTerms read;                           // "consistency", "token", "allow_partial"
};
// What of it is asked of the stretches, among the members of an object.
void ReadMotifTerms(ObjectReader& object, MotifTerms& terms, Problems& problems);
// False, with `refusal` set, when something is wrong.
bool ReadMotifs(const JsonValue& body, const ApiLimits& limits, MotifRequest& request,
                ApiResponse* refusal);

}  // namespace spoor
