#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "shard/rpc/channel.h"
#include "shard/rpc/frame.h"
#include "shard/rpc/io_thread.h"

namespace spoor {

class Tls;

struct DialOptions {
  std::string host = "127.0.0.1";
  uint16_t port = 0;
  std::string cluster, node;    // the caller's own
  std::string expected_node;    // empty: whoever answers there
  size_t max_in_flight = 1024;  // calls without an answer; above: overload, nothing is sent
  uint32_t max_body_bytes = kMaxBodyBytes;           // of an answer
  std::chrono::milliseconds connect_timeout{3'000};  // up to the node's hello
  // After a connection has failed the next is tried when a call comes after a pause, which begins
  // with the least, doubles up to the most, and varies by a quarter either way.
  std::chrono::milliseconds backoff_least{50}, backoff_most{5'000};
  // With calls waiting and nothing heard for so long the node is pinged, and counts as silent
  // (Channel::IsSilent) when it has not answered after twice as long.
  std::chrono::milliseconds ping_after{100};
  // A connection is given up on which a ping was not answered for so long.
  std::chrono::milliseconds silence{5'000};
  std::shared_ptr<const Tls> tls;  // null: in the clear
  std::string tls_name;            // that the node's certificate is for; empty: host
};

// A channel to one node over one connection, which carries all calls at the same time.  It connects
// when the first call comes, and again, after a pause, when the connection was lost; calls in the
// pause fail at once with Unavailable and say why, so that another replica can be asked.
// `io` must outlive the channel.  Calls that run when the channel goes are answered with Cancelled,
// maybe a moment later.
std::unique_ptr<Channel> Dial(IoThread& io, const DialOptions& options);

}  // namespace spoor
