#include "router/metrics.h"
#include "router/openapi.h"
#include "router/page.h"
#include "router/route.h"

namespace spoor {

ApiResponse ServeHealth(const Call& call) { return AnswerOf(call, R"({"status":"alive"})"); }

// A node that is open has recovered all of its collections.
ApiResponse ServeReady(const Call& call) {
  JsonWriter w;
  w.BeginObject();
  w.Member("status", "ready");
  w.MemberUint("collections", call.node.Names().size());
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeMetrics(const Call& call) {
  Metrics::CollectionStats stats;
  for (const std::string& name : call.node.Names()) {
    const auto collection = call.node.Find(name);
    if (collection.ok()) stats.emplace_back(name, (*collection)->Stats());
  }
  return {.status = 200,
          .content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8",
          .headers = {},
          .body = call.metrics.Text(stats)};
}

ApiResponse ServeOpenApi(const Call& call) { return AnswerOf(call, std::string(OpenApiJson())); }

}  // namespace spoor
