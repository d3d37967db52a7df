#include "shard/questions/walk.h"

#include "proto/join.pb.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<WalkAnswer> Ask(const WalkQuestion& question, const EngineReader& reader,
                               const Patience& patience) {
  return Walk(reader, question.query, patience);
}

template <>
struct WireOf<WalkQuestion> : QueryWire<WalkQuestion, v1::WalkRequest, v1::WalkReply> {};
SPOOR_QUESTION(WalkQuestion)

}  // namespace spoor
