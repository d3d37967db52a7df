#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "router/cluster.h"
#include "shard/questions/question.h"
#include "shard/rpc/channel.h"

namespace spoor {

// A part of a collection, and who answers for it.
struct CollectionPart {
  Channel* channel = nullptr;           // to a node, or to any replica of these homes
  HomeSet homes;                        // no home is in two parts
  std::vector<ReadReport::Slot> slots;  // that these are, for the report
  uint32_t node = 0;                    // that is asked first, for the report
};

// What is said to every part.
struct PartTerms {
  ReadDemand demand;
  uint64_t epoch = 0;  // of the placement that the parts are made by
  bool allow_partial = false;
};

// Whom a read asks.  The channels outlive it.
struct Parts {
  std::string collection;
  std::vector<CollectionPart> parts;
  PartTerms terms = {};
};

// One read of these parts, on its way through one or more rounds of questions: who is asked, who
// has failed, and what may be made of the rest.
//
// A part that fails makes the answer an error, that of the part.  With allow_partial the others
// answer without it, unless all fail, and the report says so; the parts then get nine tenths of the
// time, so that there is some left to answer in.
//
// REQUIRES: not on a thread of the channels.  Of one thread; the parts outlive it.
class Rounds {
 public:
  explicit Rounds(const Parts& parts);

  // One round.  Asks each part its question, about its own homes, unless it has failed before,
  // waits for all, and gives what they say: by part, absent where none was asked or it failed.
  // Errors: Unavailable, overload and so on of the parts; InvalidArgument, NotFound, Cancelled,
  // Aborted and StaleEpochError of any part, also with allow_partial.
  template <typename Q>
  absl::StatusOr<std::vector<std::optional<typename Q::Answer>>> Ask(
      std::vector<std::optional<Q>> questions, const Patience& patience);
  // The same question to all.
  template <typename Q>
  auto AskAll(const Q& question, const Patience& patience) {
    return Ask(std::vector<std::optional<Q>>(parts_.size(), question), patience);
  }

  // The part has nothing that the answer lacks: it is not to be asked.  REQUIRES: it was not.
  void LeaveOut(size_t part);
  void AddDamaged(uint64_t records) { damaged_ += records; }

  size_t parts() const { return parts_.size(); }
  bool complete() const { return failures_ == 0; }
  ReadReport Report() const;

 private:
  using Bodies = std::vector<std::optional<Body>>;     // by part; absent: nothing is asked
  using Answers = std::vector<std::optional<Answer>>;  // likewise
  Answers Send(const std::string& method, Bodies bodies, const Patience& patience);
  // Notes who failed; the error that is the answer to all, or OK.
  absl::Status Judge(const Answers& answers);

  const std::string& collection_;
  const std::vector<CollectionPart>& parts_;
  const PartTerms& terms_;
  std::vector<uint8_t> failed_, left_out_;  // by part
  size_t failures_ = 0, counted_;           // of the parts that are not left out
  uint32_t rounds_ = 0, staleness_ms_ = 0;
  uint64_t damaged_ = 0;
};

// Those that are there.
template <typename T>
std::vector<T> Present(std::vector<std::optional<T>> all) {
  std::vector<T> out;
  for (std::optional<T>& one : all) {
    if (one) out.push_back(*std::move(one));
  }
  return out;
}

template <typename Q>
absl::StatusOr<std::vector<std::optional<typename Q::Answer>>> Rounds::Ask(
    std::vector<std::optional<Q>> questions, const Patience& patience) {
  std::vector<std::shared_ptr<const Asking<Q>>> asked(parts_.size());
  Bodies bodies(parts_.size());
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (!questions[i] || failed_[i] != 0) continue;
    auto asking = std::make_shared<Asking<Q>>();
    asking->question = *std::move(questions[i]);
    asking->question.Mask(parts_[i].homes);
    asking->collection = collection_;
    asking->demand = terms_.demand;
    asked[i] = asking;
    bodies[i] = Body(std::move(asking));
  }
  std::vector<std::optional<typename Q::Answer>> out(parts_.size());
  Answers answers = Send(Q::kMethod, std::move(bodies), patience);
  for (size_t i = 0; i < answers.size(); ++i) {
    if (!answers[i] || !answers[i]->ok()) continue;
    const Body& body = **answers[i];
    absl::StatusOr<Told<Q>> told = absl::UnknownError("");
    if (const auto* here = body.As<Told<Q>>(); here != nullptr) {
      told = *here;
    } else {
      told = Told<Q>::Decode(asked[i]->question, body);
    }
    if (!told.ok()) {
      answers[i] = told.status();
      continue;
    }
    staleness_ms_ = std::max(staleness_ms_, told->staleness_ms);
    if constexpr (requires { told->answer.damaged; }) damaged_ += told->answer.damaged;
    out[i] = std::move(told->answer);
  }
  if (absl::Status judged = Judge(answers); !judged.ok()) return judged;
  return out;
}

}  // namespace spoor
