#include "router/cluster.h"

namespace spoor {

absl::Status CollectionWriter::CheckReindex() const {
  return absl::FailedPreconditionError(
      "the parameters of a collection on several nodes cannot be changed yet: make another "
      "collection with the better ones");
}

absl::Status CollectionWriter::Reindex(const IndexParams& /*params*/, const Patience& /*patience*/,
                                       const std::function<void(double)>& /*progress*/) {
  return CheckReindex();
}

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
