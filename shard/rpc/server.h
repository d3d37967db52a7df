#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "shard/rpc/service.h"

namespace spoor {

class Tls;

struct RpcServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 0;              // 0: any free one
  std::string cluster, node;      // callers must be of this cluster
  int threads = 0;                // that serve at once (engine/wait/workers.h); 0: as many as cores
  size_t max_connections = 1024;  // above: closed at once
  // Calls that wait or run, whose bodies are held; above any of them: overload.
  size_t max_in_flight = 1024;
  size_t max_in_flight_per_connection = 512;
  uint64_t max_bytes_in_flight = uint64_t{256} << 20;
  uint32_t max_body_bytes = 64 << 20;              // of one call; at most kMaxBodyBytes
  std::chrono::milliseconds retry_after{50};       // said to whom is refused for overload
  std::chrono::milliseconds hello_timeout{5'000};  // from the connection to its hello
  std::chrono::milliseconds stall{30'000};         // without a byte while the peer owes some: cut
  std::chrono::milliseconds grace{10'000};         // of Stop
  std::shared_ptr<const Tls> tls;                  // null: in the clear
};

// A snapshot of counters.
struct RpcServerStats {
  size_t connections = 0, in_flight = 0;  // now
  uint64_t calls = 0;                     // that were served
  uint64_t overloads = 0;                 // that were refused
  uint64_t cancelled = 0;                 // by their callers, in time
  uint64_t refused = 0;                   // connections: too many, another cluster or version
  uint64_t cut = 0;                       // connections: slow, or not speaking the protocol
};

// Carries calls from connections to a Service.  Serves from Listen on.  Thread-safe,
// but for Stop and the destructor.
class RpcServer {
 public:
  // Unavailable, naming address and port, when it cannot be had.  The service must outlive the
  // server.
  static absl::StatusOr<std::unique_ptr<RpcServer>> Listen(Service& service,
                                                           const RpcServerOptions& options);
  // Stops.
  ~RpcServer();

  uint16_t port() const;
  RpcServerStats stats() const;

  // Takes no more connections and refuses new calls as Unavailable, lets running calls finish, and
  // cuts those that have not when the grace is over: their patience ends, and Stop returns when
  // the service has returned from them.
  void Stop();

 private:
  class Impl;
  explicit RpcServer(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
