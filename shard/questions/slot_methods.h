#pragma once

#include "shard/node_catalog.h"
#include "shard/rpc/service.h"

namespace spoor {

// What a node answers about the slots that it serves (proto/node.proto):
//
//   wait    WaitRequest       -> WaitReply        once readers see at least the position
//   reach   ReachRequest      -> ReachReply       StaleEpochError, or Unavailable for a later epoch
//   digest  DigestRequest     -> DigestReply
//   status  NodeStatusRequest -> NodeStatusReply  of all collections
//
// REQUIRES: the catalog outlives the table.
void AddSlotMethods(std::string node, const NodeCatalog& catalog, MethodTable& table);

}  // namespace spoor
