#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "shard/questions/stats.h"

namespace spoor {
namespace v1 {
class StatsReply;
class WaitRequest;
}  // namespace v1

// What nodes say beside answers to searches, as the messages of proto/node.proto.  As in
// search_messages.h: Encode wants a new message, Decode trusts nothing and is InvalidArgument with
// the field, its value and what is allowed, and Decode(Encode(x)) == x.

void Encode(const NodeStats& stats, v1::StatsReply& out);
absl::StatusOr<NodeStats> Decode(const v1::StatsReply& in);

void Encode(const LogPosition& position, v1::WaitRequest& out);
absl::StatusOr<LogPosition> Decode(const v1::WaitRequest& in);

}  // namespace spoor
