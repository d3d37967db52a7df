#include <algorithm>
#include <chrono>

#include "router/metrics.h"
#include "router/openapi.h"
#include "router/page.h"
#include "router/problem.h"
#include "router/route.h"

namespace spoor {

ApiResponse ServeHealth(const ApiCall& call) { return AnswerOf(call, R"({"status":"alive"})"); }

ApiResponse ServeReady(const ApiCall& call) {
  if (const absl::Status ready = call.cluster.Ready(); !ready.ok()) {
    return Problem(503, "not-ready", ready.message());
  }
  JsonWriter w;
  w.BeginObject();
  w.Member("status", "ready");
  w.MemberUint("collections", call.cluster.Names().size());
  w.EndObject();
  return AnswerOf(call, w.Take());
}

namespace {

// What nodes that do not answer may take of the thread on which the process says that it lives.
constexpr std::chrono::milliseconds kCountLimit{500};

}  // namespace

ApiResponse ServeMetrics(const ApiCall& call) {
  Metrics::CollectionStats stats;
  Patience brief = call.patience;
  brief.deadline = std::min(brief.deadline, std::chrono::steady_clock::now() + kCountLimit);
  for (const std::string& name : call.cluster.Names()) {
    const auto collection = call.cluster.Find(name);
    if (!collection.ok()) continue;
    auto counts = (*collection)->Count(brief);
    if (counts.ok()) stats.emplace_back(name, std::move(counts->stats));
  }
  return {.status = 200,
          .content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
          .headers = {},
          .body = call.metrics.Text(stats, call.cluster.Damage())};
}

ApiResponse ServeOpenApi(const ApiCall& call) { return AnswerOf(call, std::string(OpenApiJson())); }

}  // namespace spoor
