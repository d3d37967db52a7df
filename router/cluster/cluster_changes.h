#pragma once

#include "router/cluster.h"
#include "router/events.h"

namespace spoor {

// Tells what has changed between two looks at a cluster: which nodes and which replicas can be
// asked, whether replicas differ, whether what is known of the cluster is current.
//   node_up, node_down (why)                    replica_ready, replica_not_ready (lag)
//   collection_appeared, collection_gone        replicas_differ (what), replicas_agree
//   metadata_problem (why), metadata_current
void TellChanges(const ClusterDescription& before, const ClusterDescription& now, Events& events);

}  // namespace spoor
