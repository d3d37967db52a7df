#include "router/scatter.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/search.pb.h"
#include "router/merge.h"
#include "shard/search_messages.h"

namespace spoor {
namespace {

// How often a search whose candidates change under it starts anew.
constexpr int kRounds = 5;

// The same question to every part, about its own homes.
template <typename Message, typename Asked>
std::vector<Message> RequestsTo(const std::vector<Part>& parts, const std::string& collection,
                                const Asked& query) {
  Message message;
  Encode(query, message);
  message.set_collection(collection);
  std::vector<Message> out(parts.size(), message);
  for (size_t i = 0; i < parts.size(); ++i) {
    EncodeHomes(parts[i].homes, *out[i].mutable_filter());
  }
  return out;
}

Question Asking(const Part& part, std::string method, std::string body) {
  return {.channel = part.channel,
          .call = {.method = std::move(method), .body = std::move(body), .trace_parent = {}}};
}

template <typename Message>
std::vector<Question> AskingAll(const std::vector<Part>& parts, const std::string& method,
                                const std::vector<Message>& requests) {
  std::vector<Question> out;
  for (size_t i = 0; i < parts.size(); ++i) {
    out.push_back(Asking(parts[i], method, requests[i].SerializeAsString()));
  }
  return out;
}

// What Reply decodes to.
template <typename Reply>
using Decoded = typename decltype(Decode(std::declval<Reply>()))::value_type;

// Asks all at once; an error of one is the error of all.
template <typename Reply>
absl::StatusOr<std::vector<Decoded<Reply>>> AnswersTo(std::vector<Question> questions,
                                                      const Patience& patience) {
  std::vector<Decoded<Reply>> out;
  for (const Answer& answer : AskAll(std::move(questions), patience)) {
    if (!answer.ok()) return answer.status();
    Reply reply;
    if (!reply.ParseFromString(*answer)) {
      return absl::InternalError(absl::StrCat("a node's answer is no ", reply.GetTypeName()));
    }
    auto decoded = Decode(reply);
    if (!decoded.ok()) return absl::InternalError(decoded.status().message());
    out.push_back(*std::move(decoded));
  }
  return out;
}

}  // namespace

Scatter::Scatter(std::string collection, std::vector<Part> parts)
    : collection_(std::move(collection)), parts_(std::move(parts)) {}

absl::StatusOr<SearchAnswer> Scatter::Search(const Query& query, const Patience& patience) const {
  if (query.rerank && !query.exact && parts_.size() > 1) {
    absl::StatusOr<SearchAnswer> answer = absl::AbortedError("");
    for (int round = 0; round < kRounds && absl::IsAborted(answer.status()); ++round) {
      answer = InTwoRounds(query, patience);
    }
    return answer;
  }
  const auto requests = RequestsTo<v1::SearchRequest>(parts_, collection_, query);
  auto answers = AnswersTo<v1::SearchReply>(AskingAll(parts_, "search", requests), patience);
  if (!answers.ok()) return answers.status();
  return query.rerank ? MergeByDistance(*std::move(answers), query.k)
                      : MergeByScore(*std::move(answers), query.k);
}

absl::StatusOr<SearchAnswer> Scatter::InTwoRounds(const Query& query,
                                                  const Patience& patience) const {
  auto requests = RequestsTo<v1::SearchRequest>(parts_, collection_, query);
  auto proposals = AnswersTo<v1::ProposeReply>(AskingAll(parts_, "propose", requests), patience);
  if (!proposals.ok()) return proposals.status();
  const Chosen chosen = ChooseCandidates(*std::move(proposals), query.rerank->candidates);

  std::vector<Question> questions;
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (chosen.parts[i].empty()) continue;
    v1::RefineRequest request;
    *request.mutable_search() = std::move(requests[i]);
    for (const Hit& hit : chosen.parts[i]) Encode(hit, *request.add_chosen());
    questions.push_back(Asking(parts_[i], "refine", request.SerializeAsString()));
  }
  auto answers = AnswersTo<v1::SearchReply>(std::move(questions), patience);
  if (!answers.ok()) return answers.status();
  SearchAnswer answer = MergeByDistance(*std::move(answers), query.k);
  answer.exact = chosen.all;
  answer.position = chosen.position;
  Add(answer.cost, chosen.cost);
  return answer;
}

absl::StatusOr<RangeAnswer> Scatter::Range(const RangeQuery& query,
                                           const Patience& patience) const {
  const auto requests = RequestsTo<v1::RangeRequest>(parts_, collection_, query);
  auto answers = AnswersTo<v1::RangeReply>(AskingAll(parts_, "range", requests), patience);
  if (!answers.ok()) return answers.status();
  return MergeRanges(*std::move(answers), query.limit);
}

}  // namespace spoor
