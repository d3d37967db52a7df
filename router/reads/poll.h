#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/reads/scatter.h"

namespace spoor {
// The parts of one question on its way through one or more rounds: who is asked, who has failed,
// and what may be made of the rest.  For router/reads/scatter.cc.
class Poll {
 public:
  Poll(const std::vector<CollectionPart>& parts, const ScatterTerms& terms);

  // What to send to each part; absent: nothing.
  using Bodies = std::vector<std::optional<std::string>>;

  // Sends the bodies to the parts that have not failed yet, waits for all, and decodes: by part,
  // absent where none was asked or it failed.  Errors as Scatter says.
  template <typename Reply, typename Decoding>
  auto Ask(const std::string& method, Bodies bodies, const Patience& patience, Decoding decode) {
    using Value = typename decltype(decode(std::declval<Reply>()))::value_type;
    std::vector<std::optional<Value>> out(parts_.size());
    auto answers = Send(method, std::move(bodies), patience);
    for (size_t i = 0; i < answers.size(); ++i) {
      if (!answers[i] || !answers[i]->ok()) continue;
      Reply reply;
      absl::StatusOr<Value> value = absl::InternalError("a node's answer is no such message");
      if (reply.ParseFromString(**answers[i])) value = decode(reply);
      if (value.ok()) {
        out[i] = *std::move(value);
        NoteStaleness(reply.staleness_ms());
        if constexpr (requires { reply.damaged(); }) damaged_ += reply.damaged();
      } else {
        answers[i] = absl::InternalError(value.status().message());
      }
    }
    const absl::Status judged = Judge(answers);
    return judged.ok() ? absl::StatusOr<std::vector<std::optional<Value>>>(std::move(out))
                       : absl::StatusOr<std::vector<std::optional<Value>>>(judged);
  }

  // The part has nothing that the answer lacks: it is not to be asked.  REQUIRES: it was not.
  void LeaveOut(size_t part);

  bool complete() const { return failures_ == 0; }
  ReadReport Report() const;

 private:
  using Answers = std::vector<std::optional<Answer>>;  // by part; absent: not asked
  Answers Send(const std::string& method, Bodies bodies, const Patience& patience) const;
  // Notes who failed; the error that is the answer to all, or OK.
  absl::Status Judge(const Answers& answers);
  void NoteStaleness(uint32_t ms) { staleness_ms_ = std::max(staleness_ms_, ms); }

  const std::vector<CollectionPart>& parts_;
  const ScatterTerms& terms_;
  std::vector<uint8_t> failed_, left_out_;  // by part
  size_t failures_ = 0, counted_;           // of the parts that are not left out
  uint32_t staleness_ms_ = 0;
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

}  // namespace spoor
