#include "engine/cluster/companions.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <tuple>
#include <utility>

#include "engine/cluster/disjoint_sets.h"

namespace spoor {
namespace {

constexpr uint64_t kBase = 0x9e3779b97f4a7c15;

uint64_t Mixed(int32_t label) {
  uint64_t x = static_cast<uint64_t>(static_cast<uint32_t>(label)) + 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

// Members of one cluster as one interval begins, of whom some begin with it.  Those whose labels
// agree until one of them ends are joined, if one of them begins here: the others have been
// compared before.
class Meeting {
 public:
  explicit Meeting(DisjointSets& sets) : sets_(sets) {}

  // `end`: until which the key, a hash of the labels from here, goes.
  void Ends(uint32_t end, uint64_t key, uint32_t slot, bool begins) {
    Ended& e = ended_[{end, key}];
    if (begins) {
      if (e.beginner != kNobody) sets_.Join(e.beginner, slot);
      e.beginner = slot;
    } else {
      e.others.push_back(slot);
    }
    ends_.insert(end);
  }
  const std::set<uint32_t>& ends() const { return ends_; }
  // One that goes on at least until then.
  void Passes(uint32_t end, uint64_t key, uint32_t slot, bool begins) {
    const auto at = ended_.find({end, key});
    if (at == ended_.end()) return;
    if (at->second.beginner != kNobody) sets_.Join(at->second.beginner, slot);
    if (!begins) return;
    for (const uint32_t other : at->second.others) sets_.Join(other, slot);
    if (!at->second.others.empty()) {
      at->second.others.erase(at->second.others.begin() + 1,
                              at->second.others.end());  // of one set
    }
  }

 private:
  static constexpr uint32_t kNobody = UINT32_MAX;
  struct Ended {
    uint32_t beginner = kNobody;
    std::vector<uint32_t> others;
  };
  DisjointSets& sets_;
  std::map<std::pair<uint32_t, uint64_t>, Ended> ended_;
  std::set<uint32_t> ends_;
};

}  // namespace

void OrderGroups(std::vector<std::vector<uint32_t>>& groups) {
  std::sort(groups.begin(), groups.end(), [](const auto& a, const auto& b) {
    return std::pair(b.size(), a[0]) < std::pair(a.size(), b[0]);
  });
}

Companions::Companions(const StepLabels& labels) : labels_(labels) {
  const AlignedTrips& trips = labels.trips();
  hash_.reserve(trips.steps() + trips.size());
  uint32_t longest = 0;
  for (uint32_t t = 0; t < trips.size(); ++t) {
    uint64_t hash = 0;
    uint32_t outliers = 0;
    hash_.push_back(hash);
    outliers_before_.push_back(outliers);
    for (uint32_t j = trips.first(t); j < trips.end(t); ++j) {
      const int32_t label = labels.Of(t, j);
      hash_.push_back(hash = hash * kBase + Mixed(label));
      outliers_before_.push_back(outliers += label == kOutlier ? 1 : 0);
    }
    longest = std::max(longest, trips.end(t) - trips.first(t));
  }
  power_.push_back(1);
  for (uint32_t i = 0; i < longest; ++i) power_.push_back(power_.back() * kBase);
}

uint64_t Companions::HashOf(uint32_t trip, IntervalRange span) const {
  const size_t begin = labels_.trips().IndexOf(trip, span.first) + trip;
  const uint32_t length = span.end - span.first;
  return hash_[begin + length] - hash_[begin] * power_[length];
}

bool Companions::IsClear(uint32_t trip, IntervalRange span) const {
  const size_t begin = labels_.trips().IndexOf(trip, span.first) + trip;
  return outliers_before_[begin + span.end - span.first] == outliers_before_[begin];
}

TripGroups Companions::Within(IntervalRange range, uint32_t min_overlap,
                              absl::Span<const uint32_t> trips) const {
  const AlignedTrips& aligned = labels_.trips();
  TripGroups out;
  std::vector<Member> members;
  for (const uint32_t t : trips) {
    const IntervalRange span{std::max(range.first, aligned.first(t)),
                             std::min(range.end, aligned.end(t))};
    if (span.first >= span.end) continue;
    if (IsClear(t, span)) {
      members.push_back({t, static_cast<uint32_t>(members.size()), span});
    } else {
      out.outliers.push_back(t);
    }
  }
  // Who is where when somebody begins; of all who are there then, by cluster.
  std::map<uint32_t, std::vector<uint32_t>> beginners;
  for (const Member& m : members) beginners[m.span.first].push_back(m.slot);
  std::vector<uint32_t> by_begin(members.size());
  std::iota(by_begin.begin(), by_begin.end(), 0U);
  std::stable_sort(by_begin.begin(), by_begin.end(), [&](uint32_t a, uint32_t b) {
    return members[a].span.first < members[b].span.first;
  });
  DisjointSets sets(members.size());
  std::vector<uint32_t> there;
  size_t next = 0;
  for (const auto& [now, slots] : beginners) {
    std::erase_if(there, [&, at = now](uint32_t s) { return members[s].span.end <= at; });
    for (; next < by_begin.size() && members[by_begin[next]].span.first == now; ++next) {
      there.push_back(by_begin[next]);
    }
    std::map<int32_t, std::vector<uint32_t>> clusters;
    for (const uint32_t s : there) clusters[labels_.Of(members[s].trip, now)].push_back(s);
    for (const auto& [label, slots_in] : clusters) {
      Meeting meeting(sets);
      for (const uint32_t s : slots_in) {
        const Member& m = members[s];
        if (m.span.end - now < min_overlap) continue;
        meeting.Ends(m.span.end, HashOf(m.trip, {now, m.span.end}), s, m.span.first == now);
      }
      for (const uint32_t s : slots_in) {
        const Member& m = members[s];
        for (const uint32_t end : meeting.ends()) {
          if (end > m.span.end) break;
          meeting.Passes(end, HashOf(m.trip, {now, end}), s, m.span.first == now);
        }
      }
    }
  }
  std::map<uint32_t, std::vector<uint32_t>> grouped;
  for (const Member& m : members) grouped[sets.Find(m.slot)].push_back(m.trip);
  for (auto& [root, group] : grouped) {
    if (group.size() < 2) {
      out.outliers.push_back(group[0]);
    } else {
      out.groups.push_back(std::move(group));
    }
  }
  OrderGroups(out.groups);
  std::sort(out.outliers.begin(), out.outliers.end());
  return out;
}

TripGroups Companions::Whole(uint32_t min_overlap) const {
  std::vector<uint32_t> all(labels_.trips().size());
  std::iota(all.begin(), all.end(), 0U);
  return Within({0, labels_.trips().intervals()}, min_overlap, all);
}

std::vector<IntervalRange> WindowsOf(uint32_t intervals, const WindowTerms& terms) {
  std::vector<IntervalRange> out;
  for (uint64_t at = 0; at < intervals; at += terms.step) {
    const uint64_t end = std::min<uint64_t>(at + terms.window, intervals);
    out.push_back({static_cast<uint32_t>(at), static_cast<uint32_t>(end)});
    if (end == intervals) break;
  }
  return out;
}

void AddWindow(GroupRange next, std::vector<GroupRange>& ranges) {
  if (!ranges.empty() && ranges.back().groups == next.groups) {
    ranges.back().range.end = next.range.end;
    ranges.back().is_short |= next.is_short;
  } else {
    ranges.push_back(std::move(next));
  }
}

}  // namespace spoor
