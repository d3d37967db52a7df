#include "router/reads/scatter.h"

#include <utility>

#include "engine/store/home_key.h"
#include "proto/node.pb.h"
#include "proto/search.pb.h"
#include "router/reads/far_homes.h"
#include "router/reads/merge.h"
#include "router/reads/poll.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/search_messages.h"

namespace spoor {
namespace {

// How often a search whose candidates change under it starts anew.
constexpr int kRounds = 5;

// The same question to every part, about its own homes.
template <typename Message, typename Asked>
std::vector<Message> RequestsTo(const std::vector<CollectionPart>& parts,
                                const std::string& collection, const ReadDemand& demand,
                                const Asked& query) {
  Message message;
  Encode(query, message);
  Encode(demand, *message.mutable_demand());
  message.set_collection(collection);
  std::vector<Message> out;
  out.reserve(parts.size());
  while (out.size() + 1 < parts.size()) out.push_back(message);
  if (!parts.empty()) out.push_back(std::move(message));
  for (size_t i = 0; i < parts.size(); ++i) EncodeHomes(parts[i].homes, *out[i].mutable_filter());
  return out;
}

template <typename Message>
Poll::Bodies BodiesOf(const std::vector<Message>& requests) {
  Poll::Bodies out;
  for (const Message& request : requests) out.push_back(request.SerializeAsString());
  return out;
}

constexpr auto kDecode = [](const auto& reply) { return Decode(reply); };

SearchAnswer Merged(std::vector<std::optional<SearchAnswer>> answers, const Query& query) {
  return query.rerank ? MergeByDistance(Present(std::move(answers)), query.k)
                      : MergeByScore(Present(std::move(answers)), query.k);
}

Read<SearchAnswer> Reported(SearchAnswer answer, const Poll& poll) {
  answer.exact = answer.exact && poll.complete();
  return {.answer = std::move(answer), .report = poll.Report()};
}

}  // namespace

Scatter::Scatter(std::string collection, std::vector<CollectionPart> parts, ScatterTerms terms)
    : collection_(std::move(collection)), parts_(std::move(parts)), terms_(std::move(terms)) {}

absl::StatusOr<Read<SearchAnswer>> Scatter::Search(const Query& query,
                                                   const Patience& patience) const {
  if (parts_.size() == 1 || !query.rerank) return InOneRound(query, patience);
  if (query.exact_within() == UINT64_MAX) return NearestFirst(query, patience);
  absl::StatusOr<Read<SearchAnswer>> answer = absl::AbortedError("");
  for (int round = 0; round < kRounds && absl::IsAborted(answer.status()); ++round) {
    answer = InTwoRounds(query, patience);
  }
  return answer;
}

absl::StatusOr<Read<SearchAnswer>> Scatter::InOneRound(const Query& query,
                                                       const Patience& patience) const {
  Poll poll(parts_, terms_);
  const auto requests = RequestsTo<v1::SearchRequest>(parts_, collection_, terms_.demand, query);
  auto answers = poll.Ask<v1::SearchReply>("search", BodiesOf(requests), patience, kDecode);
  if (!answers.ok()) return answers.status();
  return Reported(Merged(*std::move(answers), query), poll);
}

absl::StatusOr<Read<SearchAnswer>> Scatter::InTwoRounds(const Query& query,
                                                        const Patience& patience) const {
  Poll poll(parts_, terms_);
  auto requests = RequestsTo<v1::SearchRequest>(parts_, collection_, terms_.demand, query);
  auto proposals = poll.Ask<v1::ProposeReply>("propose", BodiesOf(requests), patience, kDecode);
  if (!proposals.ok()) return proposals.status();
  std::vector<size_t> proposers;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if ((*proposals)[i]) proposers.push_back(i);
  }
  const Chosen chosen = ChooseCandidates(Present(*std::move(proposals)), query.rerank->candidates);
  const bool few = query.elsewhere + chosen.live <= query.exact_within();

  Poll::Bodies bodies(parts_.size());
  for (size_t p = 0; p < proposers.size(); ++p) {
    v1::SearchRequest& search = requests[proposers[p]];
    if (few) {
      search.set_exact(true);
      bodies[proposers[p]] = search.SerializeAsString();
    } else if (!chosen.parts[p].empty()) {
      v1::RefineRequest request;
      *request.mutable_search() = std::move(search);
      for (const Hit& hit : chosen.parts[p]) Encode(hit, *request.add_chosen());
      bodies[proposers[p]] = request.SerializeAsString();
    }
  }
  auto answers =
      poll.Ask<v1::SearchReply>(few ? "search" : "refine", std::move(bodies), patience, kDecode);
  if (!answers.ok()) return answers.status();
  SearchAnswer answer = Merged(*std::move(answers), query);
  if (!few) {
    answer.exact = chosen.all && answer.damaged == 0;
    answer.position = chosen.position;
  }
  SearchCost cost = chosen.cost;
  Add(cost, answer.cost);
  answer.cost = cost;
  return Reported(std::move(answer), poll);
}

