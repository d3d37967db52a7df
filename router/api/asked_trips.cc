#include "router/api/asked_trips.h"

#include <utility>
#include <vector>

#include "router/message/problem.h"
#include "router/reads/get.h"

namespace spoor {

std::optional<ReadReport> FetchTrips(const ApiCall& call, const ClusterCollection& collection,
                                     const ReadTerms& terms, absl::Span<AskedTrip> trips,
                                     ApiResponse* refusal) {
  std::vector<TrajectoryId> ids;
  std::vector<AskedTrip*> stored;
  for (AskedTrip& trip : trips) {
    if (trip.id.empty()) continue;
    ids.emplace_back(trip.id);
    stored.push_back(&trip);
  }
  if (ids.empty()) return ReadReport();
  ReadTerms whole = terms;
  whole.allow_partial = false;
  auto found = Get(collection, ids, whole, call.patience);
  if (!found.ok()) {
    *refusal = ProblemFromRead(found.status());
    return std::nullopt;
  }
  if (found->report.damaged > 0) {
    *refusal = ProblemFromRead(absl::DataLossError("the record is damaged"));
    return std::nullopt;
  }
  for (size_t i = 0; i < stored.size(); ++i) {
    auto& record = found->answer[i];
    if (!record) {
      *refusal = Problem(
          404, "unknown-trajectory", "the query's trajectory does not exist",
          {{stored[i]->field + "/id", Quoted(stored[i]->id), "the id of a stored trajectory"}});
      return std::nullopt;
    }
    stored[i]->object = std::move(record->trajectory.object);
    stored[i]->fixes = std::move(record->trajectory.fixes);
  }
  return found->report;
}

}  // namespace spoor
