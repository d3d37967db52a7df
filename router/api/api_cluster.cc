#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/problem.h"

namespace spoor {
namespace {

void WriteNode(const ClusterDescription::Node& node, JsonWriter& w) {
  w.BeginObject();
  w.Member("name", node.name);
  w.Member("address", node.address);
  w.Member("zone", node.zone);
  w.MemberBool("up", node.up);
  if (!node.problem.empty()) w.Member("problem", node.problem);
  w.EndObject();
}

void WriteReplica(const ClusterDescription::Replica& replica, JsonWriter& w) {
  w.BeginObject();
  w.Member("node", replica.node);
  w.MemberBool("ready", replica.ready);
  w.MemberUint("lag", replica.lag);
  w.MemberUint("staleness_ms", replica.staleness_ms);
  w.EndObject();
}

void WriteServed(const ClusterDescription::Collection& collection, JsonWriter& w) {
  w.BeginObject();
  w.Member("name", collection.name);
  w.MemberUint("epoch", collection.epoch);
  w.MemberUint("slots", collection.slots);
  w.MemberUint("replicas", collection.replicas);
  w.Key("nodes");
  w.BeginArray();
  for (const auto& replica : collection.nodes) WriteReplica(replica, w);
  w.EndArray();
  w.EndObject();
}

void WriteDamage(const std::vector<DamageReport>& damage, JsonWriter& w) {
  w.Key("damage");
  w.BeginArray();
  for (const DamageReport& report : damage) {
    w.BeginObject();
    w.Member("collection", report.collection);
    w.Member("node", report.node);
    w.Member("problem", report.problem);
    w.MemberUint("times", report.times);
    w.Key("last");
    w.Seconds(report.last_ms);
    w.EndObject();
  }
  w.EndArray();
}

}  // namespace

ApiResponse ServeCluster(const ApiCall& call) {
  const auto cluster = call.cluster.Describe(call.patience);
  if (!cluster.ok()) return ProblemFromStatus(cluster.status());
  JsonWriter w;
  w.BeginObject();
  w.Key("nodes");
  w.BeginArray();
  for (const auto& node : cluster->nodes) WriteNode(node, w);
  w.EndArray();
  w.Key("collections");
  w.BeginArray();
  for (const auto& collection : cluster->collections) WriteServed(collection, w);
  w.EndArray();
  if (!cluster->mismatches.empty()) {
    w.Key("mismatches");
    w.BeginArray();
    for (const std::string& mismatch : cluster->mismatches) w.String(mismatch);
    w.EndArray();
  }
  if (!cluster->damage.empty()) WriteDamage(cluster->damage, w);
  if (!cluster->metadata_problem.empty()) w.Member("metadata_problem", cluster->metadata_problem);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
