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
#include "shard/node_catalog.h"

namespace spoor {

struct NodeOptions {
  uint64_t memory_bytes = uint64_t{1} << 30;  // shared by all collections
  uint64_t min_free_disk_bytes = uint64_t{64} << 20;
  size_t max_collections = 64;
  // kCreate makes the data directory where there is nothing, and is kWrite where there is one;
  // kRead changes nothing and refuses, with FailedPrecondition, whatever would.
  Access access = Access::kCreate;
  DamageSink on_damage;  // of all collections; may be null
};

// The engine of a collection; stays alive in use while the collection is dropped beneath it.
using EnginePtr = std::shared_ptr<Engine>;

// A process's share of the cluster: the collections in one data directory.  On one machine it is
// all there is.
//
// Layout: <data>/SPOOR (shard/files/data_directory.h), <data>/LOCK,
// <data>/collections/<name>.<number>/ (one engine each); a directory whose name begins with '.' is
// being dropped and is removed at the next start, as is one that was not finished.
//
// A collection that cannot be opened is there all the same: whoever asks for it is told why, its
// directory stays as it is until somebody drops it, and the others are served.
//
// Thread safety: all methods may be called from any number of threads.
class EmbeddedNode : public NodeCatalog {
 public:
  // Unavailable when another process has the directory; errors of OpenDataDirectory.
  static absl::StatusOr<std::unique_ptr<EmbeddedNode>> Open(const std::string& data_dir,
                                                            const NodeOptions& options);
  ~EmbeddedNode() override;  // closes collections

  // params absent: auto.  AlreadyExists is no error when the parameters are the same (created =
  // false); FailedPrecondition when they differ; OutOfRange above max_collections; InvalidArgument
  // on a bad name ([a-z0-9_-]{1,64}); errors of Find.  What fails leaves nothing behind.
  struct Created {
    EnginePtr engine;
    bool created = false;
  };
  absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params);
  // NotFound; why it cannot be opened: DataLoss, Unavailable, ResourceExhausted or Internal.
  absl::StatusOr<EnginePtr> Find(absl::string_view name) const;
  std::vector<std::string> Names() const;     // ascending
  absl::Status Drop(absl::string_view name);  // NotFound

  // NodeCatalog.
  absl::StatusOr<std::shared_ptr<Served>> FindServed(absl::string_view name) const override;
  std::vector<ServedName> AllServed() const override;
  const Memory* memory() const override;

 private:
  class Impl;
  explicit EmbeddedNode(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
