#include "router/reads/map.h"

#include <utility>

#include "router/reads/slot_by_slot.h"
#include "shard/questions/map.h"

namespace spoor {

absl::Status MapRead::By(const Routed& routed) {
  const Placement& placement = routed.routing().placement;
  MapQuestion rest{.query = query_};
  auto mapped = SlotBySlot(placement, query_.after, &MapAnswer::rows,
                           [&](uint32_t slot, const HomePlace& after) -> absl::StatusOr<MapAnswer> {
                             rest.query.after = after;
                             rest.query.only.clear();
                             const uint64_t last = RangeOf(placement.cuts, slot).last;
                             for (const HomePlace& place : query_.only) {
                               if (place > after && place.home <= last)
                                 rest.query.only.push_back(place);
                             }
                             if (rest.query.only.empty() && !query_.only.empty())
                               return MapAnswer{.reached = after};
                             return AskSlot(routed, slot, rest, terms_, patience_);
                           });
  if (!mapped.ok()) return mapped.status();
  answer = *std::move(mapped);
  return absl::OkStatus();
}

absl::StatusOr<MapAnswer> Map(const CollectionReader& collection, const MapQuery& query,
                              const JoinTerms& terms, const Patience& patience) {
  MapRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.answer);
}

}  // namespace spoor
