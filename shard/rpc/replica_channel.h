#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "shard/rpc/alarms.h"
#include "shard/rpc/attempts.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/hedging.h"

namespace spoor {

// Hears of a replica, by its place in the order given, that has answered with damage (IsDamage).
// On any thread; it must not block.
using DamageHeard = std::function<void(size_t replica, const absl::Status& damage)>;

// A channel to whichever replica answers: asks them in the order given, another one where one
// cannot do it, and a second one where the first is slow (attempts.h, hedging.h).  Those that are
// silent come last in the order, and for a moment those that were behind or damaged; a call that
// waits for one that falls silent goes to the next, however many hedges there were.
// For calls that do no harm when they are done twice.
// REQUIRES: replicas is not empty; hedging may be null: only silence is hedged.  alarms must
// outlive the channel and its calls.
std::unique_ptr<Channel> ReplicaChannel(std::vector<std::shared_ptr<Channel>> replicas,
                                        std::shared_ptr<Hedging> hedging, Alarms& alarms,
                                        const RetryOptions& options, DamageHeard damage = nullptr);

}  // namespace spoor
