#pragma once

#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shard/meta/cluster_state.h"
#include "shard/meta/meta_store.h"

namespace spoor {

// What a process knows of its cluster, as the store would list it.
MetaListing ListingOf(const ClusterSnapshot& snapshot, const std::string& cluster);

// What several processes know together, the later of each (Learn).  Appends what cannot be true
// beside it, a sentence each.
ClusterSnapshot Together(const std::vector<ClusterSnapshot>& known, const std::string& cluster,
                         std::vector<std::string>& ignored);

struct SeedReport {
  std::vector<std::string> written;  // collections
  std::vector<std::string> as_is;    // the store has them, or something later
  // The store has another log under their name, of which nobody has said that it was dropped, or a
  // value that this version cannot read.
  std::vector<std::string> refused;
};

// Writes back to a store of metadata that has lost it what was known: collections that it lacks, or
// has as they were earlier, and the proofs of what was dropped.  Nodes announce themselves.
// `replace` names collections that are to be written over another log of their name, which thereby
// counts as dropped; its topic stays.  Any number may do so at once, and again.  Errors of
// MetaStore.
absl::StatusOr<SeedReport> Seed(MetaStore& store, const std::string& cluster,
                                const ClusterSnapshot& known, const std::set<std::string>& replace,
                                const Patience& patience);

}  // namespace spoor
