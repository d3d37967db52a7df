#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/reads/routed_collection.h"
#include "shard/node/node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

// Where everything lies, for ever.
class FixedSource : public RoutingSource {
 public:
  Held<Routing> Current() const override { return Held<Routing>(routing); }
  absl::Status Refresh(uint64_t, const Patience& patience) override { return patience.Check(); }
  std::shared_ptr<const Routing> routing;
};

// As a cluster has it: its nodes follow one log, and have seen all of it.
class WholeCollection : public RoutedCollection {
 public:
  using RoutedCollection::RoutedCollection;
  absl::StatusOr<CollectionCounts> Count(const Patience& patience) const override {
    auto counts = RoutedCollection::Count(patience);
    if (counts.ok()) counts->stats.log = {.log_id = 0, .next = {UINT64_MAX}};
    return counts;
  }
};

// Some nodes, and a collection whose slots are dealt out to them.
class JoinedNodes {
 public:
  JoinedNodes(Rng& rng, uint32_t nodes, const RandomCollection& c) {
    auto routing = std::make_shared<Routing>();
    routing->placement.epoch = Epoch(0);
    routing->params = c.params;
    for (uint32_t n = 0; n < nodes; ++n) {
      node_.push_back(*Node::Open(dirs_.emplace_back(std::make_unique<TempDir>())->path(),
                                  {.memory_bytes = 16 << 20}));
      engine_.push_back(node_[n]->Create("c", c.params)->collection);
      service_.push_back(std::make_unique<NodeService>(*node_[n]));
      routing->placement.nodes.push_back(
          {.name = absl::StrCat("n", n), .address = "h:1", .zone = {}, .weight = 1});
      routing->channels.push_back(LocalChannel(*service_[n], io_, {.threads = 1}));
    }
    const std::vector<HomeRange> ranges = CutHomes(rng, c, 3 * nodes);
    for (uint32_t s = 0; s < ranges.size(); ++s) {
      if (s > 0) routing->placement.cuts.push_back(ranges[s].first);
      routing->placement.replicas.push_back({s % nodes});
      auto reach = std::make_shared<Reach>();
      for (const Trajectory& t : c.live) {
        if (!LivesIn({ranges[s]}, HomeKey(t.view(), t.id.value()))) continue;
        reach->Add(t.view(), MakeFingerprint(t.view(), c.params).geodabs);
        EXPECT_TRUE(engine_[s % nodes]->Write({t}).ok());
      }
      routing->reach.push_back({reach, std::chrono::steady_clock::now()});
    }
    source_->routing = routing;
    collection = std::make_shared<WholeCollection>("c", source_, nullptr, io_);
  }

 private:
  std::vector<std::unique_ptr<TempDir>> dirs_;
  IoThread io_;
  std::vector<std::unique_ptr<Node>> node_;
  std::vector<Collection> engine_;
  std::vector<std::unique_ptr<NodeService>> service_;
  const std::shared_ptr<FixedSource> source_ = std::make_shared<FixedSource>();

 public:
  std::shared_ptr<WholeCollection> collection;
};

// A cluster that has these nodes' collection, "c", and nothing else.
class ClusterOfNodes : public Cluster {
 public:
  explicit ClusterOfNodes(std::shared_ptr<ClusterCollection> collection)
      : collection_(std::move(collection)) {}
  absl::StatusOr<Created> Create(absl::string_view, std::optional<IndexParams>,
                                 const Patience&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view name) override {
    if (name != "c") return absl::NotFoundError("no such collection");
    return collection_;
  }
  std::vector<std::string> Names() const override { return {"c"}; }
  absl::Status Drop(absl::string_view, const Patience&) override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<ClusterDescription> Describe(const Patience&) override {
    return absl::UnimplementedError("");
  }
  absl::Status Ready() const override { return absl::OkStatus(); }

 private:
  const std::shared_ptr<ClusterCollection> collection_;
};

}  // namespace spoor::testing
