#include "shard/meta/collection_changes.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

absl::Status NoCollection(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no collection '", name, "'"));
}

absl::StatusOr<StoredCollection> Read(MetaStore& store, const CollectionId& id,
                                      const Patience& patience) {
  auto found = ReadCollection(store, id.cluster, id.name, patience);
  if (found.ok() && found->state.log_id != id.log_id) return NoCollection(id.name);
  return found;
}

// Aborted as MetaStore::Put.
absl::StatusOr<StoredCollection> Write(MetaStore& store, absl::string_view key,
                                       StoredCollection changed, const Patience& patience) {
  if (absl::Status s = Validate(changed.state); !s.ok()) return s;
  MetaValue value{std::string(key), EncodeCollection(changed.state), changed.revision};
  auto revision = store.Put(value, 0, patience);
  if (!revision.ok()) return revision.status();
  changed.revision = *revision;
  return changed;
}

std::string KeyOf(const CollectionId& id) { return CollectionKey(id.cluster, id.name); }

Epoch Above(Epoch a, Epoch b) { return Epoch(std::max(a, b).value() + 1); }

Epoch AboveAll(const CollectionState& state, Epoch other) {
  return Above(state.placement.epoch, std::max(state.next ? state.next->epoch : Epoch(0), other));
}

// Also OK when an earlier try has made the change, of which the answer was lost.
absl::StatusOr<StoredCollection> WriteOnce(MetaStore& store, const CollectionId& id,
                                           StoredCollection changed, const Patience& patience) {
  auto written = Write(store, KeyOf(id), changed, patience);
  if (!absl::IsAborted(written.status())) return written;
  auto now = Read(store, id, patience);
  if (!now.ok()) return now.status();
  return now->state == changed.state ? now : written;
}

// The same but for the epoch.
bool SamePlaces(Placement a, const Placement& b) {
  a.epoch = b.epoch;
  return a == b;
}

}  // namespace

absl::StatusOr<StoredCollection> ReadCollection(MetaStore& store, absl::string_view cluster,
                                                absl::string_view name, const Patience& patience) {
  auto value = store.Get(CollectionKey(cluster, name), patience);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return NoCollection(name);
  auto state = DecodeCollection((*value)->value);
  if (!state.ok()) {
    return absl::DataLossError(absl::StrCat((*value)->key, ": ", state.status().message()));
  }
  return StoredCollection{*std::move(state), (*value)->revision};
}

absl::StatusOr<CollectionChange> CreateCollection(MetaStore& store, absl::string_view cluster,
                                                  absl::string_view name,
                                                  const CollectionState& wanted,
                                                  const Patience& patience) {
  for (const absl::string_view checked : {cluster, name}) {
    if (!IsCollectionName(checked)) {
      return absl::InvalidArgumentError(
          absl::StrCat("name is '", checked, "', allowed: 1 to 64 of a-z, 0-9, '_', '-'"));
    }
  }
  const std::string key = CollectionKey(cluster, name);
  for (;;) {
    auto created = Write(store, key, {wanted, 0}, patience);
    if (created.ok()) return CollectionChange{*std::move(created), true};
    if (!absl::IsAborted(created.status())) return created.status();
    auto there = ReadCollection(store, cluster, name, patience);
    if (absl::IsNotFound(there.status())) continue;  // it was dropped in between
    if (!there.ok()) return there.status();
    const bool ours = there->state.log_id == wanted.log_id;
    return CollectionChange{*std::move(there), ours};
  }
}

absl::StatusOr<CollectionChange> SetParams(MetaStore& store, const CollectionId& id,
                                           const ChosenParams& chosen, const Patience& patience) {
  for (;;) {
    auto now = Read(store, id, patience);
    if (!now.ok()) return now.status();
    if (now->state.params) {
      const bool ours =
          *now->state.params == chosen.params && SamePlaces(now->state.placement, chosen.placement);
      return CollectionChange{*std::move(now), ours};
    }
    const Epoch before = now->state.placement.epoch;
    now->state.params = chosen.params;
    now->state.placement = chosen.placement;
    now->state.placement.epoch = Above(before, before);
    auto set = Write(store, KeyOf(id), *std::move(now), patience);
    if (set.ok()) return CollectionChange{*std::move(set), true};
    if (!absl::IsAborted(set.status())) return set.status();
  }
}

