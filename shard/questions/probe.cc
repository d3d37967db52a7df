#include "shard/questions/probe.h"

#include "proto/join.pb.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<JoinAnswer> Ask(const ProbeQuestion& question, const EngineReader& reader,
                               const Patience& patience) {
  return Probe(reader, question.probes, question.query, patience);
}

template <>
struct WireOf<ProbeQuestion> {
  using Request = v1::ProbeRequest;
  using Reply = v1::ProbeReply;
  static void Encode(const ProbeQuestion& question, Request& out) {
    spoor::Encode(question.query, out);
    for (const JoinProbe& probe : question.probes) spoor::Encode(probe, out);
  }
  static absl::StatusOr<ProbeQuestion> Decode(const Request& in) { return spoor::Decode(in); }
  static void Encode(const JoinAnswer& answer, Reply& out) { spoor::Encode(answer, out); }
  static absl::StatusOr<JoinAnswer> Decode(const ProbeQuestion& question, const Reply& in) {
    return spoor::Decode(in, question.probes.size());
  }
};
SPOOR_QUESTION(ProbeQuestion)

}  // namespace spoor
