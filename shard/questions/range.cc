#include "shard/questions/range.h"

#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<RangeAnswer> Ask(const RangeQuestion& question, const EngineReader& reader,
                                const Patience& patience) {
  return Range(reader, question.query, patience);
}

template <>
struct WireOf<RangeQuestion> : QueryWire<RangeQuestion, v1::RangeRequest, v1::RangeReply> {};
SPOOR_QUESTION(RangeQuestion)

}  // namespace spoor
