#pragma once

#include "engine/search/query.h"
#include "router/cluster.h"
#include "router/message/json_writer.h"

namespace spoor {

// The member "explain" of an answer: what was done to find it, and who was asked.

void WriteExplain(const SearchCost& cost, const ReadReport& report, JsonWriter& w);
void WriteExplain(const RangeCost& cost, const ReadReport& report, JsonWriter& w);

}  // namespace spoor
