#include "router/cluster/remote_routing.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/node.pb.h"

namespace spoor {
namespace {

// How long Refresh waits for a placement that is newer than one that was refused.
constexpr std::chrono::milliseconds kRefreshWait(200);
constexpr std::chrono::milliseconds kReachLimit(1000);

Call CallOf(std::string method, const google::protobuf::MessageLite& message, uint64_t epoch) {
  return {.method = std::move(method), .body = message.SerializeAsString(), .epoch = epoch};
}

std::string NodeName(const Placement& placement, uint32_t node) {
  return absl::StrCat("'", placement.nodes[node].name, "'");
}

}  // namespace

RemoteRouting::RemoteRouting(std::string name, ChannelTo channel_to, Reread reread)
    : name_(std::move(name)), channel_to_(std::move(channel_to)), reread_(std::move(reread)) {}

void RemoteRouting::Learn(const CollectionState& state,
                          const std::map<std::string, NodeState>& nodes) {
  std::vector<std::shared_ptr<Channel>> channels;
  for (const PlacedNode& placed : state.placement.nodes) {
    const auto node = nodes.find(placed.name);  // where it is now, else where it was to be
    channels.push_back(
        channel_to_(placed.name, node == nodes.end() ? placed.address : node->second.address));
  }
  MutexLock lock(mu_);
  gone_ = false;
  nodes_ = nodes;
  if (known_ && state == state_ && channels == node_channels_) return;
  if (!std::exchange(known_, true) || state.placement != state_.placement) {
    reach_.assign(channels.size(), NodeReach());
  }
  state_ = state;
  node_channels_ = std::move(channels);
  Publish();
  learnt_.NotifyAll();
}

void RemoteRouting::LearnGone() {
  MutexLock lock(mu_);
  gone_ = true;
  learnt_.NotifyAll();
}

// For each slot the reach of the replica that knows the latest.
void RemoteRouting::Publish() {
  auto routing = std::make_shared<Routing>();
  routing->placement = state_.placement;
  routing->channels = node_channels_;
  routing->params = state_.params;
  routing->log_id = state_.log_id;
  routing->reach.resize(state_.placement.slots());
  for (uint32_t slot = 0; slot < state_.placement.slots(); ++slot) {
    for (const uint32_t node : state_.placement.replicas[slot]) {
      const NodeReach& known = reach_[node];
      const auto found = known.slots.find(slot);
      SlotReach& best = routing->reach[slot];
      if (!known.known || found == known.slots.end()) continue;
      if (best.reach != nullptr && best.as_of >= known.as_of) continue;
      const auto live = known.live.find(slot);
      best = {.reach = found->second,
              .as_of = known.as_of,
              .live = live == known.live.end() ? 0 : live->second};
    }
  }
  for (const NodeReach& node : reach_) {
    if (!node.answered) continue;
    routing->stuck = node.stuck;
    if (node.stuck.empty()) break;
  }
  current_ = Held<Routing>(std::move(routing));
}

Held<Routing> RemoteRouting::Current() const {
  MutexLock lock(mu_);
  return current_;
}

CollectionState RemoteRouting::state() const {
  MutexLock lock(mu_);
  return state_;
}

absl::Status RemoteRouting::Refresh(uint64_t epoch, const Patience& patience) {
  reread_(patience).IgnoreError();  // with the store away a hint may have come all the same
  MutexLock lock(mu_);
  const auto newer = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return gone_ || state_.placement.epoch.value() > epoch;
  };
  learnt_.WaitFor(mu_, kRefreshWait, newer);
  if (gone_) return absl::NotFoundError(absl::StrCat("collection '", name_, "' was dropped"));
  return patience.Check();
}

void RemoteRouting::Poll(const Patience& patience) {
  const auto routing = Current();
  std::vector<Question> questions;
  for (uint32_t node = 0; node < routing->channels.size(); ++node) {
    questions.push_back(ReachQuestion(node, *routing));
  }
  const Clock::time_point asked = Clock::now();
  Patience brief = patience;  // one that does not answer holds up what the others know
  brief.deadline = std::min(brief.deadline, asked + kReachLimit);
  const std::vector<Answer> answers = AskAll(std::move(questions), brief);
  for (uint32_t node = 0; node < answers.size(); ++node) {
    TakeReach(node, *routing, asked, answers[node]);
  }
  MutexLock lock(mu_);
  if (current_->placement == routing->placement) Publish();
}

