#pragma once

#include <string>

#include "router/api/route.h"
#include "router/message/record_json.h"
#include "router/message/request_search.h"

namespace spoor {

struct PageLook {
  absl::string_view list;  // the name of the list in JSON
  Include include;         // instead of the request's
};

// One page of the records that meet a filter, by id, with `next` when there are more.  Ends early
// rather than exceed max_answer_bytes.
ApiResponse AnswerPage(const ApiCall& call, const ClusterCollection& collection,
                       const RangeRequest& request, const PageLook& look);

// 200 with the body as the media type that the client prefers.
ApiResponse AnswerOf(const ApiCall& call, std::string body);

}  // namespace spoor
