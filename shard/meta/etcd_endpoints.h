#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/wait/mutex.h"
#include "shard/meta/etcd.h"
#include "shard/meta/etcd_connection.h"

namespace spoor::etcd {

// InvalidArgument, naming the part that is no host:port.
absl::StatusOr<std::vector<Endpoint>> ParseEndpoints(absl::string_view text);

// The members of one etcd cluster: who is asked, and the idle connections to them.  All ask the
// same one until it fails.  Thread-safe.
class Endpoints {
 public:
  enum class Repeat : uint8_t {
    kAllowed,   // the request may be sent again though it may have been served
    kForbidden  // only while it cannot have been served
  };

  Endpoints(std::vector<Endpoint> endpoints, const EtcdOptions& options);

  // The body of an answer of 200, else what the answer means (ParseError).
  absl::StatusOr<std::string> Post(absl::string_view path, const std::string& body, Repeat repeat,
                                   const Patience& patience);

  // A connection of the caller's own.  Goes on to the next endpoint after a failure.
  absl::StatusOr<std::unique_ptr<Connection>> Open(const Patience& patience);
  // The one that is asked now has failed.
  void Next() { ++preferred_; }

 private:
  struct Idle {
    size_t endpoint;
    std::unique_ptr<Connection> connection;
  };

  absl::StatusOr<std::unique_ptr<Connection>> Take(size_t endpoint, const Patience& patience);
  void Keep(size_t endpoint, std::unique_ptr<Connection> connection);

  const std::vector<Endpoint> endpoints_;
  const EtcdOptions options_;
  std::atomic<size_t> preferred_{0};  // modulo their number
  Mutex mu_;
  std::vector<Idle> idle_ ABSL_GUARDED_BY(mu_);
};

// The caller's patience, but no longer than so.
Patience AtMost(std::chrono::milliseconds limit, const Patience& patience);

}  // namespace spoor::etcd
