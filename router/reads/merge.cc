#include "router/reads/merge.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"

namespace spoor {
namespace {

// Which part a hit came from.
struct Parted {
  Hit hit;
  size_t part = 0;
};

bool BetterFirst(const Parted& a, const Parted& b) {
  if (a.hit.score != b.hit.score) return a.hit.score > b.hit.score;
  return a.hit.id < b.hit.id;
}

bool NearerFirst(const Parted& a, const Parted& b) {
  return std::tie(*a.hit.distance_m, a.hit.id) < std::tie(*b.hit.distance_m, b.hit.id);
}

// Leaves the highest version of each id.
void KeepNewest(std::vector<Parted>& all) {
  absl::flat_hash_map<std::string, uint64_t> newest;
  for (const Parted& p : all) {
    uint64_t& version = newest[p.hit.id.value()];
    version = std::max(version, p.hit.version);
  }
  if (newest.size() == all.size()) return;
  std::erase_if(all, [&](const Parted& p) {
    const auto at = newest.find(p.hit.id.value());
    if (at->second != p.hit.version) return true;
    at->second = UINT64_MAX;  // a second one of the same version goes
    return false;
  });
}

template <typename Before>
void KeepFirst(std::vector<Parted>& all, size_t count, Before before) {
  KeepNewest(all);
  const size_t kept = std::min(count, all.size());
  std::partial_sort(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(kept), all.end(),
                    before);
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(kept), all.end());
}

template <typename Before>
SearchAnswer Merge(std::vector<SearchAnswer> parts, size_t k, Before before) {
  if (parts.size() == 1) return std::move(parts[0]);
  SearchAnswer out;
  std::vector<Parted> all;
  out.position = parts.empty() ? 0 : UINT64_MAX;
  for (SearchAnswer& part : parts) {
    for (Hit& h : part.hits) all.push_back({.hit = std::move(h)});
    out.exact = out.exact && part.exact;
    out.damaged += part.damaged;
    out.position = std::min(out.position, part.position);
    Add(out.cost, part.cost);
  }
  KeepFirst(all, k, before);
  out.hits.reserve(all.size());
  for (Parted& p : all) out.hits.push_back(std::move(p.hit));
  return out;
}

}  // namespace

void Add(SearchCost& sum, const SearchCost& part) {
#define SUM(name) sum.name += part.name;
#define MOST(name) sum.name = std::max(sum.name, part.name);
#define COUNT(type, name, how) how(name)
#define PHASE(name) SUM(name)
#include "engine/search/search_cost.def"
#undef SUM
#undef MOST
#undef COUNT
#undef PHASE
  if (part.plan[0] != '\0') sum.plan = part.plan;
}

void Add(RangeCost& sum, const RangeCost& part) {
  sum.judged += part.judged;
  sum.read += part.read;
  sum.judge_us += part.judge_us;
  sum.read_us += part.read_us;
}

SearchAnswer MergeByScore(std::vector<SearchAnswer> parts, size_t k) {
  return Merge(std::move(parts), k, BetterFirst);
}

SearchAnswer MergeByDistance(std::vector<SearchAnswer> parts, size_t k) {
  return Merge(std::move(parts), k, NearerFirst);
}

Chosen ChooseCandidates(std::vector<Shortlist> proposals, size_t candidates) {
  Chosen out;
  out.parts.resize(proposals.size());
  std::vector<Parted> all;
  uint64_t possible = 0;
  out.position = proposals.empty() ? 0 : UINT64_MAX;
  for (size_t i = 0; i < proposals.size(); ++i) {
    possible += proposals[i].possible;
    out.live += proposals[i].live;
    out.position = std::min(out.position, proposals[i].position);
    for (Hit& h : proposals[i].hits) all.push_back({.hit = std::move(h), .part = i});
    Add(out.cost, proposals[i].cost);
  }
  KeepFirst(all, candidates, BetterFirst);
  out.all = possible <= all.size();
  for (Parted& p : all) out.parts[p.part].push_back(std::move(p.hit));
  return out;
}

