#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/engine.h"
#include "shard/job.h"

namespace spoor {

struct NodeOptions {
  uint64_t memory_bytes = uint64_t{1} << 30;  // shared by all collections
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;
  size_t max_collections = 64;
};

// A collection in use; keeps its engine alive while it is dropped beneath.
using Collection = std::shared_ptr<Engine>;

// A process's share of the cluster: the collections in one data directory, and the jobs on them. On
// one machine it is all there is.
//
// Layout: <data>/LOCK, <data>/collections/<name>.<number>/ (one engine each); a directory whose
// name begins with '.' is being dropped and is removed at the next start.
//
// Thread safety: all methods may be called from any number of threads.
class Node {
 public:
  // Unavailable when another process has the directory.
  static absl::StatusOr<std::unique_ptr<Node>> Open(const std::string& data_dir,
                                                    const NodeOptions& options);
  ~Node();  // cancels jobs, closes collections

  // params absent: auto.  AlreadyExists is no error when the parameters are the same (created =
  // false); FailedPrecondition when they differ; OutOfRange above max_collections; InvalidArgument
  // on a bad name ([a-z0-9_-]{1,64}).
  struct Created {
    Collection collection;
    bool created = false;
  };
  absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params);
  absl::StatusOr<Collection> Find(absl::string_view name) const;  // NotFound
  std::vector<std::string> Names() const;                         // ascending
  absl::Status Drop(absl::string_view name);                      // NotFound

  // Starts to measure parameters on the collection (shard/tune.h) and, with apply, to re-index with
  // the best.  Aborted when a tune of this collection is running already.
  absl::StatusOr<JobId> Tune(absl::string_view name, bool apply);
  absl::StatusOr<JobStatus> FindJob(const JobId& id) const;  // NotFound
  absl::Status CancelJob(const JobId& id);
  std::vector<JobStatus> Jobs() const;  // newest first; at most 1000 are kept

 private:
  class Impl;
  explicit Node(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
