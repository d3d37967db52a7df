#pragma once

#include <memory>
#include <vector>

#include "shard/rpc/alarms.h"
#include "shard/rpc/attempts.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/hedging.h"

namespace spoor {

// A channel to whichever replica answers: asks them in the order given, another one where one is
// away or has too much to do, and a second one where the first is slow (attempts.h, hedging.h).
// For calls that do no harm when they are done twice.
// REQUIRES: replicas is not empty; hedging may be null: nothing is hedged.  alarms must outlive the
// channel and its calls.
std::unique_ptr<Channel> ReplicaChannel(std::vector<std::shared_ptr<Channel>> replicas,
                                        std::shared_ptr<Hedging> hedging, Alarms& alarms,
                                        const RetryOptions& options);

}  // namespace spoor
