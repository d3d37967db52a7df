#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/wait/mutex.h"
#include "engine/wait/workers.h"
#include "shard/rpc/heads.h"
#include "shard/rpc/link.h"
#include "shard/rpc/server.h"

namespace spoor {

// What the connections of a server share.  Only its I/O thread touches it, but for the service,
// the pool and the counters.
struct ServerFloor {
  Service& service;
  const RpcServerOptions options;
  boost::asio::io_context& io;
  Workers& workers;
  bool stopping = false;
  std::atomic<uint64_t> bytes_in_flight{0};
  std::atomic<size_t> connections{0}, in_flight{0};
  std::atomic<uint64_t> calls{0}, overloads{0}, cancelled{0}, refused{0}, cut{0};
};

// One connection of a server: its hello, then calls that run at the same time.
class ServerSession : public std::enable_shared_from_this<ServerSession> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  ServerSession(ServerFloor& floor, std::unique_ptr<Stream> stream);

  boost::asio::awaitable<void> Run();  // until the connection ends; its calls are then cancelled
  // Called now and then: cuts a peer that is too slow.
  void Sweep(Time now);
  // Ends the connection once its running calls are answered.
  void EndSoon();
  // Ends the connection at once.
  void Cut();

 private:
  using CancelFlag = std::shared_ptr<std::atomic<bool>>;

  absl::Status Take(Frame frame);
  absl::Status TakeHello(const Frame& frame);
  absl::Status TakeRequest(Frame frame);
  absl::Status TakeCancel(const Frame& frame);
  // OK, or why the call is not begun.
  absl::Status Admit(const Request& request);
  void Begin(Request request);
  // On a thread of the pool, or where it was read.
  void Serve(const Request& request, const CancelFlag& cancelled);
  size_t running();
  void CancelAll();

  ServerFloor& floor_;
  const std::shared_ptr<Link> link_;
  const Time since_;
  bool greeted_ = false;
  uint32_t peer_takes_bytes_ = kMaxBodyBytes;  // written before the first call begins
  Mutex mu_;
  bool ending_ ABSL_GUARDED_BY(mu_) = false;
  std::unordered_map<uint64_t, CancelFlag> running_ ABSL_GUARDED_BY(mu_);  // by the caller's id
};

}  // namespace spoor
