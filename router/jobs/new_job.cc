#include "router/jobs/new_job.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "router/jobs/kind.h"
#include "router/jobs/selection.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

constexpr uint64_t kAppendedAtOnce = uint64_t{1} << 20;  // bytes of ids

// The log that it is as of, with all that its orderer has written.
absl::Status SetAsOf(const JobOrder& order, const CollectionCounts& counts, JobRecord& record) {
  record.as_of = counts.stats.log;
  record.index = counts.stats.params;
  record.total = counts.stats.trajectories;
  if (!order.written) return absl::OkStatus();
  if (order.written->position.log_id != record.as_of.log_id) {
    return absl::FailedPreconditionError("the token is of another log");
  }
  record.as_of.Raise(order.written->position);
  return absl::OkStatus();
}

// That an earlier result has what is selected of it, and not too much.
absl::Status CheckEarlierResult(JobStore& store, const Selection& selection) {
  if (selection.job.value().empty()) return absl::OkStatus();
  uint64_t count = 0;
  const auto ids = IdsOfPart(store, selection, 0, &count);
  if (!ids.ok()) return absl::InvalidArgumentError(ids.status().message());
  if (count <= Selection::kMaxIds) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the selection has ", count, " ids, allowed: ", Selection::kMaxIds));
}

}  // namespace

absl::StatusOr<JobRecord> NewJobRecord(Cluster& cluster, JobStore& store,
                                       absl::string_view collection, const JobOrder& order,
                                       const Patience& patience) {
  const auto found = cluster.Find(collection);
  if (!found.ok()) return found.status();
  const auto counts = (*found)->Count(patience);
  if (!counts.ok()) return counts.status();
  if (!counts->complete) return absl::UnavailableError("not every slot can be reached");
  JobRecord record;
  record.created_ms = absl::ToUnixMillis(absl::Now());
  record.id = NewJobId(order.kind->name, record.created_ms);
  record.type = std::string(order.kind->name);
  record.collection = std::string(collection);
  record.select =
      AreKeptApart(order.selection.ids) ? SelectOfMany(order.selection.ids) : order.select;
  record.params = order.params;
  record.keep_for_s = order.keep_for_s;
  if (absl::Status s = SetAsOf(order, *counts, record); !s.ok()) return s;
  if (order.selection.IsList()) record.steps.push_back({.name = "select"});
  for (const absl::string_view step : order.kind->steps) {
    record.steps.push_back({.name = std::string(step)});
  }
  const auto work = WorkOf(record);
  if (!work.ok()) return work.status();
  if (absl::Status s = (*work)->Check(**found); !s.ok()) return s;
  if (absl::Status s = CheckEarlierResult(store, order.selection); !s.ok()) return s;
  if (AreKeptApart(order.selection.ids)) {
    record.state = JobState::kFailed;
    record.error = std::string(kIdsNotKept);
    record.ended_ms = record.created_ms;
  }
  return record;
}

absl::Status KeepIdsApart(JobStore& store, const std::vector<std::string>& ids, JobRecord& record) {
  auto writer = store.Open(record);
  if (!writer.ok()) return writer.status();
  std::string lines;
  uint64_t rows = 0;
  const auto flush = [&] {
    return (*writer)->Append(kIdsPart, std::exchange(lines, {}), std::exchange(rows, 0));
  };
  for (const std::string& id : ids) {
    JsonWriter w;
    w.BeginObject();
    w.Member("id", id);
    w.EndObject();
    absl::StrAppend(&lines, w.Take(), "\n");
    ++rows;
    if (lines.size() < kAppendedAtOnce) continue;
    if (absl::Status s = flush(); !s.ok()) return s;
  }
  if (absl::Status s = flush(); !s.ok()) return s;
  auto extents = (*writer)->Sync();
  if (!extents.ok()) return extents.status();
  record.parts = *std::move(extents);
  return absl::OkStatus();
}

}  // namespace spoor
