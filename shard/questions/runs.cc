#include "shard/questions/runs.h"

#include "proto/motif.pb.h"
#include "shard/questions/motif_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<RunAnswer> Ask(const RunsQuestion& question, const EngineReader& reader,
                              const Patience& patience) {
  return CountRuns(reader, question.query, patience);
}

template <>
struct WireOf<RunsQuestion> : QueryWire<RunsQuestion, v1::RunsRequest, v1::RunsReply> {};
SPOOR_QUESTION(RunsQuestion)

}  // namespace spoor
