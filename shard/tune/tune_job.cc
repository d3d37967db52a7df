#include "engine/store/memory.h"
#include "shard/tune/job_board.h"
#include "shard/tune/tune.h"

namespace spoor {

absl::Status TuneCollection(Engine& engine, bool apply, JobBoard::Running& job) {
  const TuneOptions options{.in_force = engine.params()};
  job.Progress("sample", 0, 1);
  const auto sample = engine.Sample(options.sample, options.seed, job.patience());
  if (!sample.ok()) return sample.status();
  uint64_t bytes = 0;
  for (const Trajectory& t : *sample) bytes += sizeof t + t.fixes.size() * sizeof(Fix);
  const Memory::Work held(engine.memory(), bytes);
  auto result = Tune(*sample, options, job.patience(),
                     [&](uint64_t done, uint64_t total) { job.Progress("measure", done, total); });
  if (!result.ok()) return result.status();
  if (apply && engine.params() != result->best) {
    constexpr uint64_t kSteps = 1000;
    absl::Status s = engine.Reindex(result->best, job.patience(), [&](double share) {
      job.Progress("reindex", static_cast<uint64_t>(share * kSteps), kSteps);
    });
    if (!s.ok()) return s;
  }
  result->applied = apply;
  job.Result(*std::move(result));
  return absl::OkStatus();
}

}  // namespace spoor
