#include "shard/questions/message_parts.h"

namespace spoor {

void EncodeBox(const Box& box, v1::Box& out) {
  out.set_south_e7(box.south_e7);
  out.set_west_e7(box.west_e7);
  out.set_north_e7(box.north_e7);
  out.set_east_e7(box.east_e7);
}

absl::StatusOr<Box> DecodeBox(absl::string_view field, const v1::Box& in) {
  if (!InRange(in.south_e7(), kMaxLatE7) || !InRange(in.north_e7(), kMaxLatE7) ||
      !InRange(in.west_e7(), kMaxLonE7) || !InRange(in.east_e7(), kMaxLonE7) ||
      in.south_e7() > in.north_e7()) {
    return Wrong(field, in.ShortDebugString(), "south <= north, degrees in range");
  }
  return Box{.south_e7 = in.south_e7(),
             .west_e7 = in.west_e7(),
             .north_e7 = in.north_e7(),
             .east_e7 = in.east_e7()};
}

absl::StatusOr<HomeSet> DecodeRanges(absl::string_view field, const HomeRangeMessages& in) {
  std::vector<HomeRange> ranges;
  for (const v1::HomeRange& range : in) {
    const bool ascends = ranges.empty() || range.first() > ranges.back().last;
    if (range.first() > range.last() || !ascends) {
      return Wrong(field, range.first(), "ascending, disjoint ranges");
    }
    ranges.push_back({range.first(), range.last()});
  }
  return HomeSet(std::move(ranges));
}

absl::StatusOr<LogPosition> DecodePosition(
    uint64_t log_id, const google::protobuf::RepeatedField<google::protobuf::uint64>& next) {
  if (next.size() > static_cast<int>(kMaxPartitions)) {
    return Wrong("next", next.size(), absl::StrCat("at most ", kMaxPartitions, " partitions"));
  }
  return LogPosition{.log_id = log_id, .next = {next.begin(), next.end()}};
}

void Encode(const ReadDemand& demand, v1::ReadDemand& out) {
  if (demand.written) {
    out.set_log_id(demand.written->log_id);
    for (const uint64_t next : demand.written->next) out.add_next(next);
  }
  if (demand.max_staleness_ms) out.set_max_staleness_ms(*demand.max_staleness_ms);
}

absl::StatusOr<ReadDemand> Decode(const v1::ReadDemand& in) {
  ReadDemand out;
  if (in.log_id() != 0) {
    auto written = DecodePosition(in.log_id(), in.next());
    if (!written.ok()) return written.status();
    out.written = *std::move(written);
  } else if (in.next_size() > 0) {
    return Wrong("demand.log_id", 0, "that of the log whose position is demanded");
  }
  if (in.has_max_staleness_ms()) out.max_staleness_ms = in.max_staleness_ms();
  return out;
}

}  // namespace spoor
