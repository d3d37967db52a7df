#include "shard/questions/node_messages.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "proto/node.pb.h"
#include "shard/questions/message_parts.h"

namespace spoor {
namespace {

absl::StatusOr<IndexParams> DecodeParams(absl::string_view field, absl::string_view bytes) {
  auto params = DecodeIndexParams(bytes);
  if (!params.ok()) return Wrong(field, bytes.size(), params.status().message());
  return params;
}

// A share between 0 and 1, or another figure that may not be negative.
absl::Status CheckFigure(absl::string_view field, double value, double most) {
  if (value >= 0 && value <= most) return absl::OkStatus();
  return Wrong(field, value, absl::StrCat("0 ... ", most));
}

}  // namespace

void Encode(const NodeStats& node, v1::StatsReply& out) {
  const EngineStats& s = node.stats;
  out.set_trajectories(s.trajectories);
  out.set_fixes(s.fixes);
  out.set_geodabs(s.geodabs);
  if (s.extent) EncodeBox(*s.extent, *out.mutable_extent());
  out.set_disk_bytes(s.disk_bytes);
  out.set_memory_bytes(s.memory_bytes);
  out.set_mapped_bytes(s.mapped_bytes);
  out.set_segments(s.segments);
  out.set_memory_segments(s.memory_segments);
  out.set_log_id(s.log.log_id);
  for (const uint64_t next : s.log.next) out.add_next(next);
  out.set_generation(s.generation);
  if (s.params) out.set_params(EncodeIndexParams(*s.params));
  out.set_reindexing(s.reindexing);
  out.set_reindex_progress(s.reindex_progress);
  out.set_disk_full(s.disk_full);
  out.set_damages(s.damages);
  out.set_left_out(s.left_out);
  out.set_ready(node.ready);
  out.set_staleness_ms(node.staleness_ms);
}

absl::StatusOr<NodeStats> Decode(const v1::StatsReply& in) {
  NodeStats out{.stats = {}, .ready = in.ready(), .staleness_ms = in.staleness_ms()};
  EngineStats& s = out.stats;
  s.trajectories = in.trajectories();
  s.fixes = in.fixes();
  s.geodabs = in.geodabs();
  if (in.has_extent()) {
    const auto extent = DecodeBox("extent", in.extent());
    if (!extent.ok()) return extent.status();
    s.extent = *extent;
  }
  s.disk_bytes = in.disk_bytes();
  s.memory_bytes = in.memory_bytes();
  s.mapped_bytes = in.mapped_bytes();
  s.segments = in.segments();
  s.memory_segments = in.memory_segments();
  auto log = DecodePosition(in.log_id(), in.next());
  if (!log.ok()) return log.status();
  s.log = *std::move(log);
  s.position = s.log.total();
  s.generation = in.generation();
  if (!in.params().empty()) {
    const auto params = DecodeParams("params", in.params());
    if (!params.ok()) return params.status();
    s.params = *params;
  }
  s.reindexing = in.reindexing();
  s.reindex_progress = in.reindex_progress();
  if (absl::Status bad = CheckFigure("reindex_progress", s.reindex_progress, 1); !bad.ok()) {
    return bad;
  }
  s.disk_full = in.disk_full();
  s.damages = in.damages();
  s.left_out = in.left_out();
  return out;
}

void Encode(const LogPosition& position, v1::WaitRequest& out) {
  out.set_log_id(position.log_id);
  for (const uint64_t next : position.next) out.add_next(next);
}

absl::StatusOr<LogPosition> Decode(const v1::WaitRequest& in) {
  return DecodePosition(in.log_id(), in.next());
}

}  // namespace spoor
