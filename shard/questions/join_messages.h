#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "engine/search/join.h"
#include "shard/questions/probe.h"

namespace spoor {
namespace v1 {
class HomePlace;
class ProbeReply;
class ProbeRequest;
class WalkReply;
class WalkRequest;
}  // namespace v1

// The steps of a join as the messages of proto/join.proto.  As in search_messages.h: Encode wants a
// new message, Decode trusts nothing and is InvalidArgument with the field, its value and what is
// allowed, and Decode(Encode(x)) == x but for what is said there.

// Any bytes may be an id here.
void EncodePlace(const HomePlace& place, v1::HomePlace& out);
HomePlace DecodePlace(const v1::HomePlace& in);

void Encode(const WalkQuery& query, v1::WalkRequest& out);
absl::StatusOr<WalkQuery> Decode(const v1::WalkRequest& in);

void Encode(const WalkAnswer& answer, v1::WalkReply& out);
absl::StatusOr<WalkAnswer> Decode(const v1::WalkReply& in);

void Encode(const JoinProbe& probe, v1::ProbeRequest& out);  // adds it
void Encode(const JoinQuery& query, v1::ProbeRequest& out);  // all but the probes
absl::StatusOr<ProbeQuestion> Decode(const v1::ProbeRequest& in);

// The answer is in the order of JoinAnswer; `probes`: how many have asked.
void Encode(const JoinAnswer& answer, v1::ProbeReply& out);
absl::StatusOr<JoinAnswer> Decode(const v1::ProbeReply& in, size_t probes);

}  // namespace spoor
