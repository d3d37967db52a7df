#include "proto/motif.pb.h"
#include "shard/questions/motif_messages.h"
#include "tests/fuzz/message_fuzz.h"

// Questions about stretches and their answers.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::v1;  // NOLINT(google-build-using-namespace)
  return spoor::FuzzMessages<FollowRequest, FollowReply, RunsRequest, RunsReply, RunSamplesRequest,
                             RunSamplesReply>(
      data, size, [](const auto& message) { spoor::Decode(message).IgnoreError(); });
}
