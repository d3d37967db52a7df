#include "router/cluster/republish.h"

#include <future>
#include <map>
#include <random>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/reads/rounds.h"
#include "router/reads/routing.h"
#include "shard/questions/get.h"
#include "shard/questions/range.h"

namespace spoor {
namespace {

constexpr size_t kPage = 1000;  // records that are asked for and appended at once

// What nodes have, on its way to the new log.
class Copy {
 public:
  Copy(std::string name, uint64_t epoch, LogWriter& writer, const Patience& patience)
      : name_(std::move(name)), epoch_(epoch), writer_(writer), patience_(patience) {}

  uint64_t records() const { return versions_.size(); }

  // All that a node has in these homes and no node before had as late.
  absl::Status Take(Channel& node, const HomeSet& homes) {
    RangeQuery page{.filter = {.homes = homes}, .limit = kPage};
    for (;;) {
      const auto answer = Ask(node, RangeQuestion{.query = page});
      if (!answer.ok()) return answer.status();
      if (absl::Status s = TakeIds(node, homes, answer->ids); !s.ok()) return s;
      if (!answer->more || answer->ids.empty()) return absl::OkStatus();
      page.after_id = answer->ids.back().value();
    }
  }

 private:
  template <typename Q>
  absl::StatusOr<typename Q::Answer> Ask(Channel& node, Q question) const {
    const Parts parts{.collection = name_,
                      .parts = {{.channel = &node, .homes = question.homes()}},
                      .terms = {.epoch = epoch_}};
    auto answers = Rounds(parts).AskAll(question, patience_);
    if (!answers.ok()) return answers.status();
    return *std::move(answers->front());
  }

  absl::Status TakeIds(Channel& node, const HomeSet& homes, const std::vector<TrajectoryId>& ids) {
    auto answer = Ask(node, GetQuestion{.ids = ids, .mask = homes});
    if (!answer.ok()) return answer.status();
    std::vector<LogEntry> batch;
    for (size_t i = 0; i < ids.size(); ++i) {
      auto& found = answer->records.found[i];
      if (!found) continue;
      const std::string& id = ids[i].value();
      uint64_t& version = versions_[id];
      if (version >= found->version) continue;
      version = found->version;
      batch.push_back({id, std::move(found->value)});
    }
    if (batch.empty()) return absl::OkStatus();
    std::promise<absl::Status> appended;
    writer_.Append(std::move(batch), [&appended](const absl::StatusOr<LogPosition>& done) {
      appended.set_value(done.status());
    });
    return appended.get_future().get();
  }

  const std::string name_;
  const uint64_t epoch_;
  LogWriter& writer_;
  const Patience patience_;
  std::map<std::string, uint64_t> versions_;  // of the old log, by id
};

absl::Status CheckHolders(const Placement& placement, const std::set<std::string>& without) {
  for (uint32_t slot = 0; slot < placement.slots(); ++slot) {
    bool held = false;
    for (const uint32_t node : placement.replicas[slot]) {
      held = held || !without.contains(placement.nodes[node].name);
    }
    if (!held) {
      return absl::FailedPreconditionError(
          absl::StrCat("slot ", slot, " is only on nodes that are to be left out"));
    }
  }
  return absl::OkStatus();
}

// Where it is now, else where it was to be.
absl::StatusOr<std::string> AddressOf(const RepublishWith& with, const std::string& cluster,
                                      const PlacedNode& node, const Patience& patience) {
  const auto there = with.meta.Get(NodeKey(cluster, node.name), patience);
  if (!there.ok()) return there.status();
  if (!there->has_value()) return node.address;
  const auto state = DecodeNode((*there)->value);
  return state.ok() ? state->address : node.address;
}

uint64_t NewLogId() {
  std::random_device random;
  for (;;) {
    const uint64_t id = uint64_t{random()} << 32 | random();
    if (id != 0) return id;
  }
}

absl::Status CopyAll(const RepublishWith& with, const std::string& cluster,
                     const Placement& placement, Copy& copy, const Patience& patience) {
  for (const PlacedNode& node : placement.nodes) {
    const std::vector<uint32_t> slots = SlotsOf(placement, node.name);
    if (slots.empty() || with.without.contains(node.name)) continue;
    const auto address = AddressOf(with, cluster, node, patience);
    if (!address.ok()) return address.status();
    const absl::Status taken =
        copy.Take(*with.channel_to(node.name, *address), HomesOf(placement.cuts, slots));
    if (!taken.ok()) {
      return absl::Status(taken.code(), absl::StrCat("node '", node.name, "': ", taken.message()));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<RepublishReport> Republish(const RepublishWith& with, const std::string& cluster,
                                          const std::string& name, const Patience& patience) {
  const auto stored = ReadCollection(with.meta, cluster, name, patience);
  if (!stored.ok()) return stored.status();
  const Placement& placement = stored->state.placement;
  if (absl::Status s = CheckHolders(placement, with.without); !s.ok()) return s;
  RepublishReport out{.log_id = NewLogId()};
  const LogName log{.collection = name, .id = out.log_id};
  if (absl::Status s = with.logs.Create(log, stored->state.partitions); !s.ok()) return s;
  const auto writer = with.logs.OpenWriter(log);
  if (!writer.ok()) return writer.status();
  Copy copy(name, placement.epoch.value(), **writer, patience);
  const absl::Status copied = CopyAll(with, cluster, placement, copy, patience);
  if (!copied.ok()) {
    with.logs.Remove(log).IgnoreError();  // nobody knows of it
    return copied;
  }
  out.records = copy.records();
  const CollectionId old{.cluster = cluster, .name = name, .log_id = stored->state.log_id};
  const auto replaced = ReplaceLog(with.meta, old, *stored, out.log_id, patience);
  if (!replaced.ok()) return replaced.status();
  return out;
}

}  // namespace spoor
