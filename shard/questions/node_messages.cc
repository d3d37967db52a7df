#include "shard/questions/node_messages.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "engine/store/log_value.h"
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

void EncodeTune(const TuneResult& tune, v1::JobReply::Tune& out) {
  for (const TuneRow& row : tune.rows) {
    v1::JobReply::Row& to = *out.add_rows();
    to.set_params(EncodeIndexParams(row.params));
    to.set_recall_at_10(row.recall_at_10);
    to.set_recall_at_1000(row.recall_at_1000);
    to.set_mean_rank(row.mean_rank);
    to.set_postings_per_query(row.postings_per_query);
  }
  out.set_best(EncodeIndexParams(tune.best));
  out.set_applied(tune.applied);
}

absl::StatusOr<TuneRow> DecodeRow(const v1::JobReply::Row& in) {
  const auto params = DecodeParams("tune.rows.params", in.params());
  if (!params.ok()) return params.status();
  absl::Status sound = CheckFigure("tune.rows.recall_at_10", in.recall_at_10(), 1);
  sound.Update(CheckFigure("tune.rows.recall_at_1000", in.recall_at_1000(), 1));
  sound.Update(CheckFigure("tune.rows.mean_rank", in.mean_rank(), HUGE_VAL));
  sound.Update(CheckFigure("tune.rows.postings_per_query", in.postings_per_query(), HUGE_VAL));
  if (!sound.ok()) return sound;
  return TuneRow{.params = *params,
                 .recall_at_10 = in.recall_at_10(),
                 .recall_at_1000 = in.recall_at_1000(),
                 .mean_rank = in.mean_rank(),
                 .postings_per_query = in.postings_per_query()};
}

absl::StatusOr<TuneResult> DecodeTune(const v1::JobReply::Tune& in) {
  TuneResult out;
  for (const auto& r : in.rows()) {
    auto row = DecodeRow(r);
    if (!row.ok()) return row.status();
    out.rows.push_back(*std::move(row));
  }
  const auto best = DecodeParams("tune.best", in.best());
  if (!best.ok()) return best.status();
  out.best = *best;
  out.applied = in.applied();
  return out;
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

void Encode(const JobStatus& job, v1::JobReply& out) {
  out.set_id(job.id.value());
  out.set_type(job.type);
  out.set_collection(job.collection);
  out.set_state(static_cast<uint32_t>(job.state));
  out.set_step(job.step);
  out.set_done(job.done);
  out.set_total(job.total);
  out.set_error(job.error);
  out.set_created_ms(job.created_ms);
  out.set_ended_ms(job.ended_ms);
  if (job.tune) EncodeTune(*job.tune, *out.mutable_tune());
}

absl::StatusOr<JobStatus> Decode(const v1::JobReply& in) {
  if (in.state() > static_cast<uint32_t>(JobState::kCancelled)) {
    return Wrong("state", in.state(), "0 ... 4");
  }
  JobStatus out{.id = JobId(in.id()),
                .type = in.type(),
                .collection = in.collection(),
                .state = static_cast<JobState>(in.state()),
                .step = in.step(),
                .done = in.done(),
                .total = in.total(),
                .error = in.error(),
                .created_ms = in.created_ms(),
                .ended_ms = in.ended_ms(),
                .tune = std::nullopt};
  if (!in.has_tune()) return out;
  auto tune = DecodeTune(in.tune());
  if (!tune.ok()) return tune.status();
  out.tune = *std::move(tune);
  return out;
}

}  // namespace spoor
