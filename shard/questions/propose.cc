#include "shard/questions/propose.h"

#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<Shortlist> Ask(const ProposeQuestion& question, const EngineReader& reader,
                              const Patience& patience) {
  return Propose(reader, question.query, patience);
}

template <>
struct WireOf<ProposeQuestion> : QueryWire<ProposeQuestion, v1::SearchRequest, v1::ProposeReply> {
  using QueryWire::Decode;
  static absl::StatusOr<ProposeQuestion> Decode(const v1::SearchRequest& in) {
    if (!in.has_rerank() || in.exact()) {
      return absl::InvalidArgumentError(
          "there is nothing to propose without rerank, or with exact");
    }
    return QueryWire::Decode(in);
  }
};
SPOOR_QUESTION(ProposeQuestion)

}  // namespace spoor
