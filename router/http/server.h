#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "router/api.h"

namespace spoor {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;           // 0: any free one
  int threads = 0;                // that compute at once (engine/workers.h); 0: as many as cores
  size_t max_connections = 1024;  // above: 503 and closed
  size_t max_in_flight = 256;     // requests that wait or run; above: 429 with Retry-After
  uint64_t max_upload_bytes_in_flight = uint64_t{256} << 20;
  uint32_t max_header_bytes = 16 << 10;
  uint32_t idle_timeout_s = 60;         // between requests
  uint32_t read_timeout_s = 30;         // without a byte inside a request, or to finish the head
  uint32_t min_body_bytes_per_s = 512;  // slower clients are cut
  uint32_t shutdown_grace_s = 10;
};

// HTTP/1.1 around an Api: connections, limits, timeouts, compression, metrics, health.
class Server {
 public:
  // Binds and listens.  Unavailable, naming address and port, when it cannot.
  static absl::StatusOr<std::unique_ptr<Server>> Listen(Api& api, const ServerOptions& options);
  ~Server();

  uint16_t port() const;
  // Serves until Stop; returns when the last request has been answered or the grace is over.
  void Run();
  // Stops accepting, lets running requests finish.  May be called from any thread or a signal
  // watcher.
  void Stop();

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
