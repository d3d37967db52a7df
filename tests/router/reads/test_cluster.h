#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "router/reads/rounds.h"
#include "shard/node/node.h"
#include "shard/questions/node_service.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "shard/rpc/server.h"
#include "shard/rpc/tcp_channel.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

// A collection over several nodes, within the process or over connections.
namespace spoor::testing {

enum class Carrier { kInside, kTcp };

// One process of a cluster: what it holds, and the way to it.
class TestShard {
 public:
  TestShard(IoThread& io, Carrier carrier, const IndexParams& params, HomeSet homes)
      : homes_(std::move(homes)) {
    NodeOptions options;
    options.memory_bytes = 32 << 20;
    node_ = *EmbeddedNode::Open(dir_.path(), options);
    collection_ = node_->Create("c", params)->engine;
    service_ = std::make_unique<NodeService>(*node_);
    if (carrier == Carrier::kInside) {
      channel_ = LocalChannel(*service_, io, {.threads = 1});
      return;
    }
    RpcServerOptions serving;
    serving.cluster = "test";
    serving.node = "shard";
    serving.threads = 1;
    server_ = *RpcServer::Listen(*service_, serving);
    DialOptions dialing;
    dialing.port = server_->port();
    dialing.cluster = "test";
    dialing.node = "router";
    channel_ = Dial(io, dialing);
  }

  bool IsHome(const Trajectory& t) const {
    Filter here;
    here.homes = homes_;
    return here.Matches(t);
  }
  void Write(const Trajectory& t) { ASSERT_TRUE(collection_->Write({t}).ok()); }
  void Write(std::vector<Trajectory> all) {
    std::erase_if(all, [this](const Trajectory& t) { return !IsHome(t); });
    ASSERT_TRUE(collection_->Write(std::move(all)).ok());
  }
  CollectionPart part(uint32_t slot) const {
    return {.channel = channel_.get(), .homes = homes_, .slots = {{.slot = slot}}};
  }
  void Stop() { server_->Stop(); }

 private:
  const TempDir dir_;
  const HomeSet homes_;
  std::unique_ptr<EmbeddedNode> node_;
  EnginePtr collection_;
  std::unique_ptr<NodeService> service_;
  std::unique_ptr<RpcServer> server_;
  std::unique_ptr<Channel> channel_;
};

// The key space for n nodes, each with several ranges.
inline std::vector<HomeSet> HomesOfNodes(Rng& rng, const RandomCollection& c, size_t n) {
  const std::vector<HomeRange> ranges = CutHomes(rng, c, 3 * n - 1);
  std::vector<HomeSet> homes(n);
  for (size_t i = 0; i < ranges.size(); ++i) {
    HomeSet& some = homes[i < n ? i : Draw(rng, static_cast<uint32_t>(n))];
    some = some.Union({ranges[i]});
  }
  return homes;
}

class TestCluster {
 public:
  TestCluster(Rng& rng, Carrier carrier, const RandomCollection& c, size_t n) {
    for (auto& homes : HomesOfNodes(rng, c, n)) {
      shards.push_back(std::make_unique<TestShard>(io_, carrier, c.params, std::move(homes)));
    }
  }
  void Write(const std::vector<Trajectory>& all) {
    for (const auto& shard : shards) shard->Write(all);
  }
  Parts parts(const PartTerms& terms = {}) const {
    Parts out{.collection = "c", .parts = {}, .terms = terms};
    for (const auto& shard : shards) {
      out.parts.push_back(shard->part(static_cast<uint32_t>(out.parts.size())));
    }
    return out;
  }

 private:
  IoThread io_;

 public:
  std::vector<std::unique_ptr<TestShard>> shards;
};

}  // namespace spoor::testing
