#include "router/reads/routed.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace spoor {

Routed::Routed(Held<Routing> routing, const RoutedWith& with)
    : routing_(std::move(routing)), with_(with) {
  group_of_.resize(routing_->placement.slots());
  for (SlotGroup& group : GroupsOf(routing_->placement)) {
    for (const uint32_t slot : group.slots) group_of_[slot] = groups_.size();
    std::vector<std::shared_ptr<Channel>> replicas;
    for (const uint32_t node : group.nodes) replicas.push_back(routing_->channels[node]);
    Group ready{.nodes = std::move(group.nodes), .channels = {}};
    for (size_t kind = 0; kind < kReadKinds; ++kind) {
      ready.channels[kind] = ReplicaChannel(replicas, with_.hedging[kind], with_.alarms,
                                            with_.options.retry, DamageOf(ready.nodes));
    }
    groups_.push_back(std::move(ready));
  }
  for (const auto& node : routing_->channels) {
    each_node_.push_back(ReplicaChannel({node}, nullptr, with_.alarms, with_.options.retry));
  }
}

DamageHeard Routed::DamageOf(const std::vector<uint32_t>& nodes) const {
  if (with_.options.damage_heard == nullptr) return nullptr;
  std::vector<std::string> names;
  for (const uint32_t node : nodes) names.push_back(routing_->placement.nodes[node].name);
  return [heard = with_.options.damage_heard, name = with_.collection, names](
             size_t replica, const absl::Status& damage) { heard(name, names[replica], damage); };
}

PartTerms Routed::TermsOf(const ReadTerms& terms) const {
  PartTerms out{.demand = {.written = std::nullopt, .max_staleness_ms = terms.max_staleness_ms},
                .epoch = epoch(),
                .allow_partial = terms.allow_partial};
  if (terms.written) out.demand.written = terms.written->position;
  return out;
}

Parts Routed::PartsFor(const AskedSlots& asked, ReadKind kind, const ReadTerms& terms) const {
  std::map<size_t, std::vector<ReadReport::Slot>> by_group;
  for (const ReadReport::Slot& slot : asked.slots) by_group[group_of_[slot.slot]].push_back(slot);
  Parts out{.collection = collection(), .parts = {}, .terms = TermsOf(terms)};
  for (auto& [group, slots] : by_group) {
    std::vector<uint32_t> numbers;
    for (const ReadReport::Slot& slot : slots) numbers.push_back(slot.slot);
    out.parts.push_back({.channel = groups_[group].channels[static_cast<size_t>(kind)].get(),
                         .homes = HomesOf(routing_->placement.cuts, numbers),
                         .slots = std::move(slots),
                         .node = groups_[group].nodes.front()});
  }
  return out;
}

Parts Routed::EachNode(const ReadTerms& terms) const {
  Parts out{.collection = collection(), .parts = {}, .terms = TermsOf(terms)};
  for (const auto& channel : routing_->channels) {
    out.parts.push_back({.channel = channel.get(), .homes = HomeSet::None(), .slots = {}});
  }
  return out;
}

std::vector<Channel*> Routed::ChannelsTo(const HomeSet& homes,
                                         CollectionReader::Applied where) const {
  std::set<Channel*> channels;
  if (where == CollectionReader::Applied::kOnAll) {
    for (const auto& node : each_node_) channels.insert(node.get());
    return {channels.begin(), channels.end()};
  }
  for (const uint32_t slot : SlotsOfHomes(routing_->placement, homes)) {
    const Group& group = groups_[group_of_[slot]];
    channels.insert(group.channels[static_cast<size_t>(ReadKind::kOther)].get());
  }
  return {channels.begin(), channels.end()};
}

void AddPruned(const AskedSlots& asked, ReadReport& report) {
  report.pruned += asked.pruned;
  report.staleness_ms = std::max(report.staleness_ms, asked.staleness_ms);
}

}  // namespace spoor
