#pragma once

#include "absl/status/statusor.h"
#include "shard/map/mapper.h"

namespace spoor {
namespace v1 {
class MapReply;
class MapRequest;
}  // namespace v1

// A step of a job as the messages of proto/map.proto, as shard/questions/join_messages.h.

void Encode(const MapQuery& query, v1::MapRequest& out);
absl::StatusOr<MapQuery> Decode(const v1::MapRequest& in);

void Encode(const MapAnswer& answer, v1::MapReply& out);
absl::StatusOr<MapAnswer> Decode(const v1::MapReply& in);

}  // namespace spoor
