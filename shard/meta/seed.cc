#include "shard/meta/seed.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/meta/cluster_view.h"
#include "shard/meta/collection_changes.h"

namespace spoor {
namespace {

// OK also when it is there.
absl::Status PutProof(MetaStore& store, const std::string& cluster, uint64_t log_id,
                      const std::string& name, const Patience& patience) {
  const absl::Status put = store.Put({DroppedKey(cluster, log_id), name, 0}, 0, patience).status();
  return absl::IsAborted(put) ? absl::OkStatus() : put;
}

std::optional<MetaValue> Listed(const MetaListing& listing, const std::string& key) {
  for (const MetaValue& value : listing.values) {
    if (value.key == key) return value;
  }
  return std::nullopt;
}

// What becomes of one collection.
enum class Fate : uint8_t { kWritten, kAsItIs, kRefused };

class Seeder {
 public:
  Seeder(MetaStore& store, const std::string& cluster, const Patience& patience)
      : store_(store), cluster_(cluster), patience_(patience) {}

  absl::StatusOr<Fate> Put(const std::string& name, const CollectionState& state,
                           const std::optional<MetaValue>& there, bool replace) {
    const std::string key = CollectionKey(cluster_, name), text = EncodeCollection(state);
    if (there && there->value == text) return Fate::kAsItIs;
    if (there) {
      const auto listed = DecodeCollection(there->value);
      const bool is_another = !listed.ok() || listed->log_id != state.log_id;
      if (is_another && !replace) return Fate::kRefused;
      // The proof first: without it who knows the other log would not give it up.
      const absl::Status proof = is_another && listed.ok()
                                     ? PutProof(store_, cluster_, listed->log_id, name, patience_)
                                     : absl::OkStatus();
      if (!proof.ok()) return proof;
    }
    const auto put = store_.Put({key, text, there ? there->revision : 0}, 0, patience_);
    if (!put.ok()) return put.status();
    return Fate::kWritten;
  }

 private:
  MetaStore& store_;
  const std::string& cluster_;
  const Patience& patience_;
};

}  // namespace

MetaListing ListingOf(const ClusterSnapshot& snapshot, const std::string& cluster) {
  MetaListing out{.values = {}, .revision = snapshot.revision};
  for (const auto& [name, stored] : snapshot.collections) {
    out.values.push_back(
        {CollectionKey(cluster, name), EncodeCollection(stored.state), stored.revision});
  }
  for (const uint64_t log_id : snapshot.dropped) {
    out.values.push_back({DroppedKey(cluster, log_id), "", 0});
  }
  return out;
}

ClusterSnapshot Together(const std::vector<ClusterSnapshot>& known, const std::string& cluster,
                         std::vector<std::string>& ignored) {
  ClusterSnapshot out;
  for (const ClusterSnapshot& one : known) {
    std::vector<std::string> earlier;  // also what only others know
    out = Learn(out, cluster, ListingOf(one, cluster), earlier);
    for (const auto& [name, stored] : one.collections) {
      const auto taken = out.collections.find(name);
      if (taken == out.collections.end() || out.dropped.contains(stored.state.log_id)) continue;
      const uint64_t log_id = taken->second.state.log_id;
      if (log_id == stored.state.log_id) continue;
      ignored.push_back(absl::StrCat(name, ": some know log ", log_id, ", others log ",
                                     stored.state.log_id, ", and neither was dropped"));
    }
  }
  return out;
}

absl::StatusOr<SeedReport> Seed(MetaStore& store, const std::string& cluster,
                                const ClusterSnapshot& known, const std::set<std::string>& replace,
                                const Patience& patience) {
  const auto listing = store.List(ClusterPrefix(cluster), patience);
  if (!listing.ok()) return listing.status();
  std::vector<std::string> ignored;  // this is what is mended
  const ClusterSnapshot merged = Learn(known, cluster, *listing, ignored);
  SeedReport out;
  for (const uint64_t log_id : merged.dropped) {
    if (Listed(*listing, DroppedKey(cluster, log_id))) continue;
    if (absl::Status s = PutProof(store, cluster, log_id, "", patience); !s.ok()) return s;
  }
  Seeder seeder(store, cluster, patience);
  for (const auto& [name, stored] : merged.collections) {
    const auto fate = seeder.Put(name, stored.state, Listed(*listing, CollectionKey(cluster, name)),
                                 replace.contains(name));
    if (!fate.ok()) return fate.status();
    (*fate == Fate::kWritten   ? out.written
     : *fate == Fate::kRefused ? out.refused
                               : out.as_is)
        .push_back(name);
  }
  return out;
}

}  // namespace spoor
