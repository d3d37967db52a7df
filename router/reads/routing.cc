#include "router/reads/routing.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/search/query_ways.h"

namespace spoor {
namespace {

using Time = std::chrono::steady_clock::time_point;

// What a slot must meet to have a hit.
struct Wanted {
  std::vector<BoxCells> boxes;            // each of them
  std::optional<ReachPrefixes> prefixes;  // one of these; absent: no matter which

  bool any() const { return !boxes.empty() || prefixes.has_value(); }
};

Wanted WantedBy(const Filter& filter) {
  Wanted out;
  if (filter.box) out.boxes.push_back(ReachCellsOf(*filter.box));
  if (filter.region != nullptr) out.boxes.push_back(ReachCellsOf(filter.region->bounds()));
  return out;
}

// The prefixes of all that the engine would look up, in every direction.
ReachPrefixes PrefixesOf(const Query& query, const IndexParams& params) {
  std::vector<Geodab> geodabs;
  for (const Way& way : MakeWays(query, params).ways) {
    geodabs.insert(geodabs.end(), way.geodabs.begin(), way.geodabs.end());
  }
  std::sort(geodabs.begin(), geodabs.end());
  return spoor::PrefixesOf(geodabs);
}

uint32_t MsBetween(Time then, Time now) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now - then).count();
  return static_cast<uint32_t>(std::clamp<int64_t>(ms, 0, UINT32_MAX));
}

std::vector<uint8_t> NamedByToken(const Placement& placement, const ReadTerms& terms) {
  std::vector<uint8_t> named(placement.slots());
  if (!terms.written) return named;
  for (const uint32_t slot : SlotsOfHomes(placement, terms.written->homes)) named[slot] = 1;
  return named;
}

// Chooses slot by slot.
class Choice {
 public:
  Choice(const Routing& routing, const Wanted& wanted, const ReadTerms& terms, Time now)
      : routing_(routing),
        wanted_(wanted),
        most_stale_ms_(terms.max_staleness_ms.value_or(UINT32_MAX)),
        now_(now),
        named_(NamedByToken(routing.placement, terms)) {}

  AskedSlots Run() {
    for (uint32_t slot = 0; slot < routing_.placement.slots(); ++slot) {
      if (const auto why = WhyAsk(slot)) {
        out_.slots.push_back({.slot = slot, .why = *why, .answered = false});
      } else {
        ++out_.pruned;
      }
    }
    return std::move(out_);
  }

 private:
  std::optional<AskedFor> WhyAsk(uint32_t slot) {
    if (named_[slot] != 0) return AskedFor::kToken;
    if (!wanted_.any()) return AskedFor::kEverything;
    const SlotReach* known = slot < routing_.reach.size() ? &routing_.reach[slot] : nullptr;
    if (known == nullptr || known->reach == nullptr) return AskedFor::kNoReachYet;
    const uint32_t staleness_ms = MsBetween(known->as_of, now_);
    if (staleness_ms > most_stale_ms_) return AskedFor::kNoReachYet;
    const Reach& reach = *known->reach;
    const bool meets = std::all_of(wanted_.boxes.begin(), wanted_.boxes.end(),
                                   [&](const BoxCells& box) { return reach.MayMeet(box); });
    if (meets && (!wanted_.prefixes || reach.MayShare(*wanted_.prefixes))) return AskedFor::kReach;
    if (meets && reach.cells() > 0) out_.more_may_pass = true;
    out_.pruned_live += known->live;
    out_.staleness_ms = std::max(out_.staleness_ms, staleness_ms);
    return std::nullopt;
  }

  const Routing& routing_;
  const Wanted& wanted_;
  const uint32_t most_stale_ms_;
  const Time now_;
  const std::vector<uint8_t> named_;
  AskedSlots out_;
};

AskedSlots Choose(const Routing& routing, const Wanted& wanted, const ReadTerms& terms, Time now) {
  return Choice(routing, wanted, terms, now).Run();
}

