#include "router/reads/routed_collection.h"

#include <map>
#include <set>
#include <utility>

#include "proto/node.pb.h"
#include "router/message/written_to.h"
#include "router/reads/merge.h"
#include "router/reads/scatter.h"
#include "shard/questions/node_messages.h"
#include "shard/rpc/replica_channel.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// How many placements a read goes by before it gives up.
constexpr int kPlacements = 4;

ReadDemand DemandOf(const ReadTerms& terms) {
  ReadDemand out{.written = std::nullopt, .max_staleness_ms = terms.max_staleness_ms};
  if (terms.written) out.written = terms.written->position;
  return out;
}

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& answer) {
  return answer.status();
}

void AddPruned(const AskedSlots& asked, ReadReport& report) {
  report.pruned += asked.pruned;
  report.staleness_ms = std::max(report.staleness_ms, asked.staleness_ms);
}

}  // namespace

class RoutedCollection::Routed {
 public:
  Routed(Held<Routing> routing, const RoutedCollection& collection) : routing_(std::move(routing)) {
    group_of_.resize(routing_->placement.slots());
    for (SlotGroup& group : GroupsOf(routing_->placement)) {
      for (const uint32_t slot : group.slots) group_of_[slot] = groups_.size();
      std::vector<std::shared_ptr<Channel>> replicas;
      for (const uint32_t node : group.nodes) replicas.push_back(routing_->channels[node]);
      Group ready{.nodes = std::move(group.nodes), .channels = {}};
      for (size_t kind = 0; kind < kKinds; ++kind) {
        ready.channels[kind] =
            ReplicaChannel(replicas, collection.hedging_[kind], collection.alarms_,
                           collection.options_.retry, DamageOf(collection, ready.nodes));
      }
      groups_.push_back(std::move(ready));
    }
    for (const auto& node : routing_->channels) {
      each_node_.push_back(
          ReplicaChannel({node}, nullptr, collection.alarms_, collection.options_.retry));
    }
  }

  const Held<Routing>& routing() const { return routing_; }
  uint64_t epoch() const { return routing_->placement.epoch.value(); }

  // One part for each group with slots among these.
  std::vector<CollectionPart> PartsFor(const AskedSlots& asked, Kind kind) const {
    std::map<size_t, std::vector<ReadReport::Slot>> by_group;
    for (const ReadReport::Slot& slot : asked.slots) by_group[group_of_[slot.slot]].push_back(slot);
    std::vector<CollectionPart> parts;
    for (auto& [group, slots] : by_group) {
      std::vector<uint32_t> numbers;
      for (const ReadReport::Slot& slot : slots) numbers.push_back(slot.slot);
      parts.push_back({.channel = groups_[group].channels[static_cast<size_t>(kind)].get(),
                       .homes = HomesOf(routing_->placement.cuts, numbers),
                       .slots = std::move(slots),
                       .node = groups_[group].nodes.front()});
    }
    return parts;
  }

  // Who has to have applied what was written there: any replica of each group; or every node, since
  // nobody knows where the former versions were at home, and these are to be gone.
  std::vector<Channel*> ChannelsTo(const HomeSet& homes, Applied where) const {
    std::set<Channel*> channels;
    if (where == Applied::kOnAll) {
      for (const auto& node : each_node_) channels.insert(node.get());
      return {channels.begin(), channels.end()};
    }
    for (const uint32_t slot : SlotsOfHomes(routing_->placement, homes)) {
      const Group& group = groups_[group_of_[slot]];
      channels.insert(group.channels[static_cast<size_t>(Kind::kOther)].get());
    }
    return {channels.begin(), channels.end()};
  }

 private:
  struct Group {
    std::vector<uint32_t> nodes;
    std::array<std::unique_ptr<Channel>, kKinds> channels;  // to any of them, by kind
  };
  DamageHeard DamageOf(const RoutedCollection& collection,
                       const std::vector<uint32_t>& nodes) const {
    if (collection.options_.damage_heard == nullptr) return nullptr;
    std::vector<std::string> names;
    for (const uint32_t node : nodes) names.push_back(routing_->placement.nodes[node].name);
    return [heard = collection.options_.damage_heard, name = collection.name_, names](
               size_t replica, const absl::Status& damage) { heard(name, names[replica], damage); };
  }

