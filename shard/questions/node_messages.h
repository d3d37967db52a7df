#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/engine.h"
#include "shard/job.h"
#include "shard/served.h"

namespace spoor {
namespace v1 {
class GetReply;
class GetRequest;
class JobReply;
class StatsReply;
class StatsRequest;
class WaitRequest;
}  // namespace v1

// What a node is asked beside searches, as the messages of proto/node.proto.  As in
// search_messages.h: Encode wants a new message, Decode trusts nothing and is InvalidArgument with
// the field, its value and what is allowed (DataLoss for a record that is none), and
// Decode(Encode(x)) == x.

// Records by id, of those that live in the homes.
struct GetQuestion {
  std::vector<TrajectoryId> ids;  // at most kMaxGetIds
  HomeSet homes = HomeSet::All();
  ReadDemand demand;
};
// A page of the HTTP interface is no longer; a request of more is a mistake.
inline constexpr size_t kMaxGetIds = 10'000;
void Encode(const GetQuestion& question, v1::GetRequest& out);
absl::StatusOr<GetQuestion> Decode(const v1::GetRequest& in);

// For each id what there is of it; a null where there is none.  A node sends records as they are
// stored, who asked for `ids` decodes and checks them.  How many are damaged, the message says
// beside.
void Encode(Engine::StoredRecords records, v1::GetReply& out);
using FoundRecords = std::vector<std::optional<Engine::Found>>;
absl::StatusOr<FoundRecords> Decode(const v1::GetReply& in, absl::Span<const TrajectoryId> ids);

struct StatsQuestion {
  HomeSet homes = HomeSet::All();
};
void Encode(const StatsQuestion& question, v1::StatsRequest& out);
absl::StatusOr<StatsQuestion> Decode(const v1::StatsRequest& in);

// `rebuilt` and `followed_ms` stay at home.
struct NodeStats {
  EngineStats stats;
  bool ready = true;
  uint32_t staleness_ms = 0;
};
void Encode(const NodeStats& stats, v1::StatsReply& out);
absl::StatusOr<NodeStats> Decode(const v1::StatsReply& in);

void Encode(const LogPosition& position, v1::WaitRequest& out);
absl::StatusOr<LogPosition> Decode(const v1::WaitRequest& in);

void Encode(const JobStatus& job, v1::JobReply& out);
absl::StatusOr<JobStatus> Decode(const v1::JobReply& in);

}  // namespace spoor
