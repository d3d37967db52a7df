#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "engine/wait/held.h"
#include "router/cluster.h"
#include "router/reads/known_homes.h"
#include "router/reads/rounds.h"
#include "router/reads/routing.h"
#include "shard/rpc/alarms.h"
#include "shard/rpc/attempts.h"
#include "shard/rpc/hedging.h"
#include "shard/rpc/replica_channel.h"

namespace spoor {

// Kinds of reads that take about as long as each other: each is hedged by itself.  `other`: none
// is.
enum class ReadKind : uint8_t { kSimilar, kExact, kRange, kGet, kOther };
inline constexpr size_t kReadKinds = 5;

struct RoutedOptions {
  RetryOptions retry;      // over the replicas of a slot
  HedgingOptions hedging;  // of each kind of read by itself
  // Hears of a node of the collection that has answered with damage; on any thread.
  std::function<void(const std::string& collection, const std::string& node,
                     const absl::Status& damage)>
      damage_heard;
};

// What lives as long as the collection does, whatever its placement.
struct RoutedWith {
  std::string collection;
  Alarms& alarms;
  RoutedOptions options;
  std::array<std::shared_ptr<Hedging>, kReadKinds> hedging = {};
  std::shared_ptr<KnownHomes> homes = std::make_shared<KnownHomes>();
};

// A routing, made ready to be asked.  Immutable; thread-safe.
class Routed {
 public:
  // `with` outlives it.
  Routed(Held<Routing> routing, const RoutedWith& with);

  const Routing& routing() const { return *routing_; }
  bool IsOf(const Held<Routing>& routing) const { return routing_ == routing; }
  const std::string& collection() const { return with_.collection; }
  uint64_t epoch() const { return routing_->placement.epoch.value(); }
  // Where ids were when they were last heard of.
  KnownHomes& homes() const { return *with_.homes; }

  // Those who have the slots, one part for each group of them, and what they are told.
  Parts PartsFor(const AskedSlots& asked, ReadKind kind, const ReadTerms& terms) const;
  // Every node, about nothing that it stores.
  Parts EachNode(const ReadTerms& terms) const;
  // Any replica of each group with these homes; or every node, since nobody knows where former
  // versions were at home.
  std::vector<Channel*> ChannelsTo(const HomeSet& homes, CollectionReader::Applied where) const;

 private:
  struct Group {
    std::vector<uint32_t> nodes;
    std::array<std::unique_ptr<Channel>, kReadKinds> channels;  // to any of them, by kind
  };
  DamageHeard DamageOf(const std::vector<uint32_t>& nodes) const;
  PartTerms TermsOf(const ReadTerms& terms) const;

  const Held<Routing> routing_;
  const RoutedWith& with_;
  std::vector<size_t> group_of_;  // slot
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<Channel>> each_node_;  // tries again while it is behind
};

// One read of a collection, by the placement in force (CollectionReader::Ask).  A file each in this
// folder: it knows which slots are asked, in how many rounds, and how parts become one.
class RoutedRead {
 public:
  virtual ~RoutedRead() = default;
  // May be called again, by another placement, when it has returned a StaleEpochError.
  virtual absl::Status By(const Routed& routed) = 0;
};

// Adds the slots that were not asked.
void AddPruned(const AskedSlots& asked, ReadReport& report);

}  // namespace spoor
