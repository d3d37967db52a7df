#include "shard/questions/map.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>

#include "absl/cleanup/cleanup.h"
#include "proto/map.pb.h"
#include "shard/questions/map_messages.h"
#include "shard/questions/wire.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

// So that those who search find threads, too.
int MostMaps() { return std::max(2, static_cast<int>(std::thread::hardware_concurrency())); }

std::atomic<int> running_maps{0};

}  // namespace

absl::StatusOr<MapAnswer> Ask(const MapQuestion& question, const EngineReader& reader,
                              const Patience& patience) {
  const absl::Cleanup done = [] { --running_maps; };
  if (++running_maps > MostMaps()) {
    return OverloadError("as many jobs map here as may", std::chrono::milliseconds(200));
  }
  return MapRecords(reader, question.query, patience);
}

template <>
struct WireOf<MapQuestion> : QueryWire<MapQuestion, v1::MapRequest, v1::MapReply> {};
SPOOR_QUESTION(MapQuestion)

}  // namespace spoor
