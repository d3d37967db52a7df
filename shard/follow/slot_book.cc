#include "shard/follow/slot_book.h"

#include <algorithm>
#include <random>
#include <tuple>
#include <utility>

#include "engine/store/home_key.h"
#include "shard/log/log.h"
#include "shard/place/placement.h"

namespace spoor {
namespace {

// Of a record in the sum of its slot: both words count in every bit (the finalizer of SplitMix64).
uint64_t HashOf(absl::string_view id, uint64_t version) {
  uint64_t x = StableHash(id) + 0x9E3779B97F4A7C15 * version;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EB;
  return x ^ (x >> 31);
}

}  // namespace

SlotBook::SlotBook(uint64_t log_id, uint32_t partitions, uint64_t digest_every)
    : partitions_(partitions),
      digest_every_(digest_every),
      first_revision_(uint64_t{std::random_device()() | 1u} << 32) {
  MutexLock lock(mu_);
  revision_ = first_revision_;
  position_.log_id = log_id;
  next_snap_.resize(partitions);
  digests_.resize(partitions);
}

void SlotBook::Forget() {
  filled_ = false;
  ++visit_;
  ++revision_;
  for (auto& [number, slot] : slots_) {
    slot = {.reach = Reach(), .revision = revision_, .sums = std::vector<Sum>(partitions_)};
  }
  std::fill(next_snap_.begin(), next_snap_.end(), 0);
  for (auto& kept : digests_) kept.clear();
}

void SlotBook::Place(std::vector<uint64_t> cuts, const std::vector<uint32_t>& slots) {
  MutexLock lock(mu_);
  cuts_ = std::move(cuts);
  slots_.clear();
  for (const uint32_t slot : slots) slots_[slot];
  Forget();
}

uint64_t SlotBook::BeginVisit() {
  MutexLock lock(mu_);
  Forget();
  return visit_;
}

void SlotBook::EndVisit(uint64_t visit) {
  MutexLock lock(mu_);
  if (visit != visit_) return;
  filled_ = true;
  ++revision_;
  for (auto& [number, slot] : slots_) slot.revision = revision_;
}

bool SlotBook::filled() const {
  MutexLock lock(mu_);
  return filled_;
}

bool SlotBook::IsDue() const {
  MutexLock lock(mu_);
  return !filled_ || std::any_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot.second.reach.IsWorthRebuilding();
  });
}

SlotBook::Slot* SlotBook::SlotOfHome(uint64_t home) {
  const auto it = slots_.find(SlotOf(cuts_, home));
  return it == slots_.end() ? nullptr : &it->second;
}

void SlotBook::Count(absl::string_view id, const RecordPlace& place, bool add) {
  Slot* slot = SlotOfHome(place.home);
  if (slot == nullptr) return;
  Sum& sum = slot->sums[PartitionOf(id, partitions_)];
  const uint64_t hash = HashOf(id, place.version);
  sum.records += add ? 1 : -1;  // below 0 while a visit has not come to what is already gone
  sum.sum += add ? hash : -hash;
}

void SlotBook::Touch(uint64_t home, const EngineChange& change) {
  Slot* slot = SlotOfHome(home);
  if (slot == nullptr || change.fixes.empty()) return;
  const uint64_t prefixes = slot->reach.prefixes(), cells = slot->reach.cells();
  slot->reach.Add(change.fixes, change.geodabs);
  if (slot->reach.prefixes() != prefixes || slot->reach.cells() != cells) {
    slot->revision = revision_;
  }
}

void SlotBook::Visit(uint64_t visit, const EngineChange& stored) {
  MutexLock lock(mu_);
  if (visit != visit_) return;
  Count(stored.id, *stored.after, true);
  Touch(stored.after->home, stored);
}

void SlotBook::Apply(absl::Span<const EngineChange> changes) {
  MutexLock lock(mu_);
  ++revision_;
  for (const EngineChange& change : changes) {
    const uint32_t p = PartitionOf(change.id, partitions_);
    // The first change at or above the multiple: what is below it is complete.
    while (next_snap_[p] != 0 && change.version > next_snap_[p]) Snap(p, next_snap_[p]);
    if (change.before) {
      Count(change.id, *change.before, false);
      if (Slot* slot = SlotOfHome(change.before->home)) slot->reach.NoteRemoval();
    }
    if (change.after) {
      Count(change.id, *change.after, true);
      Touch(change.after->home, change);
    }
  }
}

void SlotBook::Reached(const LogPosition& position, bool live) {
  MutexLock lock(mu_);
  position_ = position;
  position_.next.resize(partitions_);
  if (!live || !filled_) {
    live_ = false;
    return;
  }
  for (uint32_t p = 0; p < partitions_; ++p) {
    while (live_ && next_snap_[p] != 0 && position_.next[p] >= next_snap_[p]) {
      Snap(p, next_snap_[p]);
    }
    if (next_snap_[p] == 0 || !live_) {
      next_snap_[p] = (position_.next[p] / digest_every_ + 1) * digest_every_;
    }
  }
  live_ = true;
}

void SlotBook::Snap(uint32_t partition, uint64_t offset) {
  std::vector<Digest> now;
  for (const auto& [number, slot] : slots_) {
    const Sum& sum = slot.sums[partition];
    now.push_back({number, partition, offset, sum.records, sum.sum});
  }
  auto& kept = digests_[partition];
  kept.push_back(std::move(now));
  if (kept.size() > kKept) kept.erase(kept.begin());
  next_snap_[partition] += digest_every_;
}

SlotBook::ReachUpdate SlotBook::Reaches(uint64_t since_revision) const {
  MutexLock lock(mu_);
  ReachUpdate update{.revision = revision_, .known = filled_};
  if (!filled_) return update;
  if (since_revision < first_revision_ || since_revision > revision_) since_revision = 0;
  for (const auto& [number, slot] : slots_) {
    uint64_t live = 0;
    for (const Sum& sum : slot.sums) live += sum.records;
    update.live.emplace_back(number, live);
    if (slot.revision <= since_revision) continue;
    Reach reach = slot.reach;
    reach.set_position(position_);
    update.slots.emplace_back(number, reach.Encode());
  }
  return update;
}

std::vector<SlotBook::Digest> SlotBook::Digests() const {
  MutexLock lock(mu_);
  std::vector<Digest> out;
  for (const auto& kept : digests_) {
    for (const auto& one : kept) out.insert(out.end(), one.begin(), one.end());
  }
  return out;
}

std::vector<DigestMismatch> CompareDigests(absl::Span<const SlotBook::Digest> one,
                                           absl::Span<const SlotBook::Digest> other) {
  std::map<std::tuple<uint32_t, uint32_t, uint64_t>, SlotBook::Digest> known;
  for (const auto& d : one) known[{d.slot, d.partition, d.offset}] = d;
  std::vector<DigestMismatch> out;
  for (const auto& d : other) {
    const auto it = known.find({d.slot, d.partition, d.offset});
    if (it != known.end() && it->second != d) out.push_back({it->second, d});
  }
  return out;
}

}  // namespace spoor
