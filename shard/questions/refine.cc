#include "shard/questions/refine.h"

#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<SearchAnswer> Ask(const RefineQuestion& question, const EngineReader& reader,
                                 const Patience& patience) {
  return Refine(reader, question.query, question.chosen, patience);
}

template <>
struct WireOf<RefineQuestion> {
  using Request = v1::RefineRequest;
  using Reply = v1::SearchReply;
  static v1::SearchRequest& Head(Request& request) { return *request.mutable_search(); }

  static void Encode(const RefineQuestion& question, Request& out) {
    spoor::Encode(question.query, *out.mutable_search());
    for (const Hit& hit : question.chosen) spoor::Encode(hit, *out.add_chosen());
  }
  static absl::StatusOr<RefineQuestion> Decode(const Request& in) {
    if (!in.search().has_rerank()) return absl::InvalidArgumentError("refine without rerank");
    auto query = spoor::Decode(in.search());
    if (!query.ok()) return query.status();
    RefineQuestion out{.query = *std::move(query), .chosen = {}};
    for (const v1::Hit& h : in.chosen()) {
      auto hit = spoor::Decode(h);
      if (!hit.ok()) return hit.status();
      out.chosen.push_back(*std::move(hit));
    }
    return out;
  }
  static void Encode(const SearchAnswer& answer, Reply& out) { spoor::Encode(answer, out); }
  static absl::StatusOr<SearchAnswer> Decode(const RefineQuestion& /*question*/, const Reply& in) {
    return spoor::Decode(in);
  }
};
SPOOR_QUESTION(RefineQuestion)

}  // namespace spoor
