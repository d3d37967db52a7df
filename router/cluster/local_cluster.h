#pragma once

#include <memory>

#include "router/cluster.h"
#include "shard/node/node.h"

namespace spoor {

// A cluster of one: everything is in one slot on this node, in this process.  `spoor serve`, the
// command line's `--data` and tests run it; reads take the same way as a router's, but for the
// wire, and writes go to the engines, which are their own logs.
//
// A collection that was found stays what it is until it is let go of: once it has been dropped its
// reads are NotFound, or those of the next one of its name, and its writes go nowhere.
//
// The node outlives it; nothing may run on it, or on a collection of it, when it goes.
std::unique_ptr<Cluster> LocalCluster(EmbeddedNode& node);

}  // namespace spoor
