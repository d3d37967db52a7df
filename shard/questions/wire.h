#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/reader.h"
#include "shard/node_catalog.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/map_messages.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/motif_messages.h"
#include "shard/questions/question.h"
#include "shard/questions/search_messages.h"
#include "shard/rpc/service.h"

// How questions become bytes.  For the .cc files of questions alone: it shows Protobuf.  Each
// defines a WireOf<Q> and says SPOOR_QUESTION(Q):
//
//   using Request = ...;                                   has `collection` and, unless it is never
//   using Reply = ...;                                     refused, `demand`; has `staleness_ms`
//   static void Encode(const Q&, Request&);
//   static StatusOr<Q> Decode(const Request&);
//   static void Encode(const Q::Answer&, Reply&);
//   static StatusOr<Q::Answer> Decode(const Q&, const Reply&);
//   static auto& Head(Request&);                           optional: what has `collection`
namespace spoor {

template <typename Q>
struct WireOf;

// Of a question that is a query, whose messages have codecs in the headers above.
template <typename Q, typename RequestMessage, typename ReplyMessage>
struct QueryWire {
  using Request = RequestMessage;
  using Reply = ReplyMessage;
  static void Encode(const Q& question, Request& out) { spoor::Encode(question.query, out); }
  static absl::StatusOr<Q> Decode(const Request& in) {
    auto query = spoor::Decode(in);
    if (!query.ok()) return query.status();
    return Q{.query = *std::move(query)};
  }
  static void Encode(const typename Q::Answer& answer, Reply& out) { spoor::Encode(answer, out); }
  static absl::StatusOr<typename Q::Answer> Decode(const Q& /*question*/, const Reply& in) {
    return spoor::Decode(in);
  }
};

// Where a request says whose records it is about.
template <typename Q>
auto& HeadOf(typename WireOf<Q>::Request& request) {
  if constexpr (requires { WireOf<Q>::Head(request); }) {
    return WireOf<Q>::Head(request);
  } else {
    return request;
  }
}

template <typename Q>
std::string Asking<Q>::Encode() const {
  typename WireOf<Q>::Request out;
  WireOf<Q>::Encode(question, out);
  auto& head = HeadOf<Q>(out);
  head.set_collection(collection);
  if constexpr (requires { head.mutable_demand(); }) spoor::Encode(demand, *head.mutable_demand());
  return out.SerializeAsString();
}

template <typename Q>
absl::StatusOr<Asking<Q>> Asking<Q>::Decode(const std::string& bytes) {
  typename WireOf<Q>::Request in;
  if (!in.ParseFromString(bytes)) {
    return absl::InvalidArgumentError(
        absl::StrCat("the body of '", Q::kMethod, "' is no ", in.GetTypeName()));
  }
  auto question = WireOf<Q>::Decode(in);
  if (!question.ok()) return question.status();
  Asking out;
  out.question = *std::move(question);
  auto& head = HeadOf<Q>(in);
  out.collection = head.collection();
  if constexpr (requires { head.demand(); }) {
    auto demand = spoor::Decode(head.demand());
    if (!demand.ok()) return demand.status();
    out.demand = *std::move(demand);
  }
  return out;
}

template <typename Q>
std::string Told<Q>::Encode() const {
  typename WireOf<Q>::Reply out;
  WireOf<Q>::Encode(answer, out);
  out.set_staleness_ms(staleness_ms);
  return out.SerializeAsString();
}

template <typename Q>
absl::StatusOr<Told<Q>> Told<Q>::Decode(const Q& question, const std::string& bytes) {
  typename WireOf<Q>::Reply in;
  if (!in.ParseFromString(bytes)) return absl::InternalError("a node's answer is no such message");
  auto answer = WireOf<Q>::Decode(question, in);
  if (!answer.ok()) return absl::InternalError(answer.status().message());
  Told out;
  out.answer = *std::move(answer);
  out.staleness_ms = in.staleness_ms();
  return out;
}

template <typename Q>
absl::StatusOr<Told<Q>> AnswerBy(const NodeCatalog& node, const Asking<Q>& asking, const Call& call,
                                 const Patience& patience) {
  const auto served = node.FindServed(asking.collection);
  if (!served.ok()) return served.status();
  Told<Q> out;
  absl::StatusOr<typename Q::Answer> answer;
  if constexpr (requires { Ask(asking.question, **served, patience); }) {
    answer = Ask(asking.question, **served, patience);
    out.staleness_ms = (*served)->staleness_ms();
  } else {
    const absl::Status admitted =
        (*served)->Admit(asking.demand, call.epoch, asking.question.homes(), patience);
    if (!admitted.ok()) return admitted;
    // Before the answer: readers only become newer meanwhile.
    out.staleness_ms = (*served)->staleness_ms();
    answer = AskNewest((*served)->engine(), [&](const EngineReader& reader) {
      return Ask(asking.question, reader, patience);
    });
  }
  if (!answer.ok()) return answer.status();
  out.answer = *std::move(answer);
  return out;
}

// Makes the table answer Q, of what the node has: once Served::Admit lets it, for the epoch of the
// call and what is demanded.  Who asks in this process gets the answer as it is.
// REQUIRES: the node outlives the table.
template <typename Q>
void AddQuestion(const NodeCatalog& node, MethodTable& table) {
  table.Add(Q::kMethod, [&node](const Call& call, const Patience& patience) -> Answer {
    if (const auto* here = call.body.As<Asking<Q>>(); here != nullptr) {
      auto told = AnswerBy(node, *here, call, patience);
      if (!told.ok()) return told.status();
      return Body(std::make_shared<const Told<Q>>(*std::move(told)));
    }
    const auto asking = Asking<Q>::Decode(call.body);
    if (!asking.ok()) return asking.status();
    const auto told = AnswerBy(node, *asking, call, patience);
    if (!told.ok()) return told.status();
    return Body(told->Encode());
  });
}

// Everything of a question that others link to; AddQ makes a table answer it (question.h's list).
#define SPOOR_QUESTION(Q)    \
  template struct Asking<Q>; \
  template struct Told<Q>;   \
  void Add##Q(const NodeCatalog& node, MethodTable& table) { AddQuestion<Q>(node, table); }

}  // namespace spoor
