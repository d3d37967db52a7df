#include "shard/questions/stats.h"

#include "proto/node.pb.h"
#include "shard/questions/node_messages.h"
#include "shard/questions/wire.h"

namespace spoor {

absl::StatusOr<NodeStats> Ask(const StatsQuestion& question, const Served& served,
                              const Patience& /*patience*/) {
  return NodeStats{.stats = served.engine().Stats(question.mask),
                   .ready = served.ready(),
                   .staleness_ms = served.staleness_ms()};
}

template <>
struct WireOf<StatsQuestion> {
  using Request = v1::StatsRequest;
  using Reply = v1::StatsReply;
  static void Encode(const StatsQuestion& question, Request& out) {
    EncodeHomes(question.mask, out);
  }
  static absl::StatusOr<StatsQuestion> Decode(const Request& in) {
    auto homes = DecodeHomes("homes", in);
    if (!homes.ok()) return homes.status();
    return StatsQuestion{.mask = *std::move(homes)};
  }
  static void Encode(const NodeStats& stats, Reply& out) { spoor::Encode(stats, out); }
  static absl::StatusOr<NodeStats> Decode(const StatsQuestion& /*question*/, const Reply& in) {
    return spoor::Decode(in);
  }
};
SPOOR_QUESTION(StatsQuestion)

}  // namespace spoor
