#include "shard/questions/slot_methods.h"

#include <utility>

#include "proto/node.pb.h"
#include "shard/follow/slot_book.h"

namespace spoor {
namespace {

absl::StatusOr<v1::WaitReply> Wait(const NodeCatalog& catalog, const v1::WaitRequest& in,
                                   const Patience& patience) {
  if (in.next_size() > static_cast<int>(kMaxPartitions)) {
    return absl::InvalidArgumentError("next has too many partitions");
  }
  const auto served = catalog.FindServed(in.collection());
  if (!served.ok()) return served.status();
  const LogPosition position{.log_id = in.log_id(), .next = {in.next().begin(), in.next().end()}};
  const absl::Status waited = (*served)->AwaitPosition(position, patience);
  if (!waited.ok()) return waited;
  return v1::WaitReply();
}

// Why the log of a collection cannot be followed any more; empty: it can.
std::string WhyStuck(const NodeCatalog& catalog, absl::string_view name) {
  for (const NodeCatalog::ServedName& one : catalog.AllServed()) {
    if (one.name == name && one.is_stuck) {
      return one.problem.empty() ? "the log cannot be followed" : one.problem;
    }
  }
  return "";
}

absl::StatusOr<v1::ReachReply> ReachOf(const NodeCatalog& catalog, const v1::ReachRequest& in,
                                       const Patience& patience) {
  const auto served = catalog.FindServed(in.collection());
  if (!served.ok()) return served.status();
  const absl::Status admitted =
      (*served)->Admit({}, in.epoch(), HomeSet::None(), patience);  // of whatever is here
  if (!admitted.ok()) return admitted;
  v1::ReachReply out;
  const SlotBook* book = (*served)->book();
  if (book == nullptr) return out;
  // Position and staleness first: the book only becomes newer.
  const LogPosition position = (*served)->engine().position();
  out.set_staleness_ms((*served)->staleness_ms());
  out.set_log_id(position.log_id);
  for (const uint64_t next : position.next) out.add_next(next);
  out.set_stuck(WhyStuck(catalog, in.collection()));
  SlotBook::ReachUpdate update = book->Reaches(in.since_revision());
  out.set_revision(update.revision);
  out.set_known(update.known);
  for (auto& [slot, reach] : update.slots) {
    v1::ReachReply::Slot* changed = out.add_slots();
    changed->set_slot(slot);
    changed->set_reach(std::move(reach));
  }
  for (const auto& [slot, live] : update.live) {
    v1::ReachReply::Count* count = out.add_counts();
    count->set_slot(slot);
    count->set_live(live);
  }
  return out;
}

absl::StatusOr<v1::DigestReply> DigestsOf(const NodeCatalog& catalog, const v1::DigestRequest& in) {
  const auto served = catalog.FindServed(in.collection());
  if (!served.ok()) return served.status();
  v1::DigestReply out;
  out.set_epoch((*served)->epoch());
  if ((*served)->book() == nullptr) return out;
  for (const SlotBook::Digest& d : (*served)->book()->Digests()) {
    v1::DigestReply::Digest* digest = out.add_digests();
    digest->set_slot(d.slot);
    digest->set_partition(d.partition);
    digest->set_offset(d.offset);
    digest->set_records(d.records);
    digest->set_sum(d.sum);
  }
  return out;
}

v1::NodeStatusReply StatusOf(const std::string& node, const NodeCatalog& catalog) {
  v1::NodeStatusReply out;
  out.set_node(node);
  for (const NodeCatalog::ServedName& one : catalog.AllServed()) {
    v1::NodeStatusReply::Collection* c = out.add_collections();
    c->set_name(one.name);
    c->set_problem(one.problem);
    c->set_log_id(one.log_id);
    if (one.served == nullptr) continue;
    c->set_epoch(one.served->epoch());
    c->set_slots(one.served->slots());
    c->set_ready(one.served->ready() && !one.is_stuck);
    c->set_lag(one.served->lag());
    c->set_staleness_ms(one.served->staleness_ms());
    c->set_position(one.served->engine().position().total());
    c->set_complete_epoch(one.complete_epoch);
  }
  return out;
}

}  // namespace

void AddSlotMethods(std::string node, const NodeCatalog& catalog, MethodTable& table) {
  table.AddTyped<v1::WaitRequest>(
      "wait", [&catalog](const v1::WaitRequest& in, const Call&, const Patience& patience) {
        return Wait(catalog, in, patience);
      });
  table.AddTyped<v1::ReachRequest>(
      "reach", [&catalog](const v1::ReachRequest& in, const Call&, const Patience& patience) {
        return ReachOf(catalog, in, patience);
      });
  table.AddTyped<v1::DigestRequest>(
      "digest", [&catalog](const v1::DigestRequest& in, const Call&, const Patience&) {
        return DigestsOf(catalog, in);
      });
  table.AddTyped<v1::NodeStatusRequest>(
      "status", [&catalog, node = std::move(node)](const v1::NodeStatusRequest&, const Call&,
                                                   const Patience&) {
        return absl::StatusOr<v1::NodeStatusReply>(StatusOf(node, catalog));
      });
}

}  // namespace spoor