  const Held<Routing> routing_;
  std::vector<size_t> group_of_;  // slot
  std::vector<Group> groups_;
  std::vector<std::unique_ptr<Channel>> each_node_;  // tries again while it is behind
};

RoutedCollection::RoutedCollection(std::string name, std::shared_ptr<RoutingSource> source,
                                   std::shared_ptr<CollectionLog> log, Alarms& alarms,
                                   const RoutedOptions& options)
    : name_(std::move(name)),
      source_(std::move(source)),
      log_(std::move(log)),
      alarms_(alarms),
      options_(options) {
  for (auto& hedging : hedging_) hedging = std::make_shared<Hedging>(options_.hedging);
  // Counting and waiting are no reads: a second replica would not be quicker.
  hedging_[static_cast<size_t>(Kind::kOther)] = nullptr;
}

RoutedCollection::~RoutedCollection() = default;

RoutedCollection::RoutedPtr RoutedCollection::Current() const {
  auto routing = source_->Current();
  {
    const MutexLock lock(mu_);
    if (routed_ != nullptr && routed_->routing() == routing) return routed_;
  }
  auto routed = std::make_shared<const Routed>(std::move(routing), *this);
  const MutexLock lock(mu_);
  routed_ = routed;
  return routed;
}

// Asks by the placement in force, and again when a node knows another one.
template <typename Ask>
auto RoutedCollection::Asked(const ReadTerms& terms, const Patience& patience, Ask ask) const
    -> decltype(ask(std::declval<const Routed&>())) {
  for (int placement = 0; placement < kPlacements; ++placement) {
    const RoutedPtr routed = Current();
    if (terms.written && terms.written->position.log_id != routed->routing()->log_id) {
      return absl::FailedPreconditionError("the token is of another log");
    }
    auto answer = ask(*routed);
    if (!CurrentEpoch(StatusOf(answer))) return answer;
    const absl::Status refreshed = source_->Refresh(routed->epoch(), patience);
    if (!refreshed.ok()) return refreshed;
  }
  return absl::UnavailableError("the nodes do not agree on where the slots are");
}

absl::StatusOr<Read<SearchAnswer>> RoutedCollection::Search(const Query& query,
                                                            const ReadTerms& terms,
                                                            const Patience& patience) const {
  const auto ask = [&](const Routed& routed) -> absl::StatusOr<Read<SearchAnswer>> {
    const Kind kind = query.exact_within() == UINT64_MAX ? Kind::kExact : Kind::kSimilar;
    const auto search = [&](const AskedSlots& asked) {
      const Scatter scatter(name_, routed.PartsFor(asked, kind),
                            {.demand = DemandOf(terms),
                             .epoch = routed.epoch(),
                             .allow_partial = terms.allow_partial});
      Query here = query;
      here.elsewhere = asked.pruned_live;
      auto read = scatter.Search(here, patience);
      if (read.ok()) AddPruned(asked, read->report);
      return read;
    };
    const AskedSlots asked = SlotsFor(*routed.routing(), query, terms, Clock::now());
    auto read = search(asked);
    if (!read.ok() || !query.rerank || !asked.more_may_pass || !read->answer.exact) return read;
    // All that passes the filter was measured, but for what slots may have that were left out for
    // their geodabs: one process would have looked at these few, too.
    const RangeQuery passing{.filter = query.filter, .after_id = ""};
    auto whole = search(SlotsFor(*routed.routing(), passing, terms, Clock::now()));
    if (whole.ok()) Add(whole->answer.cost, read->answer.cost);
    return whole;
  };
  return Asked(terms, patience, ask);
}

absl::StatusOr<Read<RangeAnswer>> RoutedCollection::Range(const RangeQuery& query,
                                                          const ReadTerms& terms,
                                                          const Patience& patience) const {
  const auto ask = [&](const Routed& routed) -> absl::StatusOr<Read<RangeAnswer>> {
    const AskedSlots asked = SlotsFor(*routed.routing(), query, terms, Clock::now());
    const Scatter scatter(
        name_, routed.PartsFor(asked, Kind::kRange),
        {.demand = DemandOf(terms), .epoch = routed.epoch(), .allow_partial = terms.allow_partial});
    auto read = scatter.Range(query, patience);
    if (read.ok()) AddPruned(asked, read->report);
    return read;
  };
  return Asked(terms, patience, ask);
}

