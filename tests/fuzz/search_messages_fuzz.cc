#include <cstdint>
#include <string>

#include "proto/search.pb.h"
#include "shard/questions/search_messages.h"

namespace {

template <typename Message>
void Read(const std::string& bytes) {
  Message message;
  if (message.ParseFromString(bytes)) spoor::Decode(message).IgnoreError();
}

}  // namespace

// What another node sends, as the message that its first byte says.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      Read<spoor::v1::SearchRequest>(bytes);
      break;
    case 1:
      Read<spoor::v1::RangeRequest>(bytes);
      break;
    case 2:
      Read<spoor::v1::SearchReply>(bytes);
      break;
    case 3:
      Read<spoor::v1::ProposeReply>(bytes);
      break;
    default:
      Read<spoor::v1::RangeReply>(bytes);
      break;
  }
  return 0;
}
