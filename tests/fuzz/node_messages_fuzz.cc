#include <cstdint>
#include <string>

#include "proto/map.pb.h"
#include "proto/node.pb.h"
#include "shard/questions/get.h"
#include "shard/questions/map_messages.h"
#include "shard/questions/node_messages.h"
#include "shard/questions/stats.h"

namespace {

template <typename Message, typename... Rest>
void Read(const std::string& bytes, const Rest&... rest) {
  Message message;
  if (message.ParseFromString(bytes)) spoor::Decode(message, rest...).IgnoreError();
}

}  // namespace

// What another process sends, as the message that its first byte says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::vector<spoor::TrajectoryId> ids = {spoor::TrajectoryId("a"), spoor::TrajectoryId("b")};
  switch (data[0] % 6) {
    case 0:
      spoor::Asking<spoor::GetQuestion>::Decode(bytes).status().IgnoreError();
      break;
    case 1:
      if (const auto told = spoor::Told<spoor::GetQuestion>::Decode({.ids = ids}, bytes);
          told.ok()) {
        spoor::Decode(told->answer.records, ids).status().IgnoreError();
      }
      break;
    case 2:
      spoor::Asking<spoor::StatsQuestion>::Decode(bytes).status().IgnoreError();
      break;
    case 3:
      Read<spoor::v1::StatsReply>(bytes);
      break;
    case 4:
      Read<spoor::v1::WaitRequest>(bytes);
      break;
    default:
      Read<spoor::v1::MapRequest>(bytes);
      Read<spoor::v1::MapReply>(bytes);
      break;
  }
  return 0;
}
