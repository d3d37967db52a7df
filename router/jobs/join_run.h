#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "router/cluster.h"
#include "router/jobs/join_files.h"
#include "router/message/request_join.h"

namespace spoor {

// How a join walks; the defaults suit trips of minutes.
struct JoinPace {
  size_t probes = 1000;           // of a page, by fingerprints
  size_t measured_probes = 32;    // by a measure, which takes longer
  size_t pages_at_once = 2;       // as many cores are busy
  uint64_t page_bytes = 8 << 20;  // of lines, after which they are written and the page goes on
  size_t max_pairs = JoinQuery::kMaxPairs;
};

// What to join, and what of it was done.
struct JoinWork {
  const ClusterCollection& collection;
  const JoinRequest& request;
  std::chrono::steady_clock::time_point since;  // the log had reached as_of by then
  JoinPace pace;
};

// Takes the lines of a page and the checkpoint behind them; in the order of the walk, on the
// caller's thread.
using JoinSink = std::function<absl::Status(absl::string_view lines, const JoinCheckpoint& at)>;

// Joins from the checkpoint to the end.  A pair is told when both were there, in the versions that
// they had at as_of, when the first of the two asked; so each pair comes at most once, whatever
// changes meanwhile, and what does not change is never missed.  Errors: those of the sink and of
// the collection; FailedPrecondition when the index has other parameters than it had.  After an
// error, the checkpoint that the sink saw last is where to go on.
absl::Status RunJoin(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
                     const Patience& patience);

}  // namespace spoor
