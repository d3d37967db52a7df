#pragma once

#include "shard/node.h"
#include "shard/rpc/service.h"

namespace spoor {

// The searches that a node answers to other processes (proto/search.proto), each on the homes that
// the request names:
//
//   search   SearchRequest -> SearchReply     the whole search
//   propose  SearchRequest -> ProposeReply    the first round of one with rerank
//   refine   RefineRequest -> SearchReply     the second; Aborted: start over
//   range    RangeRequest  -> RangeReply
//
// Errors: NotFound for the collection, InvalidArgument for what Decode refuses, and the engine's.
// Thread safety: as MethodTable.  REQUIRES: the node outlives it.
class SearchService : public MethodTable {
 public:
  explicit SearchService(const Node& node);
};

}  // namespace spoor
