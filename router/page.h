#pragma once

#include <string>

#include "engine/engine.h"
#include "router/record_json.h"
#include "router/route.h"

namespace spoor {

struct PageLook {
  absl::string_view list;  // the name of the list in JSON
  Include include;
};

// One page of the records that meet a filter, by id, with `next` when there are more.  Ends early
// rather than exceed max_answer_bytes.
ApiResponse AnswerPage(const Call& call, const Engine& engine, const RangeQuery& query,
                       const PageLook& look);

// 200 with the body as the media type that the client prefers.
ApiResponse AnswerOf(const Call& call, std::string body);

}  // namespace spoor
