#include <algorithm>
#include <chrono>

#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/problem.h"
#include "router/metrics/metrics.h"
#include "router/metrics/process_figures.h"

namespace spoor {
namespace {

constexpr std::chrono::milliseconds kGatherLimit{1500};  // for the figures of other nodes

}  // namespace

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

ApiResponse ServeMetrics(const ApiCall& call) {
  int64_t unusable = 0;
  for (const std::string& name : call.cluster.Names()) {
    const auto collection = call.cluster.Find(name);
    if (!collection.ok() && !absl::IsNotFound(collection.status())) ++unusable;
  }
  // Nodes that do not answer must not keep other probes waiting.
  Patience patience = call.patience;
  patience.deadline = std::min(patience.deadline, std::chrono::steady_clock::now() + kGatherLimit);
  MetricsText text(call.wanted == Representation::kPrometheus ? MetricsText::Format::kPrometheus
                                                              : MetricsText::Format::kOpenMetrics);
  if (const auto cluster = call.cluster.Describe(patience); cluster.ok()) {
    WriteClusterFigures(*cluster, text);
  }
  WriteCollectionStats(call.cluster.Stats(patience), text);
  WriteStorageFigures(call.cluster.Storage(), text);
  text.Gauge("spoor_collections_unusable", "Collections that cannot be opened.",
             static_cast<double>(unusable));
  if (const Memory* memory = call.cluster.memory()) WriteMemory(*memory, text);
  WriteDamage(call.cluster.Damage(), text);
  call.metrics.WriteTo(text);
  WriteProcessFigures(text);
  return {.status = 200,
          .content_type = std::string(ContentTypeOf(call.wanted)),
          .headers = {},
          .body = text.Take()};
}

}  // namespace spoor
