#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"
#include "router/reads/routed.h"
#include "router/reads/routing.h"
#include "shard/log/collection_log.h"
#include "shard/rpc/alarms.h"

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

  absl::Status Ask(RoutedRead& read, const ReadTerms& terms,
                   const Patience& patience) const override;
  std::optional<IndexParams> Params() const override;
  uint64_t LogId() const override;
  absl::StatusOr<CollectionCounts> Count(const Patience& patience) const override;
  void Write(std::vector<Trajectory> batch, Written done) override;
  void Delete(std::vector<Engine::Deletion> items, Written done) override;
  void ChangeIf(ConditionalChange change, Written done) override;
  absl::Status AwaitApplied(const WrittenTo& written, Applied where,
                            const Patience& patience) const override;

 private:
  absl::Status CheckLog(const Routing& routing) const;
  using RoutedPtr = std::shared_ptr<const Routed>;

  RoutedPtr Current() const;
  // `ask` returns a status.
  template <typename Asking>
  absl::Status AskRouted(const ReadTerms& terms, const Patience& patience, Asking ask) const;

  const std::shared_ptr<RoutingSource> source_;
  const std::shared_ptr<CollectionLog> log_;
  RoutedWith with_;
  mutable Mutex mu_;
  mutable RoutedPtr routed_ ABSL_GUARDED_BY(mu_);  // by the last Current() of the source
};

}  // namespace spoor
