#include <cassert>
#include <utility>

#include "proto/join.pb.h"
#include "router/reads/merge.h"
#include "router/reads/poll.h"
#include "router/reads/scatter.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/message_parts.h"

namespace spoor {

absl::StatusOr<Read<WalkAnswer>> Scatter::Walk(const WalkQuery& query,
                                               const Patience& patience) const {
  assert(parts_.size() == 1);
  Poll poll(parts_, terms_);
  v1::WalkRequest request;
  Encode(query, request);
  Encode(terms_.demand, *request.mutable_demand());
  request.set_collection(collection_);
  EncodeHomes(parts_[0].homes, *request.mutable_filter());
  auto answers = poll.Ask<v1::WalkReply>("walk", {request.SerializeAsString()}, patience,
                                         [](const auto& reply) { return Decode(reply); });
  if (!answers.ok()) return answers.status();
  return Read<WalkAnswer>{.answer = *std::move((*answers)[0]), .report = poll.Report()};
}

absl::StatusOr<Read<JoinAnswer>> Scatter::Probe(absl::Span<const JoinProbe> probes,
                                                const std::vector<std::vector<uint32_t>>& asked,
                                                const JoinQuery& query,
                                                const Patience& patience) const {
  Poll poll(parts_, terms_);
  Poll::Bodies bodies;
  for (size_t i = 0; i < parts_.size(); ++i) {
    v1::ProbeRequest request;
    Encode(query, request);
    for (const uint32_t p : asked[i]) Encode(probes[p], request);
    Encode(terms_.demand, *request.mutable_demand());
    request.set_collection(collection_);
    EncodeHomes(parts_[i].homes, *request.mutable_filter());
    bodies.emplace_back(request.SerializeAsString());
  }
  auto answers =
      poll.Ask<v1::ProbeReply>("probe", std::move(bodies), patience,
                               [&](const auto& reply) { return Decode(reply, probes.size()); });
  if (!answers.ok()) return answers.status();
  std::vector<JoinAnswer> parts;
  for (size_t i = 0; i < parts_.size(); ++i) {
    JoinAnswer& answer = *(*answers)[i];
    for (JoinPair& pair : answer.pairs) {
      if (pair.probe >= asked[i].size()) {
        return absl::InternalError("a node's answer is about a probe that it was not sent");
      }
      pair.probe = asked[i][pair.probe];
    }
    parts.push_back(std::move(answer));
  }
  return Read<JoinAnswer>{.answer = MergeJoins(std::move(parts), query.max_pairs),
                          .report = poll.Report()};
}

}  // namespace spoor
