#pragma once

#include "proto/placement.pb.h"
#include "shard/place/placement.h"

namespace spoor {

// A placement as the message that is part of others (proto/cluster.proto).
void ToMessage(const Placement& placement, v1::Placement& message);
// Not validated yet.
Placement FromMessage(v1::Placement message);

}  // namespace spoor
