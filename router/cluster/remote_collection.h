#pragma once

#include <memory>
#include <string>
#include <vector>

#include "router/cluster/remote_cluster.h"
#include "router/reads/routed_collection.h"
#include "shard/log/look_between.h"

namespace spoor {

// A collection of a RemoteCluster: routed, and with its parameters and cuts chosen by the first
// batch that is written to it, where they have not been.
class RemoteCluster::Collection : public ClusterCollection {
 public:
  Collection(RemoteCluster& cluster, std::string name, const CollectionState& state);

  const std::string& name() const { return name_; }
  RemoteRouting& routing() { return *routing_; }

  absl::Status Ask(RoutedRead& read, const ReadTerms& terms,
                   const Patience& patience) const override {
    return HasRecords() ? routed_->Ask(read, terms, patience) : absl::OkStatus();
  }
  std::optional<IndexParams> Params() const override { return routed_->Params(); }
  uint32_t Partitions() const override { return partitions_; }
  uint64_t LogId() const override { return log_id_; }
  absl::StatusOr<CollectionCounts> Count(const Patience& patience) const override;
  void Write(std::vector<Trajectory> batch, Written done) override;
  bool DecidesByNextBatch() const override { return !IsChosenNow(); }
  void Delete(std::vector<Engine::Deletion> items, Written done) override {
    routed_->Delete(std::move(items), std::move(done));
  }
  void ChangeIf(ConditionalChange change, Written done) override;
  absl::StatusOr<LogPosition> End() const override {
    return cluster_.logs_.End({.collection = name_, .id = log_id_});
  }
  absl::StatusOr<bool> ChangedBetween(const TrajectoryId& id, const LogPosition& since,
                                      const LogPosition& written,
                                      const Patience& patience) const override {
    return HasRecordBetween(cluster_.logs_, {.collection = name_, .id = log_id_}, id.value(),
                            {.since = since, .written = written}, patience);
  }
  absl::Status AwaitApplied(const WrittenTo& written, Applied where,
                            const Patience& patience) const override {
    return routed_->AwaitApplied(written, where, patience);
  }

 private:
  // Nobody follows the log of an auto collection before the first records.
  bool HasRecords() const {
    const auto routing = routing_->Current();
    return routing->params.has_value();
  }
  bool IsChosen(const std::optional<IndexParams>& params, const Placement& placement) const;
  bool IsChosenNow() const {
    const auto routing = routing_->Current();
    return IsChosen(routing->params, routing->placement);
  }
  absl::Status Choose(const std::vector<Trajectory>& first);
  absl::Status ChooseBy(const std::vector<Trajectory>& first, const CollectionState& state);

  RemoteCluster& cluster_;
  const std::string name_;
  const uint64_t log_id_;
  const uint32_t partitions_;  // of its log
  const std::shared_ptr<RemoteRouting> routing_;
  const std::unique_ptr<RoutedCollection> routed_;
  Mutex choosing_;  // one batch at a time does
};

}  // namespace spoor
