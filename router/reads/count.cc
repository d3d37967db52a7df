#include "router/reads/count.h"

#include <utility>

#include "router/reads/merge.h"
#include "shard/questions/stats.h"

namespace spoor {

absl::StatusOr<Read<EngineStats>> Count(const Parts& parts, const Patience& patience) {
  Rounds rounds(parts);
  auto answers = rounds.AskAll(StatsQuestion(), patience);
  if (!answers.ok()) return answers.status();
  Read<EngineStats> out;
  out.report = rounds.Report();
  bool first = true;
  for (const NodeStats& part : Present(*std::move(answers))) {
    if (std::exchange(first, false)) {
      out.answer = part.stats;
    } else {
      Add(out.answer, part.stats);
    }
  }
  return out;
}

absl::Status CountRead::By(const Routed& routed) {
  const Placement& placement = routed.routing().placement;
  const ReadTerms partly{.written = {}, .max_staleness_ms = {}, .allow_partial = true};
  auto records = Count(routed.PartsFor(AllSlots(placement), ReadKind::kOther, partly), patience_);
  if (!records.ok()) return records.status();
  counts = {.stats = std::move(records->answer),
            .slots = placement.slots(),
            .replicas = static_cast<uint32_t>(placement.replicas[0].size()),
            .epoch = routed.epoch(),
            .complete = records->report.failed == 0};
  if (placement.nodes.size() == 1) return absl::OkStatus();
  const auto whole = Count(routed.EachNode(partly), patience_);
  if (!whole.ok()) return whole.status();
  counts.stats.disk_bytes = whole->answer.disk_bytes;
  counts.stats.memory_bytes = whole->answer.memory_bytes;
  counts.stats.mapped_bytes = whole->answer.mapped_bytes;
  counts.stats.segments = whole->answer.segments;
  counts.stats.memory_segments = whole->answer.memory_segments;
  return absl::OkStatus();
}

}  // namespace spoor
