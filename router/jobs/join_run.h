#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/cluster.h"

namespace spoor {

// How a join walks; the defaults suit trips of minutes.
struct JoinPace {
  size_t probes = 1000;           // of a page, by fingerprints
  size_t measured_probes = 32;    // by a measure, which takes longer
  size_t pages_at_once = 2;       // as many cores are busy
  uint64_t page_bytes = 8 << 20;  // of lines, after which they are written and the page goes on
  size_t max_pairs = JoinQuery::kMaxPairs;
};

inline constexpr absl::string_view kJoiningStep = "joining", kPairsPart = "pairs";

// How far a join has got.
struct JoinCheckpoint {
  HomePlace reached;  // everything up to it has asked for its partners
  // The next one, with so many partners that it was left in their midst: they are told up to
  // `partner`.
  std::optional<HomePlace> probe;
  HomePlace partner;
  uint64_t done = 0;  // records
};
std::string EncodeJoinCheckpoint(const JoinCheckpoint& checkpoint);
absl::StatusOr<JoinCheckpoint> DecodeJoinCheckpoint(const std::string& bytes);  // DataLoss

// What to join.
struct JoinWork {
  const ClusterCollection& collection;
  const JoinQuery& query;
  LogPosition as_of;
  std::optional<IndexParams> params;  // of the index that scores; absent: nothing is there
  std::chrono::steady_clock::time_point since;  // the log had reached as_of by then
  JoinPace pace;
  const absl::flat_hash_set<std::string>* only = nullptr;  // ids; null: all
};

// Takes the lines of a page, how many pairs these are, and the checkpoint behind them; in the order
// of the walk, on the caller's thread.
using JoinSink =
    std::function<absl::Status(absl::string_view lines, uint64_t pairs, const JoinCheckpoint& at)>;

// Joins from the checkpoint to the end.  A pair is told when both were there, in the versions that
// they had at as_of, when the first of the two asked; so each pair comes at most once, whatever
// changes meanwhile, and what does not change is never missed.  Errors: those of the sink and of
// the collection; FailedPrecondition when the index has other parameters than it had.  After an
// error, the checkpoint that the sink saw last is where to go on.
absl::Status RunJoin(const JoinWork& work, JoinCheckpoint at, const JoinSink& sink,
                     const Patience& patience);

}  // namespace spoor
