#pragma once

#include <memory>
#include <string>

#include "router/cluster.h"
#include "shard/node_catalog.h"

namespace spoor {

// A node of a cluster as something whose health and figures can be asked for: what it serves of
// each collection, how far behind, and whether all of it is ready.  It answers no reads and takes
// no writes, which are a router's: its collections cannot be found.
//
// The catalog outlives it.
std::unique_ptr<Cluster> MemberCluster(std::string name, std::string address,
                                       const NodeCatalog& catalog);

}  // namespace spoor
