#include "shard/search_service.h"

#include <utility>
#include <vector>

#include "proto/search.pb.h"
#include "shard/search_messages.h"

namespace spoor {
namespace {

// Decodes the request, asks the collection, encodes the answer.
template <typename Out, typename In, typename Ask>
absl::StatusOr<Out> Answered(const Node& node, const In& in, Ask ask) {
  const auto query = Decode(in);
  if (!query.ok()) return query.status();
  const auto collection = node.Find(in.collection());
  if (!collection.ok()) return collection.status();
  const auto answer = ask(**collection, *query);
  if (!answer.ok()) return answer.status();
  Out out;
  Encode(*answer, out);
  return out;
}

absl::StatusOr<v1::ProposeReply> Propose(const Node& node, const v1::SearchRequest& in,
                                         const Patience& patience) {
  if (!in.has_rerank() || in.exact()) {
    return absl::InvalidArgumentError("there is nothing to propose without rerank, or with exact");
  }
  return Answered<v1::ProposeReply>(node, in, [&](const Engine& engine, const Query& query) {
    return engine.Propose(query, patience);
  });
}

absl::StatusOr<v1::SearchReply> Refine(const Node& node, const v1::RefineRequest& in,
                                       const Patience& patience) {
  if (!in.search().has_rerank()) return absl::InvalidArgumentError("refine without rerank");
  std::vector<Hit> chosen;
  for (const v1::Hit& h : in.chosen()) {
    auto hit = Decode(h);
    if (!hit.ok()) return hit.status();
    chosen.push_back(*std::move(hit));
  }
  return Answered<v1::SearchReply>(node, in.search(), [&](const Engine& engine, const Query& q) {
    return engine.Refine(q, chosen, patience);
  });
}

}  // namespace

SearchService::SearchService(const Node& node) {
  AddTyped<v1::SearchRequest>(
      "search", [&node](const v1::SearchRequest& in, const Call&, const Patience& patience) {
        return Answered<v1::SearchReply>(node, in, [&](const Engine& engine, const Query& query) {
          return engine.Search(query, patience);
        });
      });
  AddTyped<v1::SearchRequest>(
      "propose", [&node](const v1::SearchRequest& in, const Call&, const Patience& patience) {
        return Propose(node, in, patience);
      });
  AddTyped<v1::RefineRequest>(
      "refine", [&node](const v1::RefineRequest& in, const Call&, const Patience& patience) {
        return Refine(node, in, patience);
      });
  AddTyped<v1::RangeRequest>("range", [&node](const v1::RangeRequest& in, const Call&,
                                              const Patience& patience) {
    return Answered<v1::RangeReply>(node, in, [&](const Engine& engine, const RangeQuery& query) {
      return engine.Range(query, patience);
    });
  });
}

}  // namespace spoor
