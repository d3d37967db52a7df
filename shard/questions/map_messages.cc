#include "shard/questions/map_messages.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/map.pb.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/search_messages.h"

namespace spoor {

void Encode(const MapQuery& query, v1::MapRequest& out) {
  out.set_mapper(query.mapper);
  out.set_params(query.params);
  Encode(query.filter, *out.mutable_filter());
  EncodePlace(query.after, *out.mutable_after());
  for (const HomePlace& place : query.only) EncodePlace(place, *out.add_only());
  out.set_max_bytes(query.max_bytes);
  out.set_log_id(query.as_of.log_id);
  for (const uint64_t next : query.as_of.next) out.add_next(next);
  out.set_partitions(query.partitions);
}

absl::StatusOr<MapQuery> Decode(const v1::MapRequest& in) {
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  auto as_of = DecodePosition(in.log_id(), in.next());
  if (!as_of.ok()) return as_of.status();
  if (in.max_bytes() == 0 || in.max_bytes() > MapQuery::kMaxBytes) {
    return Wrong("max_bytes", in.max_bytes(), absl::StrCat("1 ... ", MapQuery::kMaxBytes));
  }
  if (in.partitions() == 0 || in.partitions() > kMaxPartitions) {
    return Wrong("partitions", in.partitions(), absl::StrCat("1 ... ", kMaxPartitions));
  }
  if (in.only_size() > static_cast<int>(MapQuery::kMaxOnly)) {
    return Wrong("only", in.only_size(), absl::StrCat("at most ", MapQuery::kMaxOnly));
  }
  MapQuery out{.mapper = in.mapper(),
               .params = in.params(),
               .after = DecodePlace(in.after()),
               .filter = *std::move(filter),
               .only = {},
               .max_bytes = in.max_bytes(),
               .as_of = *std::move(as_of),
               .partitions = in.partitions()};
  for (const v1::HomePlace& place : in.only()) {
    out.only.push_back(DecodePlace(place));
    if (out.only.size() > 1 && out.only.back() <= out.only[out.only.size() - 2]) {
      return Wrong("only.home", place.home(), "ascending places");
    }
  }
  return out;
}

void Encode(const MapAnswer& answer, v1::MapReply& out) {
  for (const MapRow& row : answer.rows) {
    v1::MapReply::Row& r = *out.add_rows();
    r.set_key(row.key);
    EncodePlace(row.place, *r.mutable_place());
    r.set_bytes(row.bytes);
  }
  EncodePlace(answer.reached, *out.mutable_reached());
  out.set_more(answer.more);
  out.set_looked_at(answer.looked_at);
  out.set_position(answer.position);
}

absl::StatusOr<MapAnswer> Decode(const v1::MapReply& in) {
  MapAnswer out;
  for (const v1::MapReply::Row& row : in.rows()) {
    HomePlace place = DecodePlace(row.place());
    if (!IsValidName(place.id)) return Wrong("rows.place.id", place.id.size(), "1 ... 256 bytes");
    if (!out.rows.empty() && place < out.rows.back().place) {
      return Wrong("rows.place.home", place.home, "ascending places");
    }
    out.rows.push_back({.key = row.key(), .place = std::move(place), .bytes = row.bytes()});
  }
  out.reached = DecodePlace(in.reached());
  if (!out.rows.empty() && out.reached < out.rows.back().place) {
    return Wrong("reached.home", out.reached.home, "not before the last row");
  }
  out.more = in.more();
  out.looked_at = in.looked_at();
  out.position = in.position();
  return out;
}

}  // namespace spoor