absl::StatusOr<Read<ClusterCollection::Records>> RoutedCollection::Get(
    absl::Span<const TrajectoryId> ids, const ReadTerms& terms, const Patience& patience) const {
  const auto ask = [&](const Routed& routed) -> absl::StatusOr<Read<Records>> {
    const AskedSlots asked = AllSlots(routed.routing()->placement);
    const Scatter scatter(
        name_, routed.PartsFor(asked, Kind::kGet),
        {.demand = DemandOf(terms), .epoch = routed.epoch(), .allow_partial = terms.allow_partial});
    auto read = scatter.Get(ids, patience);
    if (read.ok()) AddPruned(asked, read->report);
    return read;
  };
  return Asked(terms, patience, ask);
}

namespace {

ScatterTerms TermsOf(const JoinTerms& terms, uint64_t epoch) {
  ScatterTerms out{.demand = {}, .epoch = epoch, .allow_partial = false};
  if (terms.as_of.log_id != 0) out.demand.written = terms.as_of;
  return out;
}

}  // namespace

absl::StatusOr<WalkAnswer> RoutedCollection::Walk(const WalkQuery& query, const JoinTerms& terms,
                                                  const Patience& patience) const {
  return Asked({}, patience,
               [&](const Routed& routed) { return WalkBy(routed, query, terms, patience); });
}

// Slot by slot, until there is something to tell.
absl::StatusOr<WalkAnswer> RoutedCollection::WalkBy(const Routed& routed, const WalkQuery& query,
                                                    const JoinTerms& terms,
                                                    const Patience& patience) const {
  const Placement& placement = routed.routing()->placement;
  WalkQuery rest = query;
  uint64_t looked_at = 0;
  for (;;) {
    const uint32_t slot = SlotOf(placement.cuts, rest.after.home);
    AskedSlots one;
    one.slots.push_back({.slot = slot, .why = AskedFor::kEverything, .answered = false});
    const Scatter scatter(name_, routed.PartsFor(one, Kind::kOther),
                          TermsOf(terms, routed.epoch()));
    auto read = scatter.Walk(rest, patience);
    if (!read.ok()) return read.status();
    WalkAnswer& answer = read->answer;
    answer.looked_at = looked_at += answer.looked_at;
    if (answer.more || slot + 1 == placement.slots()) return std::move(answer);
    answer.more = true;
    answer.reached = {RangeOf(placement.cuts, slot).last + 1, ""};
    if (!answer.steps.empty()) return std::move(answer);
    rest.after = answer.reached;
  }
}

absl::StatusOr<JoinAnswer> RoutedCollection::Probe(absl::Span<const JoinProbe> probes,
                                                   const JoinQuery& query, const JoinTerms& terms,
                                                   const Patience& patience) const {
  const auto ask = [&](const Routed& routed) -> absl::StatusOr<JoinAnswer> {
    const std::vector<std::vector<uint32_t>> by_slot =
        ProbesBySlot(*routed.routing(), probes, query, terms, Clock::now());
    AskedSlots asked;
    for (uint32_t slot = 0; slot < by_slot.size(); ++slot) {
      if (by_slot[slot].empty()) continue;
      asked.slots.push_back({.slot = slot, .why = AskedFor::kReach, .answered = false});
    }
    if (asked.slots.empty()) return JoinAnswer();
    std::vector<CollectionPart> parts = routed.PartsFor(asked, Kind::kOther);
    std::vector<std::vector<uint32_t>> by_part;
    for (const CollectionPart& part : parts) {
      std::set<uint32_t> asking;
      for (const ReadReport::Slot& slot : part.slots) {
        asking.insert(by_slot[slot.slot].begin(), by_slot[slot.slot].end());
      }
      by_part.emplace_back(asking.begin(), asking.end());
    }
    const Scatter scatter(name_, std::move(parts), TermsOf(terms, routed.epoch()));
    auto read = scatter.Probe(probes, by_part, query, patience);
    if (!read.ok()) return read.status();
    return std::move(read->answer);
  };
  return Asked({}, patience, ask);
}

