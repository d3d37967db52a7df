#pragma once

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/reads/routing.h"
#include "shard/log/collection_log.h"
#include "shard/rpc/alarms.h"
#include "shard/rpc/attempts.h"
#include "shard/rpc/hedging.h"

namespace spoor {

// Who knows how a collection is reached: watches the placement, dials the nodes, asks them now and
// then for their reach.  Thread-safe.
class RoutingSource {
 public:
  virtual ~RoutingSource() = default;
  // What is known now.  The same one as long as nothing has changed.
  virtual Held<Routing> Current() const = 0;
  // A node has refused calls by `epoch`.  Looks for a newer placement and returns once Current()
  // has it, or after a moment when there is none: then it is the node that does not know `epoch`
  // yet.  NotFound when the collection is gone; Unavailable, DeadlineExceeded, Cancelled.
  virtual absl::Status Refresh(uint64_t epoch, const Patience& patience) = 0;
};

struct RoutedOptions {
  RetryOptions retry;      // over the replicas of a slot
  HedgingOptions hedging;  // of each kind of read by itself
  // Hears of a node of the collection that has answered with damage; on any thread.
  std::function<void(const std::string& collection, const std::string& node,
                     const absl::Status& damage)>
      damage_heard;
};

// A collection whose slots lie on nodes behind channels.  Reads scatter over the slots that may
// know something, each group of them to one replica and to another where that fails or is slow;
// when a node goes by another placement, they ask for the newer one and begin again, a few times.
// Writes go to the log.
class RoutedCollection : public ClusterCollection {
 public:
  // alarms outlives it.
  RoutedCollection(std::string name, std::shared_ptr<RoutingSource> source,
                   std::shared_ptr<CollectionLog> log, Alarms& alarms,
                   const RoutedOptions& options = {});
  ~RoutedCollection() override;

  absl::StatusOr<Read<SearchAnswer>> Search(const Query& query, const ReadTerms& terms,
                                            const Patience& patience) const override;
  absl::StatusOr<Read<RangeAnswer>> Range(const RangeQuery& query, const ReadTerms& terms,
                                          const Patience& patience) const override;
  absl::StatusOr<Read<Records>> Get(absl::Span<const TrajectoryId> ids, const ReadTerms& terms,
                                    const Patience& patience) const override;
  absl::StatusOr<WalkAnswer> Walk(const WalkQuery& query, const JoinTerms& terms,
                                  const Patience& patience) const override;
  absl::StatusOr<JoinAnswer> Probe(absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                   const JoinTerms& terms, const Patience& patience) const override;
  absl::StatusOr<MapAnswer> Map(const MapQuery& query, const JoinTerms& terms,
                                const Patience& patience) const override;
  uint64_t LogId() const override;
  absl::StatusOr<CollectionCounts> Count(const Patience& patience) const override;
  void Write(std::vector<Trajectory> batch, Written done) override;
  void Delete(std::vector<Engine::Deletion> items, Written done) override;
  void ChangeIf(ConditionalChange change, Written done) override;
  absl::Status AwaitApplied(const WrittenTo& written, Applied where,
                            const Patience& patience) const override;

 private:
  absl::Status CheckLog(const Routing& routing) const;
  // Kinds of reads that take about as long as each other: each is hedged by itself.
  enum class Kind : uint8_t { kSimilar, kExact, kRange, kGet, kOther };
  static constexpr size_t kKinds = 5;
  class Routed;  // a routing, made ready to be asked
  using RoutedPtr = std::shared_ptr<const Routed>;

  RoutedPtr Current() const;
  template <typename Ask>
  auto Asked(const ReadTerms& terms, const Patience& patience, Ask ask) const
      -> decltype(ask(std::declval<const Routed&>()));
  absl::StatusOr<CollectionCounts> CountBy(const Routed& routed, const Patience& patience) const;
  absl::StatusOr<WalkAnswer> WalkBy(const Routed& routed, const WalkQuery& query,
                                    const JoinTerms& terms, const Patience& patience) const;
  absl::StatusOr<MapAnswer> MapBy(const Routed& routed, MapQuery rest, const JoinTerms& terms,
                                  const Patience& patience) const;

  const std::string name_;
  const std::shared_ptr<RoutingSource> source_;
  const std::shared_ptr<CollectionLog> log_;
  Alarms& alarms_;
  const RoutedOptions options_;
  std::array<std::shared_ptr<Hedging>, kKinds> hedging_;
  mutable Mutex mu_;
  mutable RoutedPtr routed_ ABSL_GUARDED_BY(mu_);  // by the last Current() of the source
};

}  // namespace spoor
