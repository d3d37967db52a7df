#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/store/home_set.h"
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

// Homes as messages have them: not masked for all, else masked to ranges, which ascend.
using HomeRangeMessages = google::protobuf::RepeatedPtrField<v1::HomeRange>;
absl::StatusOr<HomeSet> DecodeRanges(absl::string_view field, const HomeRangeMessages& in);

template <typename Message>
void EncodeHomes(const HomeSet& homes, Message& out) {  // replaces
  out.clear_masked();
  out.clear_homes();
  if (homes.all()) return;
  out.set_masked(true);
  for (const HomeRange& range : homes.ranges()) {
    v1::HomeRange& home = *out.add_homes();
    home.set_first(range.first);
    home.set_last(range.last);
  }
}

template <typename Message>
absl::StatusOr<HomeSet> DecodeHomes(absl::string_view field, const Message& in) {
  return in.masked() ? DecodeRanges(field, in.homes()) : HomeSet::All();
}

absl::StatusOr<LogPosition> DecodePosition(
    uint64_t log_id, const google::protobuf::RepeatedField<google::protobuf::uint64>& next);

void Encode(const ReadDemand& demand, v1::ReadDemand& out);
absl::StatusOr<ReadDemand> Decode(const v1::ReadDemand& in);

}  // namespace spoor