absl::StatusOr<Read<SearchAnswer>> Scatter::NearestFirst(const Query& query,
                                                         const Patience& patience) const {
  const uint64_t home = HomeKey(query.fixes, "");
  auto requests = RequestsTo<v1::SearchRequest>(parts_, collection_, terms_.demand, query);
  Poll poll(parts_, terms_);
  std::optional<double> cutoff = query.max_distance_m;
  Poll::Bodies first(parts_.size()), others(parts_.size());
  for (size_t i = 0; i < parts_.size() && !cutoff; ++i) {
    if (parts_[i].homes.Contains(home)) first[i] = requests[i].SerializeAsString();
  }
  auto nearest = poll.Ask<v1::SearchReply>("search", first, patience, kDecode);
  if (!nearest.ok()) return nearest.status();
  const SearchAnswer near = Merged(*nearest, query);
  if (near.hits.size() >= query.k) cutoff = near.hits[query.k - 1].distance_m;
  FarHomes far(query);
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (first[i]) continue;
    if (cutoff && !far.MayHold(parts_[i].homes, *cutoff)) {
      poll.LeaveOut(i);
      continue;
    }
    // What is as far as the k-th may still come before it, by its id: the bound is inclusive.
    if (cutoff) requests[i].set_max_distance_m(*cutoff);
    others[i] = requests[i].SerializeAsString();
  }
  auto rest = poll.Ask<v1::SearchReply>("search", std::move(others), patience, kDecode);
  if (!rest.ok()) return rest.status();
  for (auto& answer : *rest) nearest->push_back(std::move(answer));
  SearchAnswer answer = Merged(*std::move(nearest), query);
  if (near.hits.size() < query.k || answer.hits.size() >= query.k) {
    return Reported(std::move(answer), poll);
  }
  // A hit that bounded the others had moved to one of them, in a newer version.
  auto again = InOneRound(query, patience);
  if (again.ok()) Add(again->answer.cost, answer.cost);
  return again;
}

absl::StatusOr<Read<RangeAnswer>> Scatter::Range(const RangeQuery& query,
                                                 const Patience& patience) const {
  Poll poll(parts_, terms_);
  const auto requests = RequestsTo<v1::RangeRequest>(parts_, collection_, terms_.demand, query);
  auto answers = poll.Ask<v1::RangeReply>("range", BodiesOf(requests), patience, kDecode);
  if (!answers.ok()) return answers.status();
  return Read<RangeAnswer>{.answer = MergeRanges(Present(*std::move(answers)), query.limit),
                           .report = poll.Report()};
}

absl::StatusOr<Read<FoundRecords>> Scatter::Get(absl::Span<const TrajectoryId> ids,
                                                const Patience& patience) const {
  Poll poll(parts_, terms_);
  GetQuestion question{.ids = {ids.begin(), ids.end()}, .homes = {}, .demand = terms_.demand};
  Poll::Bodies bodies;
  for (const CollectionPart& part : parts_) {
    question.homes = part.homes;
    v1::GetRequest request;
    Encode(question, request);
    request.set_collection(collection_);
    bodies.push_back(request.SerializeAsString());
  }
  std::optional<LogPosition> seen;
  auto answers =
      poll.Ask<v1::GetReply>("get", std::move(bodies), patience, [&](const v1::GetReply& reply) {
        const LogPosition by_part{.log_id = reply.log_id(),
                                  .next = {reply.next().begin(), reply.next().end()}};
        seen = seen ? SeenByBoth(*seen, by_part) : by_part;
        return Decode(reply, ids);
      });
  if (!answers.ok()) return answers.status();
  Read<FoundRecords> out{.answer = MergeFound(Present(*std::move(answers)), ids.size()),
                         .report = poll.Report()};
  out.report.seen = seen.value_or(LogPosition());
  return out;
}

absl::StatusOr<Read<EngineStats>> Scatter::Count(const Patience& patience) const {
  Poll poll(parts_, terms_);
  Poll::Bodies bodies;
  for (const CollectionPart& part : parts_) {
    const StatsQuestion question{.homes = part.homes};
    v1::StatsRequest request;
    Encode(question, request);
    request.set_collection(collection_);
    bodies.push_back(request.SerializeAsString());
  }
  auto answers = poll.Ask<v1::StatsReply>("stats", std::move(bodies), patience, kDecode);
  if (!answers.ok()) return answers.status();
  Read<EngineStats> out;
  out.report = poll.Report();
  bool first = true;
  for (const auto& answer : *answers) {
    if (!answer) continue;
    if (std::exchange(first, false)) {
      out.answer = answer->stats;
    } else {
      Add(out.answer, answer->stats);
    }
  }
  return out;
}

}  // namespace spoor
