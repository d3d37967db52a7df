#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "router/api/api.h"
#include "router/events.h"

namespace spoor {

struct ServerOptions {
  std::string address = "127.0.0.1";
  uint16_t port = 8080;  // 0: any free one
  int threads = 0;       // that compute at once (engine/wait/workers.h); 0: as many as cores
  size_t max_connections = 1024;  // above: 503 and closed
  // Requests that wait or run, but uploads, and what uploads may hold.  A client gets as much of
  // either as is free, so half at most when it is alone; above: 429 with Retry-After.
  size_t max_in_flight = 256;
  uint64_t max_upload_bytes_in_flight = uint64_t{256} << 20;
  // Answers without a length that are open, of which a client gets a share like of requests, and
  // which hold no place of these.  What takes longer ends: events in order, for the client to ask
  // again, anything else broken off.
  size_t max_streams = 256;
  uint32_t max_stream_ms = 3'600'000;
  uint32_t event_silence_ms = 15'000;  // after which a comment shows that the connection lives
  uint32_t max_header_bytes = 16 << 10;
  uint32_t idle_timeout_s = 60;         // between requests
  uint32_t read_timeout_s = 30;         // without a byte inside a request, or to finish the head
  uint32_t min_body_bytes_per_s = 512;  // slower clients are cut
  uint32_t shutdown_grace_s = 10;
  // What the Host and Origin of a request may be besides an address, localhost, and the server's
  // own; see router/http/origins.h.
  std::vector<std::string> allow_hosts, allow_origins;
  // Is told of each answer of 5xx and of each request, but an upload, that took at least slow_ms.
  Events* events = nullptr;  // null: nobody is
  uint32_t slow_ms = 1000;
};

// HTTP/1.1 around an Api: connections, limits, timeouts, compression, metrics, health.
class Server {
 public:
  // Binds and listens.  Unavailable, naming address and port, when it cannot; InvalidArgument when
  // what it allows are no hosts or origins.
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
