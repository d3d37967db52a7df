#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/store/home_key.h"
#include "engine/store/log_position.h"
#include "geo/box.h"
#include "proto/search.pb.h"
#include "shard/served.h"

// Parts that messages of searches and of nodes share.  For their codecs alone: it shows Protobuf.
namespace spoor {

// InvalidArgument that names a field, its value and what is allowed.
template <typename T>
absl::Status Wrong(absl::string_view field, const T& value, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(field, " is ", value, "; allowed: ", allowed));
}

inline bool InRange(int64_t value, int64_t most) { return value >= -most && value <= most; }

void EncodeBox(const Box& box, v1::Box& out);
absl::StatusOr<Box> DecodeBox(absl::string_view field, const v1::Box& in);

using HomeRangeMessages = google::protobuf::RepeatedPtrField<v1::HomeRange>;
void EncodeRanges(const std::vector<HomeRange>& homes, HomeRangeMessages& out);  // replaces
absl::StatusOr<std::vector<HomeRange>> DecodeRanges(absl::string_view field,
                                                    const HomeRangeMessages& in);

absl::StatusOr<LogPosition> DecodePosition(
    uint64_t log_id, const google::protobuf::RepeatedField<google::protobuf::uint64>& next);

void Encode(const ReadDemand& demand, v1::ReadDemand& out);
absl::StatusOr<ReadDemand> Decode(const v1::ReadDemand& in);

}  // namespace spoor