absl::StatusOr<StoredCollection> PlanPlacement(MetaStore& store, const CollectionId& id,
                                               const StoredCollection& from, const Placement& next,
                                               const Patience& patience) {
  StoredCollection changed = from;
  changed.state.next = next;
  changed.state.next->epoch = AboveAll(from.state, next.epoch);
  return WriteOnce(store, id, std::move(changed), patience);
}

absl::StatusOr<StoredCollection> SwitchPlacement(MetaStore& store, const CollectionId& id,
                                                 const StoredCollection& from,
                                                 const Patience& patience) {
  if (!from.state.next) return from;
  StoredCollection changed = from;
  changed.state.placement = *from.state.next;
  changed.state.next.reset();
  return WriteOnce(store, id, std::move(changed), patience);
}

absl::StatusOr<StoredCollection> PublishPlacement(MetaStore& store, const CollectionId& id,
                                                  const StoredCollection& from,
                                                  const Placement& next, const Patience& patience) {
  StoredCollection changed = from;
  changed.state.placement = next;
  changed.state.placement.epoch = AboveAll(from.state, next.epoch);
  changed.state.next.reset();
  return WriteOnce(store, id, std::move(changed), patience);
}

absl::StatusOr<StoredCollection> ReplaceLog(MetaStore& store, const CollectionId& id,
                                            const StoredCollection& from, uint64_t log_id,
                                            const Patience& patience) {
  StoredCollection changed = from;
  changed.state.log_id = log_id;
  changed.state.placement.epoch = AboveAll(from.state, Epoch(0));
  changed.state.next.reset();
  auto replaced = WriteOnce(store, {id.cluster, id.name, log_id}, std::move(changed), patience);
  if (!replaced.ok()) return replaced;
  // The proof comes last: with it alone the old one would be given up for nothing.
  const absl::Status proof =
      store.Put({DroppedKey(id.cluster, id.log_id), id.name, 0}, 0, patience).status();
  if (!proof.ok() && !absl::IsAborted(proof)) return proof;
  return replaced;
}

absl::Status DropCollection(MetaStore& store, const CollectionId& id, const Patience& patience) {
  for (;;) {
    auto now = Read(store, id, patience);
    if (absl::IsNotFound(now.status())) return absl::OkStatus();
    if (!now.ok()) return now.status();
    if (now->state.phase == CollectionPhase::kDropping) return absl::OkStatus();
    now->state.phase = CollectionPhase::kDropping;
    const absl::Status dropped = Write(store, KeyOf(id), *std::move(now), patience).status();
    if (!absl::IsAborted(dropped)) return dropped;
  }
}

absl::Status ForgetCollection(MetaStore& store, const CollectionId& id, const Patience& patience) {
  auto now = Read(store, id, patience);
  if (absl::IsNotFound(now.status())) return absl::OkStatus();
  if (!now.ok()) return now.status();
  if (now->state.phase != CollectionPhase::kDropping) {
    return absl::FailedPreconditionError(
        absl::StrCat("collection '", id.name, "' is not being dropped"));
  }
  // The proof comes first: without it the collection would seem to be lost.
  const absl::Status proof =
      store.Put({DroppedKey(id.cluster, id.log_id), id.name, 0}, 0, patience).status();
  if (!proof.ok() && !absl::IsAborted(proof)) return proof;
  const absl::Status removed = store.Delete(KeyOf(id), now->revision, patience);
  if (!absl::IsAborted(removed)) return removed;
  // Nobody changes what is being dropped, but others may have removed it first.
  return absl::IsNotFound(Read(store, id, patience).status()) ? absl::OkStatus() : removed;
}

}  // namespace spoor
