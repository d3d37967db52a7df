#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/tcp_channel.h"

namespace spoor {

// Connections to nodes, one to each address, made when they are first asked for and kept.
//
// Thread-safe.
class NodeChannels {
 public:
  // host, port and expected node are set for each.  io outlives it and its channels.
  NodeChannels(IoThread& io, DialOptions options) : io_(io), options_(std::move(options)) {}

  // To the node at "host:port"; a channel that answers Unavailable when the address is none.
  std::shared_ptr<Channel> To(const std::string& node, const std::string& address);

 private:
  IoThread& io_;
  const DialOptions options_;
  Mutex mu_;
  std::map<std::pair<std::string, std::string>, std::shared_ptr<Channel>> channels_
      ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
