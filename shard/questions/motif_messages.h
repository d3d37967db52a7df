#pragma once

#include "absl/status/statusor.h"
#include "engine/motif/follow.h"
#include "engine/motif/runs.h"

namespace spoor {
namespace v1 {
class FollowReply;
class FollowRequest;
class RunSamplesReply;
class RunSamplesRequest;
class RunsReply;
class RunsRequest;
}  // namespace v1

// Questions about stretches as the messages of proto/motif.proto, as
// shard/questions/join_messages.h. Of a reply, what is asked of it is not known here: who reads it
// looks at as much as there is.

void Encode(const FollowQuery& query, v1::FollowRequest& out);
absl::StatusOr<FollowQuery> Decode(const v1::FollowRequest& in);
void Encode(const FollowAnswer& answer, v1::FollowReply& out);
absl::StatusOr<FollowAnswer> Decode(const v1::FollowReply& in);

void Encode(const RunQuery& query, v1::RunsRequest& out);
absl::StatusOr<RunQuery> Decode(const v1::RunsRequest& in);
void Encode(const RunAnswer& answer, v1::RunsReply& out);
absl::StatusOr<RunAnswer> Decode(const v1::RunsReply& in);

void Encode(const RunSampleQuery& query, v1::RunSamplesRequest& out);
absl::StatusOr<RunSampleQuery> Decode(const v1::RunSamplesRequest& in);
void Encode(const RunSamples& samples, v1::RunSamplesReply& out);
absl::StatusOr<RunSamples> Decode(const v1::RunSamplesReply& in);

}  // namespace spoor
