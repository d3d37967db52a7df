#include "shard/place/placement.h"

#include <algorithm>
#include <cassert>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "shard/place/not_allowed.h"

namespace spoor {
namespace {

constexpr size_t kMaxLabelBytes = 64, kMaxHostBytes = 253;  // RFC 1035

absl::Status WrongCount(absl::string_view field, size_t value, size_t least, size_t most) {
  if (value >= least && value <= most) return absl::OkStatus();
  return NotAllowed(field, absl::StrCat(value), absl::StrCat(least, " ... ", most));
}

bool IsLabel(absl::string_view text) {
  return !text.empty() && text.size() <= kMaxLabelBytes && std::ranges::all_of(text, [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '_' || c == '-';
  });
}

bool IsAddress(absl::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0 || colon > kMaxHostBytes) return false;
  const absl::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  const bool bracketed = host.front() == '[' && host.back() == ']';  // IPv6
  const bool printable = std::ranges::all_of(host, [&](char c) {
    return absl::ascii_isgraph(static_cast<unsigned char>(c)) && (bracketed || c != ':');
  });
  uint32_t number = 0;
  return printable && !port.empty() &&
         std::ranges::all_of(port, [](unsigned char c) { return absl::ascii_isdigit(c); }) &&
         absl::SimpleAtoi(port, &number) && number >= 1 && number <= 65535;
}

absl::Status ValidateNodes(const std::vector<PlacedNode>& nodes) {
  if (absl::Status s = WrongCount("nodes", nodes.size(), 1, kMaxNodes); !s.ok()) return s;
  std::set<absl::string_view> names;
  for (const PlacedNode& node : nodes) {
    if (absl::Status s = Validate(node); !s.ok()) return s;
    if (!names.insert(node.name).second) return NotAllowed("name", node.name, "one node a name");
  }
  return absl::OkStatus();
}

absl::Status ValidateReplicas(const Placement& p, uint32_t slot) {
  const std::vector<uint32_t>& replicas = p.replicas[slot];
  const std::string field = absl::StrCat("slots/", slot, "/replicas");
  if (replicas.size() != p.replicas[0].size()) {
    return NotAllowed(field, absl::StrCat("a list of ", replicas.size()),
                      absl::StrCat(p.replicas[0].size(), " nodes, as of slot 0"));
  }
  for (size_t r = 0; r < replicas.size(); ++r) {
    if (replicas[r] >= p.nodes.size()) {
      return NotAllowed(field, absl::StrCat(replicas[r]),
                        absl::StrCat("0 ... ", p.nodes.size() - 1));
    }
    if (std::find(replicas.begin(), replicas.begin() + static_cast<ptrdiff_t>(r), replicas[r]) !=
        replicas.begin() + static_cast<ptrdiff_t>(r)) {
      return NotAllowed(field, absl::StrCat(replicas[r], " twice"), "distinct nodes");
    }
  }
  return absl::OkStatus();
}

// The names of the nodes of the slot, preferred first.
std::vector<std::string> NamesOf(const Placement& p, uint32_t slot) {
  std::vector<std::string> names;
  for (const uint32_t node : p.replicas[slot]) names.push_back(p.nodes[node].name);
  return names;
}

}  // namespace

absl::Status Validate(const PlacedNode& node) {
  constexpr char kLabel[] = "1 to 64 of a-z, A-Z, 0-9, '.', '_', '-'";
  if (!IsLabel(node.name)) return NotAllowed("name", node.name, kLabel);
  if (!IsAddress(node.address)) return NotAllowed("address", node.address, "host:port");
  if (!node.zone.empty() && !IsLabel(node.zone)) return NotAllowed("zone", node.zone, kLabel);
  return WrongCount("weight", node.weight, 0, kMaxWeight);
}

absl::Status Validate(const Placement& p) {
  if (absl::Status s = ValidateNodes(p.nodes); !s.ok()) return s;
  if (absl::Status s = WrongCount("slots", p.replicas.size(), 1, kMaxSlots); !s.ok()) return s;
  if (absl::Status s = WrongCount("cuts", p.cuts.size(), p.slots() - 1, p.slots() - 1); !s.ok()) {
    return s;
  }
  uint64_t before = 0;
  for (const uint64_t cut : p.cuts) {
    if (cut <= before) {
      return NotAllowed("cuts", absl::StrCat(cut), absl::StrCat("above ", before, ", ascending"));
    }
    before = cut;
  }
  if (absl::Status s = WrongCount("replicas", p.replicas[0].size(), 1, kMaxReplicas); !s.ok()) {
    return s;
  }
  for (uint32_t slot = 0; slot < p.slots(); ++slot) {
    if (absl::Status s = ValidateReplicas(p, slot); !s.ok()) return s;
  }
  return absl::OkStatus();
}

uint32_t SlotOf(const std::vector<uint64_t>& cuts, uint64_t home_key) {
  return static_cast<uint32_t>(std::upper_bound(cuts.begin(), cuts.end(), home_key) - cuts.begin());
}

HomeRange RangeOf(const std::vector<uint64_t>& cuts, uint32_t slot) {
  assert(slot <= cuts.size());
  return {.first = slot == 0 ? 0 : cuts[slot - 1],
          .last = slot == cuts.size() ? ~uint64_t{0} : cuts[slot] - 1};
}

HomeSet HomesOf(const std::vector<uint64_t>& cuts, absl::Span<const uint32_t> slots) {
  std::vector<HomeRange> ranges;
  ranges.reserve(slots.size());
  for (const uint32_t slot : slots) ranges.push_back(RangeOf(cuts, slot));
  return HomeSet(std::move(ranges));
}

std::vector<uint32_t> SlotsOf(const Placement& placement, absl::string_view node) {
  std::vector<uint32_t> slots;
  for (uint32_t slot = 0; slot < placement.slots(); ++slot) {
    const auto serves = [&](uint32_t n) { return placement.nodes[n].name == node; };
    if (std::ranges::any_of(placement.replicas[slot], serves)) slots.push_back(slot);
  }
  return slots;
}

std::vector<SlotMove> MovesBetween(const Placement& from, const Placement& to) {
  std::vector<SlotMove> moves;
  for (uint32_t slot = 0, old = 0; slot < to.slots();) {
    const HomeRange now = RangeOf(to.cuts, slot), before = RangeOf(from.cuts, old);
    const HomeRange both{.first = std::max(now.first, before.first),
                         .last = std::min(now.last, before.last)};
    const std::vector<std::string> sources = NamesOf(from, old);
    for (const std::string& name : NamesOf(to, slot)) {
      if (std::ranges::count(sources, name) > 0) continue;
      moves.push_back({.slot = slot, .range = both, .to = name, .from = sources});
    }
    if (now.last == both.last) ++slot;
    if (before.last == both.last) ++old;
  }
  return moves;
}

}  // namespace spoor
