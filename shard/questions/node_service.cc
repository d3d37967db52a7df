#include "shard/questions/node_service.h"

#include <utility>
#include <vector>

#include "proto/node.pb.h"
#include "shard/questions/node_messages.h"

namespace spoor {

#define QUESTION(Q) void Add##Q(const NodeCatalog&, MethodTable&);
#include "shard/questions/questions.def"
#undef QUESTION

namespace {

absl::StatusOr<v1::JobReply> JobOf(const NodeCatalog& node, const JobId& id) {
  const auto job = node.FindJob(id);
  if (!job.ok()) return job.status();
  v1::JobReply out;
  Encode(*job, out);
  return out;
}

absl::StatusOr<v1::JobReply> Tune(NodeCatalog& node, const v1::TuneRequest& in) {
  const auto id = node.Tune(in.collection(), in.apply());
  if (!id.ok()) return id.status();
  return JobOf(node, *id);
}

absl::StatusOr<v1::JobReply> Cancel(NodeCatalog& node, const JobId& id) {
  if (absl::Status s = node.CancelJob(id); !s.ok()) return s;
  return JobOf(node, id);
}

absl::StatusOr<v1::JobsReply> Jobs(const NodeCatalog& node) {
  v1::JobsReply out;
  for (const JobStatus& job : node.Jobs()) Encode(job, *out.add_jobs());
  return out;
}

}  // namespace

NodeService::NodeService(NodeCatalog& node) {
#define QUESTION(Q) Add##Q(node, *this);
#include "shard/questions/questions.def"
#undef QUESTION
  AddJobs(node);
}

void NodeService::AddJobs(NodeCatalog& node) {
  AddTyped<v1::TuneRequest>("tune", [&node](const v1::TuneRequest& in, const Call&,
                                            const Patience&) { return Tune(node, in); });
  AddTyped<v1::JobRequest>("job", [&node](const v1::JobRequest& in, const Call&, const Patience&) {
    return JobOf(node, JobId(in.id()));
  });
  AddTyped<v1::JobRequest>("cancel",
                           [&node](const v1::JobRequest& in, const Call&, const Patience&) {
                             return Cancel(node, JobId(in.id()));
                           });
  AddTyped<v1::JobsRequest>(
      "jobs", [&node](const v1::JobsRequest&, const Call&, const Patience&) { return Jobs(node); });
}

}  // namespace spoor
