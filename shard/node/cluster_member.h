#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "engine/wait/mutex.h"
#include "shard/log/log.h"
#include "shard/meta/cluster_view.h"
#include "shard/meta/node_registry.h"
#include "shard/node/following_node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/server.h"

namespace spoor {

struct ClusterMemberOptions {
  std::string cluster;
  std::string name;       // of the node; its place in placements
  std::string advertise;  // host:port that routers dial; empty: where it listens
  std::string zone;
  uint32_t weight = 1;
  std::string data_dir;
  FollowingNodeOptions following;
  RpcServerOptions rpc;          // cluster and node are the member's to set
  std::chrono::seconds ttl{10};  // of its place among the nodes
};

// What this node has to do by what is known of the cluster.
NodeOrders OrdersFor(const ClusterSnapshot& snapshot, const std::string& node);

// A node of a cluster: follows the logs of the collections whose slots are placed on it, answers
// routers, and says that it is there.  With the store of metadata away it goes on by what it knew,
// also after a restart.
//
// Serves from Start on; a collection is ready when it has caught up (Follower).
class ClusterMember {
 public:
  // Unavailable when the port or the directory cannot be had; FailedPrecondition when the directory
  // is another node's (NextIdentity); AlreadyExists when another process is this node.  Does not
  // wait for the store of metadata when it is away.  Both stores outlive it.
  static absl::StatusOr<std::unique_ptr<ClusterMember>> Start(const ClusterMemberOptions& options,
                                                              MetaStore& meta, LogStore& logs);
  // Stops: gives up its place, lets running calls finish.
  ~ClusterMember();

  uint16_t port() const { return server_->port(); }
  const std::string& address() const { return node_state_.address; }
  FollowingNode& node() { return *node_; }

 private:
  ClusterMember(const ClusterMemberOptions& options, MetaStore& meta);

  absl::Status Announce();
  void Obey();
  void Loop();

  const ClusterMemberOptions options_;
  MetaStore& meta_;
  NodeState node_state_;
  std::unique_ptr<FollowingNode> node_;
  std::unique_ptr<NodeService> service_;
  std::unique_ptr<ClusterView> view_;
  std::unique_ptr<ClusterView::Subscription> subscription_;
  std::unique_ptr<RpcServer> server_;
  Mutex mu_;
  ConditionVariable wake_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  const std::shared_ptr<std::atomic<bool>> stop_ = std::make_shared<std::atomic<bool>>(false);
  std::unique_ptr<NodeRegistry> registry_;  // of the loop, once it runs
  Mutex obeying_;                           // one at a time takes over what is known
  std::thread loop_;
};

}  // namespace spoor
