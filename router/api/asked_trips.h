#pragma once

#include <optional>

#include "absl/types/span.h"
#include "router/api/route.h"
#include "router/message/request_search.h"

namespace spoor {

// Gets the records of those trips that are asked for by id, in one read, into them.  Nothing, with
// `refusal` set, where one does not exist or cannot be read; the terms' allow_partial does not
// count: a trip is whole, or there is none.
std::optional<ReadReport> FetchTrips(const ApiCall& call, const ClusterCollection& collection,
                                     const ReadTerms& terms, absl::Span<AskedTrip> trips,
                                     ApiResponse* refusal);

}  // namespace spoor
