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

// The query as the part is asked.
template <typename Message, typename Asked>
Message RequestTo(const Part& part, const std::string& collection, Asked query) {
  query.filter.homes = part.homes;
  Message message;
  Encode(query, message);
  message.set_collection(collection);
  return message;
}

Question Asking(const Part& part, std::string method, std::string body) {
  return {.channel = part.channel,
          .call = {.method = std::move(method), .body = std::move(body), .trace_parent = {}}};
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
  std::vector<Question> questions;
  for (const Part& part : parts_) {
    const auto request = RequestTo<v1::SearchRequest>(part, collection_, query);
    questions.push_back(Asking(part, "search", request.SerializeAsString()));
  }
  auto answers = AnswersTo<v1::SearchReply>(std::move(questions), patience);
  if (!answers.ok()) return answers.status();
  return query.rerank ? MergeByDistance(*std::move(answers), query.k)
                      : MergeByScore(*std::move(answers), query.k);
}

absl::StatusOr<SearchAnswer> Scatter::InTwoRounds(const Query& query,
                                                  const Patience& patience) const {
  std::vector<Question> questions;
  for (const Part& part : parts_) {
    const auto request = RequestTo<v1::SearchRequest>(part, collection_, query);
    questions.push_back(Asking(part, "propose", request.SerializeAsString()));
  }
  auto proposals = AnswersTo<v1::ProposeReply>(std::move(questions), patience);
  if (!proposals.ok()) return proposals.status();
  const Chosen chosen = ChooseCandidates(*std::move(proposals), query.rerank->candidates);

  questions.clear();
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (chosen.parts[i].empty()) continue;
    v1::RefineRequest request;
    *request.mutable_search() = RequestTo<v1::SearchRequest>(parts_[i], collection_, query);
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
  std::vector<Question> questions;
  for (const Part& part : parts_) {
    const auto request = RequestTo<v1::RangeRequest>(part, collection_, query);
    questions.push_back(Asking(part, "range", request.SerializeAsString()));
  }
  auto answers = AnswersTo<v1::RangeReply>(std::move(questions), patience);
  if (!answers.ok()) return answers.status();
  return MergeRanges(*std::move(answers), query.limit);
}

}  // namespace spoor
