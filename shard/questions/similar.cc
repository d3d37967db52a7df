#include "shard/questions/similar.h"

#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<SearchAnswer> Ask(const SimilarQuestion& question, const EngineReader& reader,
                                 const Patience& patience) {
  return Search(reader, question.query, patience);
}

template <>
struct WireOf<SimilarQuestion> : QueryWire<SimilarQuestion, v1::SearchRequest, v1::SearchReply> {};
SPOOR_QUESTION(SimilarQuestion)

}  // namespace spoor
