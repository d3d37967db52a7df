#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"
#include "tests/fuzz/message_fuzz.h"

// What another node sends.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace spoor::v1;  // NOLINT(google-build-using-namespace)
  return spoor::FuzzMessages<SearchRequest, RangeRequest, SearchReply, ProposeReply, RangeReply>(
      data, size, [](const auto& message) { spoor::Decode(message).IgnoreError(); });
}
