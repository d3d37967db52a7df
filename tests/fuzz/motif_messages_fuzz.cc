#include <cstdint>
#include <string>

#include "proto/motif.pb.h"
#include "shard/questions/motif_messages.h"

namespace {

template <typename Message>
void Read(const std::string& bytes) {
  Message message;
  if (message.ParseFromString(bytes)) spoor::Decode(message).IgnoreError();
}

}  // namespace

// Questions about stretches and their answers, by the first byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      Read<spoor::v1::FollowRequest>(bytes);
      break;
    case 1:
      Read<spoor::v1::FollowReply>(bytes);
      break;
    case 2:
      Read<spoor::v1::RunsRequest>(bytes);
      break;
    case 3:
      Read<spoor::v1::RunsReply>(bytes);
      break;
    case 4:
      Read<spoor::v1::RunSamplesRequest>(bytes);
      break;
    default:
      Read<spoor::v1::RunSamplesReply>(bytes);
      break;
  }
  return 0;
}
