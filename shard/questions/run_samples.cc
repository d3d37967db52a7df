#include "shard/questions/run_samples.h"

#include "proto/motif.pb.h"
#include "shard/questions/motif_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<RunSamples> Ask(const RunSamplesQuestion& question, const EngineReader& reader,
                               const Patience& patience) {
  return SampleRuns(reader, question.query, patience);
}

template <>
struct WireOf<RunSamplesQuestion>
    : QueryWire<RunSamplesQuestion, v1::RunSamplesRequest, v1::RunSamplesReply> {};
SPOOR_QUESTION(RunSamplesQuestion)

}  // namespace spoor
