#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/search/query.h"
#include "router/api/routed_request.h"
#include "router/cluster.h"
#include "router/ingest/upload.h"
#include "router/message/request.h"

namespace spoor {

class Jobs;
class Metrics;

// The HTTP contract without the transport: paths, parameters, JSON, problems.  The server, the
// tests and `spoor --data` all call this one.
//
// Thread safety: all methods may be called from any number of threads.  They block and compute;
// call them from a pool.
class Api {
 public:
  // Everything, or only what tells of the process: /healthz, /readyz, /metrics.
  enum class Scope : uint8_t { kAll, kProbes };
  // Both outlive it.  jobs null: this process keeps none, and asking for them is 404.
  Api(Cluster& cluster, const ApiLimits& limits, Jobs* jobs = nullptr, Scope scope = Scope::kAll);
  virtual ~Api();

  // REQUIRES: it is no upload.  Virtual for tests of what carries answers.
  virtual ApiResponse Handle(const RoutedRequest& request, const Patience& patience);
  // Null, with `refusal` set, when it cannot start.  REQUIRES: it is an upload.
  std::unique_ptr<Upload> StartUpload(const RoutedRequest& head, const Patience& patience,
                                      ApiResponse* refusal);
  // The deadline that ?timeout_ms= asks for, or the default.
  Patience PatienceFor(const RoutedRequest& head) const;

  const ApiLimits& limits() const;
  Metrics& metrics();  // what GET /metrics shows; whoever carries the requests adds what it sees

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
