#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "shard/meta/cluster_state.h"
#include "shard/meta/meta_store.h"

namespace spoor {

// What may be changed about a collection, each by compare-and-swap: of several who try, one wins,
// and the others get what it wrote.  No state is kept here; any number of processes may call.
//
// Besides what each says: errors of MetaStore; InvalidArgument for a state that is not valid;
// DataLoss when what lies in the store cannot be read.  Any change may be tried again after
// Unavailable or DeadlineExceeded: one that was made all the same is recognised.

// Which collection: that of this name with this log.
struct CollectionId {
  std::string cluster, name;
  uint64_t log_id = 0;
};

struct CollectionChange {
  StoredCollection now;
  bool ours = false;  // it is what was asked for; else what somebody else wrote first
};

absl::StatusOr<StoredCollection> ReadCollection(MetaStore& store, absl::string_view cluster,
                                                absl::string_view name,
                                                const Patience& patience);  // NotFound

// Creates it unless there is one of the name.  wanted.placement.epoch: 1, or above what nodes have
// persisted where the store was rebuilt.
absl::StatusOr<CollectionChange> CreateCollection(MetaStore& store, absl::string_view cluster,
                                                  absl::string_view name,
                                                  const CollectionState& wanted,
                                                  const Patience& patience);

// What whoever appends first chooses from the first records.
struct ChosenParams {
  IndexParams params;
  Placement placement;  // cut anew; its epoch does not matter
};
// Sets the parameters of a collection that has none, and publishes the placement; else tells those
// that it has.  NotFound when there is no such collection (any more).
absl::StatusOr<CollectionChange> SetParams(MetaStore& store, const CollectionId& id,
                                           const ChosenParams& chosen, const Patience& patience);

// A placement is changed in two steps, so that what is there is not given up before what is to come
// is whole:
//
//   1. PlanPlacement says what is to come.  Nodes get the slots that they will have and go on
//      serving those that they have; readers ask by the placement in force.
//   2. Once every node of it has said that it holds its slots whole, SwitchPlacement puts it in
//      force.  Whoever finds them ready may do so (RemoteCluster).
//
// Nodes give up the slots that a placement in force takes from them, and trust in these steps.

// Plans `next` in place of whatever is on its way, under an epoch above all that are.  `from` is
// what was read; Aborted when somebody else has changed the collection since.
absl::StatusOr<StoredCollection> PlanPlacement(MetaStore& store, const CollectionId& id,
                                               const StoredCollection& from, const Placement& next,
                                               const Patience& patience);
// What is on its way in `from` comes into force; `from` itself when nothing is.  Aborted as above.
// REQUIRES: its nodes hold their slots whole.
absl::StatusOr<StoredCollection> SwitchPlacement(MetaStore& store, const CollectionId& id,
                                                 const StoredCollection& from,
                                                 const Patience& patience);

// Both at once, of a collection that has no records yet: replaces the placement that was read with
// `from` by `next`, under an epoch above that of either.  Aborted as above.
absl::StatusOr<StoredCollection> PublishPlacement(MetaStore& store, const CollectionId& id,
                                                  const StoredCollection& from,
                                                  const Placement& next, const Patience& patience);

// From now on the collection is what another log says, which has everything: its own one counts as
// dropped.  `from` is what was read; Aborted when somebody else has changed the collection since.
absl::StatusOr<StoredCollection> ReplaceLog(MetaStore& store, const CollectionId& id,
                                            const StoredCollection& from, uint64_t log_id,
                                            const Patience& patience);

// From now on nobody may use it.  OK also when it is being or was dropped.
absl::Status DropCollection(MetaStore& store, const CollectionId& id, const Patience& patience);
// Removes a dropped one from the store, once its log and data are gone: a proof that it was dropped
// stays.  FailedPrecondition when it is not being dropped.  OK also when it was removed.
absl::Status ForgetCollection(MetaStore& store, const CollectionId& id, const Patience& patience);

}  // namespace spoor