Question RemoteRouting::ReachQuestion(uint32_t node, const Routing& routing) const {
  v1::ReachRequest request;
  request.set_collection(name_);
  request.set_epoch(routing.placement.epoch.value());
  {
    MutexLock lock(mu_);
    if (node < reach_.size()) request.set_since_revision(reach_[node].revision);
  }
  return {.channel = routing.channels[node].get(),
          .call = CallOf("reach", request, routing.placement.epoch.value())};
}

void RemoteRouting::TakeReach(uint32_t node, const Routing& routing, Clock::time_point asked,
                              const Answer& answer) {
  v1::ReachReply reply;
  const bool answered = answer.ok() && reply.ParseFromString(*answer);
  {
    MutexLock lock(mu_);
    if (state_.placement != routing.placement) return;
    reach_[node].answered = answered;
    reach_[node].stuck = reply.stuck();
  }
  if (!answered) return;  // what was known grows older
  std::vector<std::pair<uint32_t, std::shared_ptr<const Reach>>> changed;
  for (const v1::ReachReply::Slot& slot : reply.slots()) {
    auto reach = Reach::Decode(slot.reach());
    if (!reach.ok()) return;
    changed.emplace_back(slot.slot(), std::make_shared<const Reach>(*std::move(reach)));
  }
  MutexLock lock(mu_);
  if (state_.placement != routing.placement || reply.log_id() != state_.log_id) return;
  NodeReach& known = reach_[node];
  known.revision = reply.known() ? reply.revision() : 0;
  known.known = reply.known();
  known.as_of = asked - std::chrono::milliseconds(reply.staleness_ms());
  for (auto& [slot, reach] : changed) known.slots[slot] = std::move(reach);
  for (const v1::ReachReply::Count& count : reply.counts()) known.live[count.slot()] = count.live();
}

bool RemoteRouting::NextIsComplete(const Patience& patience) const {
  CollectionState state;
  std::map<std::string, NodeState> nodes;
  {
    MutexLock lock(mu_);
    state = state_;
    nodes = nodes_;
  }
  if (!state.next) return false;
  const auto is_complete = [&](const PlacedNode& placed) {
    if (SlotsOf(*state.next, placed.name).empty()) return true;
    const auto there = nodes.find(placed.name);
    const auto channel =
        channel_to_(placed.name, there == nodes.end() ? placed.address : there->second.address);
    const Answer answer = channel->Ask(CallOf("status", v1::NodeStatusRequest(), 0), patience);
    v1::NodeStatusReply reply;
    if (!answer.ok() || !reply.ParseFromString(*answer) || reply.node() != placed.name)
      return false;
    return std::ranges::any_of(reply.collections(), [&](const auto& c) {
      return c.name() == name_ && c.log_id() == state.log_id &&
             c.complete_epoch() >= state.next->epoch.value();
    });
  };
  return std::ranges::all_of(state.next->nodes, is_complete);
}

std::vector<std::string> RemoteRouting::CompareReplicas(const Patience& patience) const {
  const auto routing = Current();
  std::vector<std::pair<uint32_t, std::vector<SlotBook::Digest>>> told;  // node, digests
  for (uint32_t node = 0; node < routing->channels.size(); ++node) {
    v1::DigestRequest request;
    request.set_collection(name_);
    const Answer answer = routing->channels[node]->Ask(CallOf("digest", request, 0), patience);
    v1::DigestReply reply;
    if (!answer.ok() || !reply.ParseFromString(*answer)) continue;
    if (reply.epoch() != routing->placement.epoch.value()) continue;
    told.emplace_back(node, std::vector<SlotBook::Digest>());
    for (const v1::DigestReply::Digest& d : reply.digests()) {
      told.back().second.push_back({d.slot(), d.partition(), d.offset(), d.records(), d.sum()});
    }
  }
  std::vector<std::string> out;
  for (size_t a = 0; a < told.size(); ++a) {
    for (size_t b = a + 1; b < told.size(); ++b) {
      for (const DigestMismatch& m : CompareDigests(told[a].second, told[b].second)) {
        out.push_back(
            absl::StrCat("slot ", m.one.slot, " of '", name_, "' differs below offset ",
                         m.one.offset, " of partition ", m.one.partition, ": ", m.one.records,
                         " records on ", NodeName(routing->placement, told[a].first), ", ",
                         m.other.records, " on ", NodeName(routing->placement, told[b].first)));
      }
    }
  }
  return out;
}

}  // namespace spoor
