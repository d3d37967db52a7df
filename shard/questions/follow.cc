#include "shard/questions/follow.h"

#include "proto/motif.pb.h"
#include "shard/questions/motif_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<FollowAnswer> Ask(const FollowQuestion& question, const EngineReader& reader,
                                 const Patience& patience) {
  return Follow(reader, question.query, patience);
}

template <>
struct WireOf<FollowQuestion> : QueryWire<FollowQuestion, v1::FollowRequest, v1::FollowReply> {};
SPOOR_QUESTION(FollowQuestion)

}  // namespace spoor
