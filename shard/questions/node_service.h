#pragma once

#include "shard/node_catalog.h"
#include "shard/rpc/service.h"

namespace spoor {

// What a node answers to other processes (proto/search.proto, proto/join.proto, proto/node.proto).
//
//   search   SearchRequest -> SearchReply     the whole search
//   propose  SearchRequest -> ProposeReply    the first round of one with rerank
//   refine   RefineRequest -> SearchReply     the second; Aborted: start over
//   range    RangeRequest  -> RangeReply
//   get      GetRequest    -> GetReply        of records that live elsewhere: nothing
//   walk     WalkRequest   -> WalkReply       a step of a join: records by home
//   probe    ProbeRequest  -> ProbeReply      and their partners
//   map      MapRequest    -> MapReply        a step of a job (shard/map/mapper.h); overload above
//                                             as many at once as there are cores
//   stats    StatsRequest  -> StatsReply      never refused for being behind: it says so
//
// They are the questions of questions.def, of the homes that the request names.  All but `stats`
// are answered once Served::Admit lets them: for the epoch of the call and what the request
// demands.
//
// Errors: NotFound for the collection, InvalidArgument for what Decode refuses, those of
// Admit, and the engine's.
// Thread safety: as MethodTable.  REQUIRES: the node outlives it.
class NodeService : public MethodTable {
 public:
  explicit NodeService(const NodeCatalog& node);
};

}  // namespace spoor
