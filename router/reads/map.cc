#include "router/reads/map.h"

#include <utility>

#include "router/reads/walk.h"
#include "shard/questions/map.h"

namespace spoor {

absl::Status MapRead::AskSlot(const Routed& routed, uint32_t slot, const MapQuery& query) {
  AskedSlots one;
  one.slots.push_back({.slot = slot, .why = AskedFor::kEverything, .answered = false});
  const Parts parts = routed.PartsFor(one, ReadKind::kOther, TermsOf(terms_));
  auto mapped = Rounds(parts).AskAll(MapQuestion{.query = query}, patience_);
  if (!mapped.ok()) return mapped.status();
  answer = *std::move((*mapped)[0]);
  return absl::OkStatus();
}

absl::Status MapRead::By(const Routed& routed) {
  const Placement& placement = routed.routing().placement;
  MapQuery rest = query_;
  uint64_t looked_at = 0;
  for (;;) {
    const uint32_t slot = SlotOf(placement.cuts, rest.after.home);
    const uint64_t last = RangeOf(placement.cuts, slot).last;
    rest.only.clear();
    for (const HomePlace& place : query_.only) {
      if (place > rest.after && place.home <= last) rest.only.push_back(place);
    }
    answer = {.rows = {}, .reached = rest.after};
    if (query_.only.empty() || !rest.only.empty()) {
      if (absl::Status s = AskSlot(routed, slot, rest); !s.ok()) return s;
    }
    answer.looked_at = looked_at += answer.looked_at;
    if (answer.more || slot + 1 == placement.slots()) return absl::OkStatus();
    answer.more = true;
    answer.reached = {last + 1, ""};
    if (!answer.rows.empty()) return absl::OkStatus();
    rest.after = answer.reached;
  }
}

absl::StatusOr<MapAnswer> Map(const CollectionReader& collection, const MapQuery& query,
                              const JoinTerms& terms, const Patience& patience) {
  MapRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.answer);
}

}  // namespace spoor