RangeAnswer MergeRanges(std::vector<RangeAnswer> parts, size_t limit) {
  struct Listed {
    TrajectoryId id;
    uint64_t version = 0;
    std::optional<ShownRecord> shown;
  };
  RangeAnswer out;
  out.position = parts.empty() ? 0 : UINT64_MAX;
  std::vector<Listed> all;
  for (RangeAnswer& part : parts) {
    out.more = out.more || part.more;
    out.damaged += part.damaged;
    out.position = std::min(out.position, part.position);
    Add(out.cost, part.cost);
    part.shown.resize(part.ids.size());
    for (size_t i = 0; i < part.ids.size(); ++i) {
      all.push_back({std::move(part.ids[i]), part.versions[i], std::move(part.shown[i])});
    }
  }
  std::sort(all.begin(), all.end(), [](const Listed& a, const Listed& b) {
    return a.id != b.id ? a.id < b.id : a.version > b.version;
  });
  const auto same_id = [](const Listed& a, const Listed& b) { return a.id == b.id; };
  all.erase(std::unique(all.begin(), all.end(), same_id), all.end());
  out.more = out.more || all.size() > limit;
  all.erase(all.begin() + static_cast<std::ptrdiff_t>(std::min(limit, all.size())), all.end());
  for (Listed& one : all) {
    out.ids.push_back(std::move(one.id));
    out.versions.push_back(one.version);
    out.shown.push_back(std::move(one.shown));
  }
  return out;
}

JoinAnswer MergeJoins(std::vector<JoinAnswer> parts, size_t max_pairs) {
  if (parts.size() == 1 && parts[0].pairs.size() <= max_pairs) return std::move(parts[0]);
  JoinAnswer out;
  const auto before = [&out](const JoinPair& a, const JoinPair& b) { return out.Before(a, b); };
  out.position = parts.empty() ? 0 : UINT64_MAX;
  std::optional<JoinPair> known_to;  // the last pair before which nothing is missing
  for (JoinAnswer& part : parts) {
    const auto known = static_cast<uint32_t>(out.partners.size());
    out.partners.insert(out.partners.end(), std::make_move_iterator(part.partners.begin()),
                        std::make_move_iterator(part.partners.end()));
    for (JoinPair& pair : part.pairs) pair.partner += known;
    out.pairs.insert(out.pairs.end(), part.pairs.begin(), part.pairs.end());
    if (!part.complete && (!known_to || before(part.pairs.back(), *known_to))) {
      known_to = part.pairs.back();
    }
    out.position = std::min(out.position, part.position);
    if (part.params) out.params = std::move(part.params);
    Add(out.cost, part.cost);
  }
  std::sort(out.pairs.begin(), out.pairs.end(), before);
  size_t kept = out.pairs.size();
  if (known_to) {
    kept = static_cast<size_t>(
        std::upper_bound(out.pairs.begin(), out.pairs.end(), *known_to, before) -
        out.pairs.begin());
  }
  out.complete = !known_to && kept <= max_pairs;
  out.pairs.resize(std::min(kept, max_pairs));
  return out;
}

FoundRecords MergeFound(std::vector<FoundRecords> parts, size_t ids) {
  if (parts.size() == 1) return std::move(parts[0]);
  FoundRecords out(ids);
  for (FoundRecords& part : parts) {
    for (size_t i = 0; i < ids; ++i) {
      if (part[i] && (!out[i] || out[i]->version < part[i]->version)) out[i] = std::move(part[i]);
    }
  }
  return out;
}

LogPosition SeenByBoth(const LogPosition& a, const LogPosition& b) {
  if (a.log_id != b.log_id) return {};
  LogPosition out{.log_id = a.log_id};
  for (size_t p = 0; p < std::min(a.next.size(), b.next.size()); ++p) {
    out.next.push_back(std::min(a.next[p], b.next[p]));
  }
  return out;
}

void Add(EngineStats& sum, const EngineStats& part) {
  sum.trajectories += part.trajectories;
  sum.fixes += part.fixes;
  sum.geodabs += part.geodabs;
  sum.disk_bytes += part.disk_bytes;
  sum.memory_bytes += part.memory_bytes;
  sum.mapped_bytes += part.mapped_bytes;
  sum.segments += part.segments;
  sum.memory_segments += part.memory_segments;
  if (part.log.total() < sum.log.total()) sum.log = part.log;
  sum.position = sum.log.total();
  if (part.generation > sum.generation || !sum.params) sum.params = part.params;
  sum.generation = std::max(sum.generation, part.generation);
  if (part.extent) sum.extent = sum.extent ? sum.extent->Union(*part.extent) : part.extent;
  if (part.reindexing) {
    sum.reindex_progress = sum.reindexing ? std::min(sum.reindex_progress, part.reindex_progress)
                                          : part.reindex_progress;
  }
  sum.reindexing = sum.reindexing || part.reindexing;
  sum.disk_full = sum.disk_full || part.disk_full;
  sum.damages += part.damages;
  sum.left_out += part.left_out;
}

}  // namespace spoor