uint64_t RoutedCollection::LogId() const {
  const auto routing = source_->Current();
  return routing->log_id;
}

absl::StatusOr<CollectionCounts> RoutedCollection::Count(const Patience& patience) const {
  return Asked({}, patience, [&](const Routed& routed) { return CountBy(routed, patience); });
}

// Records are counted once, on one replica of each slot; bytes on every node.
absl::StatusOr<CollectionCounts> RoutedCollection::CountBy(const Routed& routed,
                                                           const Patience& patience) const {
  const Placement& placement = routed.routing()->placement;
  const ScatterTerms partly{.demand = {}, .epoch = routed.epoch(), .allow_partial = true};
  const Scatter slots(name_, routed.PartsFor(AllSlots(placement), Kind::kOther), partly);
  auto records = slots.Count(patience);
  if (!records.ok()) return records.status();
  CollectionCounts out{.stats = std::move(records->answer),
                       .slots = placement.slots(),
                       .replicas = static_cast<uint32_t>(placement.replicas[0].size()),
                       .epoch = routed.epoch(),
                       .complete = records->report.failed == 0};
  if (placement.nodes.size() == 1) return out;
  std::vector<CollectionPart> parts;
  for (const auto& channel : routed.routing()->channels) {
    parts.push_back({.channel = channel.get(), .homes = {}, .slots = {}});
  }
  const auto whole = Scatter(name_, std::move(parts), partly).Count(patience);
  if (!whole.ok()) return whole.status();
  out.stats.disk_bytes = whole->answer.disk_bytes;
  out.stats.memory_bytes = whole->answer.memory_bytes;
  out.stats.mapped_bytes = whole->answer.mapped_bytes;
  out.stats.segments = whole->answer.segments;
  out.stats.memory_segments = whole->answer.memory_segments;
  return out;
}

// What would be lost is not taken.
absl::Status RoutedCollection::CheckLog(const Routing& routing) const {
  if (routing.stuck.empty()) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(
      "no node follows the log of collection '", name_,
      "' any more, until an operator makes another (spoor cluster republish): ", routing.stuck));
}

void RoutedCollection::Write(std::vector<Trajectory> batch, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  HomeSet homes = HomesOf(batch, routing->placement.cuts);
  log_->Write(std::move(batch), [homes = std::move(homes),
                                 done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position), .homes = homes});
  });
}

void RoutedCollection::Delete(std::vector<Engine::Doomed> items, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  log_->Delete(std::move(items), [done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position),
                   .homes = HomeSet::All()});  // nobody knows where they were
  });
}

void RoutedCollection::ChangeIf(ConditionalChange change, Written done) {
  const auto routing = source_->Current();
  if (absl::Status s = CheckLog(*routing); !s.ok()) return done(s);
  HomeSet homes = HomeSet::All();
  if (change.record) homes = HomesOf({*change.record}, routing->placement.cuts);
  log_->ChangeIf(std::move(change), [homes = std::move(homes),
                                     done = std::move(done)](absl::StatusOr<LogPosition> position) {
    if (!position.ok()) return done(position.status());
    done(WrittenTo{.position = *std::move(position), .homes = homes});
  });
}

absl::Status RoutedCollection::AwaitApplied(const WrittenTo& written, Applied where,
                                            const Patience& patience) const {
  v1::WaitRequest request;
  Encode(written.position, request);
  request.set_collection(name_);
  const Call wait{
      .method = "wait", .body = request.SerializeAsString(), .epoch = 0, .trace_parent = {}};
  const auto ask = [&](const Routed& routed) -> absl::Status {
    std::vector<Question> questions;
    for (Channel* channel : routed.ChannelsTo(written.homes, where)) {
      questions.push_back({.channel = channel, .call = wait});
      questions.back().call.epoch = routed.epoch();
    }
    absl::Status all;
    for (const Answer& answer : AskAll(std::move(questions), patience)) {
      if (CurrentEpoch(answer.status())) return answer.status();
      all.Update(answer.status());
    }
    return all;
  };
  return Asked({.written = written, .max_staleness_ms = std::nullopt, .allow_partial = false},
               patience, ask);
}

}  // namespace spoor