// Whether so few live, as far as is known, that the search is exact.
bool AreFew(const Routing& routing, const Query& query) {
  const uint64_t most = query.exact_within();
  if (most == 0 || most == UINT64_MAX) return most > 0;
  uint64_t live = 0;
  for (const SlotReach& known : routing.reach) {
    if (known.reach == nullptr) return false;
    live += known.live;
  }
  return live <= most;
}

// One slot is asked in any case of interest: nothing is worked out for it.
bool IsOneSlot(const Routing& routing) { return routing.placement.slots() == 1; }

}  // namespace

AskedSlots AllSlots(const Placement& placement) {
  AskedSlots out;
  for (uint32_t slot = 0; slot < placement.slots(); ++slot) {
    out.slots.push_back({.slot = slot, .why = AskedFor::kEverything, .answered = false});
  }
  return out;
}

AskedSlots SlotsFor(const Routing& routing, const Query& query, const ReadTerms& terms, Time now) {
  if (IsOneSlot(routing)) return AllSlots(routing.placement);
  Wanted wanted = WantedBy(query.filter);
  if (routing.params && !routing.reach.empty() && !AreFew(routing, query)) {
    wanted.prefixes = PrefixesOf(query, *routing.params);
  }
  return Choose(routing, wanted, terms, now);
}

AskedSlots SlotsFor(const Routing& routing, const RangeQuery& query, const ReadTerms& terms,
                    Time now) {
  if (IsOneSlot(routing)) return AllSlots(routing.placement);
  return Choose(routing, WantedBy(query.filter), terms, now);
}

std::vector<std::vector<uint32_t>> ProbesBySlot(const Routing& routing,
                                                absl::Span<const JoinProbe> probes,
                                                const JoinQuery& query, const JoinTerms& terms,
                                                Time now) {
  const Placement& placement = routing.placement;
  std::vector<std::vector<uint32_t>> out(placement.slots());
  Query search;
  search.direction = query.direction;
  search.exact = query.measure.has_value();  // fingerprints leave nothing out
  search.filter = query.filter;
  const ReadTerms fresh{.written = std::nullopt,
                        .max_staleness_ms = MsBetween(terms.since, now),
                        .allow_partial = false};
  for (uint32_t p = 0; p < probes.size(); ++p) {
    search.fixes = probes[p].fixes;
    for (const ReadReport::Slot& asked : SlotsFor(routing, search, fresh, now).slots) {
      if (RangeOf(placement.cuts, asked.slot).last < probes[p].after.home) continue;
      out[asked.slot].push_back(p);
    }
  }
  return out;
}

std::vector<SlotGroup> GroupsOf(const Placement& placement) {
  std::map<std::vector<uint32_t>, SlotGroup> by_replicas;
  for (uint32_t slot = 0; slot < placement.slots(); ++slot) {
    std::vector<uint32_t> replicas = placement.replicas[slot];
    std::sort(replicas.begin(), replicas.end());
    SlotGroup& group = by_replicas[std::move(replicas)];
    if (group.slots.empty()) group.nodes = placement.replicas[slot];
    group.slots.push_back(slot);
  }
  std::vector<SlotGroup> groups;
  for (auto& [replicas, group] : by_replicas) groups.push_back(std::move(group));
  std::stable_sort(groups.begin(), groups.end(), [](const SlotGroup& a, const SlotGroup& b) {
    return a.slots.size() > b.slots.size();
  });
  std::vector<size_t> load(placement.nodes.size());
  for (SlotGroup& group : groups) {
    std::stable_sort(group.nodes.begin(), group.nodes.end(),
                     [&](uint32_t a, uint32_t b) { return load[a] < load[b]; });
    load[group.nodes.front()] += group.slots.size();
  }
  return groups;
}

std::vector<uint32_t> SlotsOfHomes(const Placement& placement, const HomeSet& homes) {
  std::vector<uint32_t> out;
  for (const HomeRange& range : homes.ranges()) {
    const uint32_t last = SlotOf(placement.cuts, range.last);
    for (uint32_t slot = SlotOf(placement.cuts, range.first); slot <= last; ++slot) {
      if (out.empty() || out.back() < slot) out.push_back(slot);
    }
  }
  return out;
}

}  // namespace spoor
