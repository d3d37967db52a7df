#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/cluster/damage_reports.h"
#include "router/cluster/node_channels.h"
#include "router/cluster/remote_routing.h"
#include "shard/log/log.h"
#include "shard/meta/cluster_view.h"
#include "shard/meta/collection_changes.h"
#include "shard/rpc/io_thread.h"

namespace spoor {

struct RemoteClusterOptions {
  std::string cluster;
  std::string name = "router";  // says to nodes who calls
  std::string snapshot_path;    // where the last view of the metadata is kept; empty: nowhere
  DialOptions dial;
  RoutedOptions routed;
  // Of new collections.
  uint32_t replicas = 2;     // at most as many as there are nodes
  uint32_t slots = 64;       // once there are records to cut by
  uint32_t partitions = 16;  // of the log
  size_t max_collections = 64;
  std::chrono::milliseconds reach_every{500};       // nodes are asked for their slots' reach
  std::chrono::milliseconds compare_every{30'000};  // replicas' digests are compared
  // A log that was made for a collection, of which nobody knows whether it was made, goes when it
  // has none after so long: no request lives so long.
  std::chrono::milliseconds unsure_for = std::chrono::minutes(10);
  DamageReports::Tell tell;  // takes lines for an operator, about damage; null: nobody reads them
};

// The collections of a cluster, as a router sees them: who is where from the store of metadata,
// reads from the nodes, writes to the logs.  With the store of metadata away, what is known goes on
// to be read and written.
//
// Thread-safe.
class RemoteCluster : public Cluster {
 public:
  // Does not wait for anybody.  Both stores outlive it.
  RemoteCluster(const RemoteClusterOptions& options, MetaStore& meta, LogStore& logs);
  ~RemoteCluster() override;

  // Cluster.
  absl::StatusOr<Created> Create(absl::string_view name, std::optional<IndexParams> params,
                                 const Patience& patience) override;
  bool FirstBatchDecides() const override { return true; }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view name) override;
  std::vector<std::string> Names() const override;
  absl::Status Drop(absl::string_view name, const Patience& patience) override;
  std::vector<DamageReport> Damage() const override { return damage_.All(); }
  absl::StatusOr<ClusterDescription> Describe(const Patience& patience) override;
  absl::Status Ready() const override;

  // Reads the metadata, asks all nodes for their reach, compares replicas: what the threads do by
  // themselves now and then.
  absl::Status Refresh(const Patience& patience);
  // What the last comparison of replicas has found; empty: nothing.
  std::vector<std::string> mismatches() const;

 private:
  class Collection;  // remote_collection.h
  friend class Collection;
  using CollectionPtr = std::shared_ptr<Collection>;

  void Learn(const ClusterSnapshot& snapshot);
  void Loop();
  void CompareAll(const Patience& patience);
  void FinishDrops(const Patience& patience);
  void FinishMoves(const Patience& patience);
  void RemoveUnusedLogs(const Patience& patience);
  absl::Status KeepKnown(const std::string& name, const CollectionState& known,
                         const Patience& patience);
  absl::Status CheckUnheld(absl::string_view name, const Patience& patience) const;
  absl::StatusOr<CollectionPtr> Known(absl::string_view name) const;
  std::vector<CollectionPtr> All() const;
  CollectionState WantedState(std::optional<IndexParams> params) const;
  std::vector<PlacedNode> NodesNow() const;

  RoutedOptions RoutedBy();

  const RemoteClusterOptions options_;
  DamageReports damage_;  // before the channels, whose calls report to it
  MetaStore& meta_;
  LogStore& logs_;
  IoThread io_;
  mutable NodeChannels channels_;
  mutable Mutex mu_;
  ConditionVariable wake_;
  std::map<std::string, CollectionPtr, std::less<>> collections_ ABSL_GUARDED_BY(mu_);
  std::vector<std::string> mismatches_ ABSL_GUARDED_BY(mu_);
  struct UnsureLog {
    LogName log;
    std::chrono::steady_clock::time_point since;
  };
  std::vector<UnsureLog> unsure_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  const std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<ClusterView> view_;
  std::unique_ptr<ClusterView::Subscription> subscription_;
  std::thread thread_;
};

}  // namespace spoor
