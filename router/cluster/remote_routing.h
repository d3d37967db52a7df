#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/reads/routed_collection.h"
#include "router/reads/routing.h"
#include "shard/follow/slot_book.h"
#include "shard/meta/cluster_state.h"

namespace spoor {

// How one collection of a cluster is reached: its placement from the store of metadata, connections
// to its nodes, and the reach of its slots as the nodes tell it when they are polled.
//
// Thread safety: all methods may be called from any number of threads; Poll and CompareReplicas
// from one.
class RemoteRouting : public RoutingSource {
 public:
  // The way to a node at an address; the same pointer each time.
  using ChannelTo =
      std::function<std::shared_ptr<Channel>(const std::string& node, const std::string& address)>;
  // Reads the store of metadata now; RoutingSource::Refresh is it and another look.
  using Reread = std::function<absl::Status(const Patience&)>;

  RemoteRouting(std::string name, ChannelTo channel_to, Reread reread);

  // What the store says now of the collection, and which nodes are there.
  void Learn(const CollectionState& state, const std::map<std::string, NodeState>& nodes);
  void LearnGone();  // it was dropped

  Held<Routing> Current() const override;
  absl::Status Refresh(uint64_t epoch, const Patience& patience) override;

  // Asks every node for what has changed of the reach of its slots.
  void Poll(const Patience& patience);
  // Asks every node for its digests and compares replicas: a sentence for each that differ.
  std::vector<std::string> CompareReplicas(const Patience& patience) const;

  // Whether every node of the placement that is on its way says that it holds its slots whole;
  // false where none is.
  bool NextIsComplete(const Patience& patience) const;

  CollectionState state() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct NodeReach {
    uint64_t revision = 0;
    std::map<uint32_t, std::shared_ptr<const Reach>> slots;
    std::map<uint32_t, uint64_t> live;  // of each slot
    Clock::time_point as_of;
    bool known = false;
    bool answered = false;  // the last time it was asked
    std::string stuck;      // then; ReachReply
  };

  Question ReachQuestion(uint32_t node, const Routing& routing) const;
  void TakeReach(uint32_t node, const Routing& routing, Clock::time_point asked,
                 const Answer& answer);
  void Publish() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const std::string name_;
  const ChannelTo channel_to_;
  const Reread reread_;
  mutable Mutex mu_;
  ConditionVariable learnt_;
  CollectionState state_ ABSL_GUARDED_BY(mu_);
  bool gone_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::shared_ptr<Channel>> node_channels_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, NodeState> nodes_ ABSL_GUARDED_BY(mu_);  // those that are there
  std::vector<NodeReach> reach_ ABSL_GUARDED_BY(mu_);            // by node of the placement
  bool known_ ABSL_GUARDED_BY(mu_) = false;                      // Learn was called
  Held<Routing> current_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
