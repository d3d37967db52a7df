#include "shard/questions/node_service.h"

#include <utility>
#include <vector>

#include "proto/join.pb.h"
#include "proto/node.pb.h"
#include "proto/search.pb.h"
#include "shard/questions/join_messages.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/node_messages.h"
#include "shard/questions/search_messages.h"

namespace spoor {
namespace {

using ServedPtr = std::shared_ptr<Served>;

// A read on its way: who asks for what, and how long.
struct Asked {
  const NodeCatalog& node;
  const Call& call;
  const Patience& patience;
};

// The collection, once it may answer.
absl::StatusOr<ServedPtr> Admitted(const Asked& asked, const std::string& name,
                                   const v1::ReadDemand& wanted, const HomeSet& homes) {
  const auto demand = Decode(wanted);
  if (!demand.ok()) return demand.status();
  auto served = asked.node.FindServed(name);
  if (!served.ok()) return served.status();
  const absl::Status admitted = (*served)->Admit(*demand, asked.call.epoch, homes, asked.patience);
  if (!admitted.ok()) return admitted;
  return served;
}

// Decodes the request, asks the collection, encodes the answer.
template <typename Out, typename In, typename Ask>
absl::StatusOr<Out> Answered(const Asked& asked, const In& in, Ask ask) {
  const auto query = Decode(in);
  if (!query.ok()) return query.status();
  const auto served = Admitted(asked, in.collection(), in.demand(), query->filter.homes);
  if (!served.ok()) return served.status();
  // Before the answer: readers only become newer meanwhile.
  const uint32_t staleness_ms = (*served)->staleness_ms();
  const auto answer = ask((*served)->engine(), *query);
  if (!answer.ok()) return answer.status();
  Out out;
  Encode(*answer, out);
  out.set_staleness_ms(staleness_ms);
  return out;
}

absl::StatusOr<v1::ProposeReply> Propose(const Asked& asked, const v1::SearchRequest& in) {
  if (!in.has_rerank() || in.exact()) {
    return absl::InvalidArgumentError("there is nothing to propose without rerank, or with exact");
  }
  return Answered<v1::ProposeReply>(asked, in, [&](const Engine& engine, const Query& query) {
    return engine.Propose(query, asked.patience);
  });
}

absl::StatusOr<v1::SearchReply> Refine(const Asked& asked, const v1::RefineRequest& in) {
  if (!in.search().has_rerank()) return absl::InvalidArgumentError("refine without rerank");
  std::vector<Hit> chosen;
  for (const v1::Hit& h : in.chosen()) {
    auto hit = Decode(h);
    if (!hit.ok()) return hit.status();
    chosen.push_back(*std::move(hit));
  }
  return Answered<v1::SearchReply>(asked, in.search(), [&](const Engine& engine, const Query& q) {
    return engine.Refine(q, chosen, asked.patience);
  });
}

absl::StatusOr<v1::GetReply> Get(const Asked& asked, const v1::GetRequest& in) {
  const auto question = Decode(in);
  if (!question.ok()) return question.status();
  const auto served = Admitted(asked, in.collection(), in.demand(), question->homes);
  if (!served.ok()) return served.status();
  const uint32_t staleness_ms = (*served)->staleness_ms();
  const LogPosition seen = (*served)->engine().position();
  auto found = (*served)->engine().GetStored(question->ids, question->homes);
  if (!found.ok()) return found.status();
  v1::GetReply out;
  Encode(*std::move(found), out);
  out.set_staleness_ms(staleness_ms);
  out.set_log_id(seen.log_id);
  for (const uint64_t next : seen.next) out.add_next(next);
  return out;
}

absl::StatusOr<v1::ProbeReply> Probe(const Asked& asked, const v1::ProbeRequest& in) {
  const auto question = Decode(in);
  if (!question.ok()) return question.status();
  const auto served = Admitted(asked, in.collection(), in.demand(), question->query.filter.homes);
  if (!served.ok()) return served.status();
  const uint32_t staleness_ms = (*served)->staleness_ms();
  const auto answer = (*served)->engine().Probe(question->probes, question->query, asked.patience);
  if (!answer.ok()) return answer.status();
  v1::ProbeReply out;
  Encode(*answer, out);
  out.set_staleness_ms(staleness_ms);
  return out;
}

absl::StatusOr<v1::StatsReply> Stats(const NodeCatalog& node, const v1::StatsRequest& in) {
  const auto question = Decode(in);
  if (!question.ok()) return question.status();
  const auto served = node.FindServed(in.collection());
  if (!served.ok()) return served.status();
  v1::StatsReply out;
  Encode(NodeStats{.stats = (*served)->engine().Stats(question->homes),
                   .ready = (*served)->ready(),
                   .staleness_ms = (*served)->staleness_ms()},
         out);
  return out;
}

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
  AddReads(node);
  AddJoins(node);
  AddJobs(node);
}

void NodeService::AddReads(const NodeCatalog& node) {
  AddTyped<v1::SearchRequest>(
      "search", [&node](const v1::SearchRequest& in, const Call& call, const Patience& patience) {
        return Answered<v1::SearchReply>(
            {node, call, patience}, in,
            [&](const Engine& engine, const Query& q) { return engine.Search(q, patience); });
      });
  AddTyped<v1::SearchRequest>(
      "propose", [&node](const v1::SearchRequest& in, const Call& call, const Patience& patience) {
        return Propose({node, call, patience}, in);
      });
  AddTyped<v1::RefineRequest>(
      "refine", [&node](const v1::RefineRequest& in, const Call& call, const Patience& patience) {
        return Refine({node, call, patience}, in);
      });
  AddTyped<v1::RangeRequest>(
      "range", [&node](const v1::RangeRequest& in, const Call& call, const Patience& patience) {
        return Answered<v1::RangeReply>(
            {node, call, patience}, in,
            [&](const Engine& engine, const RangeQuery& q) { return engine.Range(q, patience); });
      });
  AddTyped<v1::GetRequest>(
      "get", [&node](const v1::GetRequest& in, const Call& call, const Patience& patience) {
        return Get({node, call, patience}, in);
      });
  AddTyped<v1::StatsRequest>("stats", [&node](const v1::StatsRequest& in, const Call&,
                                              const Patience&) { return Stats(node, in); });
}

void NodeService::AddJoins(const NodeCatalog& node) {
  AddTyped<v1::WalkRequest>(
      "walk", [&node](const v1::WalkRequest& in, const Call& call, const Patience& patience) {
        return Answered<v1::WalkReply>(
            {node, call, patience}, in,
            [&](const Engine& engine, const WalkQuery& q) { return engine.Walk(q, patience); });
      });
  AddTyped<v1::ProbeRequest>(
      "probe", [&node](const v1::ProbeRequest& in, const Call& call, const Patience& patience) {
        return Probe({node, call, patience}, in);
      });
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
