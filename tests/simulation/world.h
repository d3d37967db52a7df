#pragma once

#include <rocksdb/env.h>

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "router/cluster/remote_routing.h"
#include "router/reads/routed_collection.h"
#include "shard/meta/cluster_view.h"
#include "shard/meta/collection_changes.h"
#include "shard/meta/memory_meta.h"
#include "shard/meta/node_registry.h"
#include "shard/node/cluster_member.h"
#include "shard/node/following_node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "tests/engine/faulty_file_system.h"
#include "tests/engine/temp_dir.h"
#include "tests/simulation/faulty_logs.h"

namespace spoor::testing {

// A whole cluster in one process: nodes with disks that forget what was not synced, routers, a log,
// a store of metadata and connections that fail as `rates` says.  Nothing moves by itself; the
// clock is moved by hand.  What happens follows from the seed and from what is called.
class World {
 public:
  World(uint64_t seed, uint32_t nodes, uint32_t replicas, uint32_t slots);
  ~World();

  // Nodes.
  size_t nodes() const { return nodes_.size(); }
  bool is_up(size_t node) const;
  void Start(size_t node);
  void LosePower(size_t node);  // kill -9, and what was not synced is gone but for a torn piece
  void Stop(size_t node);       // in order
  // What the node's threads would do: looks at the metadata, keeps its lease, reads the log.
  void StepNode(size_t node);
  void StepRouter(size_t router, bool poll_reach);
  void Pass(std::chrono::milliseconds time) { now_ = now_.load() + time; }
  void SetMetaUp(bool up) {
    meta_is_up_ = up;
    meta_.SetReachable(up);
  }

  // The store of metadata loses what it knows of collections, but not who announces itself.
  void LoseMeta();
  // While the node is down: what it knew of the cluster cannot be read any more.
  void DamageView(size_t node);

  // What waits on its way to the log comes there.
  void Deliver(bool all) { faulty_logs_.Deliver(all); }
  // All that was ever appended for an id, in the log's order.
  const std::vector<FaultyLogs::Entry>& HistoryOf(const std::string& id) {
    return faulty_logs_.HistoryOf(id);
  }

  // The placement goes over to these nodes; cut finer, too, when slots are more than before.
  // Aborted when somebody else was quicker; Unavailable.
  absl::Status Replace(const std::vector<size_t>& nodes, uint32_t replicas, uint32_t slots);

  ClusterCollection& collection(size_t router);
  static constexpr size_t kRouters = 2;

  // Nothing fails any more and everything runs; what the store of metadata has lost is written
  // back; goes on until all nodes have everything.  False, and says why, when they do not get
  // there.
  bool Heal(std::string* why);
  // What the log says, and with which versions.
  struct Truth {
    Trajectory trajectory;
    uint64_t version = 0;
  };
  std::map<std::string, Truth> Log();
  // What the node holds in its slots; its digests; how many stores it has, also set aside.
  std::map<std::string, Truth> Held(size_t node);
  std::vector<SlotBook::Digest> Digests(size_t node);
  size_t Stores(size_t node);
  HomeSet HomesOf(size_t node);

  // Where an id is, was and should be, for people.
  std::string Tell(const std::string& id);

  FaultRates rates;
  MemoryLogs& logs() { return logs_; }
  const LogName& log_name() const { return log_name_; }
  const IndexParams& params() const { return params_; }
  uint64_t NextRandom() { return rng_(); }

 private:
  struct SimNode;
  struct SimRouter;
  class SimChannel;

  NodeState StateOf(const SimNode& node) const;
  std::vector<PlacedNode> Placed(const std::vector<size_t>& nodes) const;
  Answer Serve(size_t node, const Call& call, Channel::Time deadline);
  bool IsCaughtUp(size_t node, std::string* why);
  void SeedMeta();

  std::mt19937_64 rng_;
  // Calls that are made again in a while are served on the thread of alarms.
  std::atomic<std::chrono::steady_clock::time_point> now_{
      std::chrono::steady_clock::time_point(std::chrono::hours(1))};
  const LogName log_name_{.collection = "c", .id = 99};
  const IndexParams params_;
  MemoryMeta meta_;
  bool meta_is_up_ = true;
  MemoryLogs logs_;
  FaultyLogs faulty_logs_;
  std::mutex network_;  // retries come on the alarms' thread
  Chance chance_;
  std::vector<uint64_t> sample_;
  std::vector<std::unique_ptr<SimNode>> nodes_;
  IoThread alarms_;  // goes before the nodes, which its thread calls
  std::vector<std::unique_ptr<SimRouter>> routers_;
};

// The trajectories that a world is filled with.
Trajectory RandomRecord(std::mt19937_64& rng, const std::string& id);

}  // namespace spoor::testing
