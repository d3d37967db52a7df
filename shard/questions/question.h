#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "engine/store/home_set.h"
#include "engine/wait/patience.h"
#include "shard/rpc/body.h"
#include "shard/served.h"

// A read is a value, a question, which knows how it is answered.  Each has a file in this folder,
// and a line in questions.def, by which nodes answer it.  A question Q says
//
//   static constexpr char kMethod[]       its name on the wire
//   using Answer                          what is answered
//   const HomeSet& homes() const          whose trajectories are asked about...
//   void Mask(HomeSet)                    ...and that it is these
//   Ask(const Q&, const EngineReader&, const Patience&) -> StatusOr<Answer>    how a view answers,
//   or Ask(const Q&, const Served&, const Patience&) -> StatusOr<Answer>    one that is never
//   refused
//
// and in its .cc, for the wire, a WireOf<Q> (shard/questions/wire.h).
namespace spoor {

// A question on its way to a node.
template <typename Q>
struct Asking : Said {
  Q question;
  std::string collection;
  ReadDemand demand;

  std::string Encode() const override;
  // InvalidArgument names the field, its value and what is allowed.
  static absl::StatusOr<Asking> Decode(const std::string& bytes);
};

// And its answer.
template <typename Q>
struct Told : Said {
  typename Q::Answer answer;
  uint32_t staleness_ms = 0;  // how long ago readers were at the log's end, at most

  std::string Encode() const override;
  // Trusts nothing; `question` is what was asked.
  static absl::StatusOr<Told> Decode(const Q& question, const std::string& bytes);
};

}  // namespace spoor
