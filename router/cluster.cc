#include "router/cluster.h"

namespace spoor {

CollectionStats Cluster::Stats(const Patience& patience) {
  CollectionStats stats;
  for (const std::string& name : Names()) {
    const auto collection = Find(name);
    if (!collection.ok()) continue;  // dropped just now
    auto counts = (*collection)->Count(patience);
    if (counts.ok()) stats.emplace_back(name, std::move(counts->stats));
  }
  return stats;
}

}  // namespace spoor
