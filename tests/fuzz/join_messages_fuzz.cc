#include <cstdint>
#include <string>

#include "proto/join.pb.h"
#include "router/jobs/old_join.h"
#include "shard/questions/join_messages.h"

namespace {

template <typename Message, typename... More>
void Read(const std::string& bytes, More... more) {
  Message message;
  if (message.ParseFromString(bytes)) spoor::Decode(message, more...).IgnoreError();
}

}  // namespace

// The steps of a join, and what one has left on disk, by the first byte.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  constexpr size_t kProbes = 3;
  switch (data[0] % 5) {
    case 0:
      Read<spoor::v1::WalkRequest>(bytes);
      break;
    case 1:
      Read<spoor::v1::ProbeRequest>(bytes);
      break;
    case 2:
      Read<spoor::v1::WalkReply>(bytes);
      break;
    case 3:
      Read<spoor::v1::ProbeReply>(bytes, kProbes);
      break;
    default:
      spoor::DecodeOldJoin(bytes).IgnoreError();
      break;
  }
  return 0;
}
