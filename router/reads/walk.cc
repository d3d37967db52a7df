#include "router/reads/walk.h"

#include <utility>

#include "router/reads/slot_by_slot.h"
#include "shard/questions/walk.h"

namespace spoor {

ReadTerms TermsOf(const JoinTerms& terms) {
  ReadTerms out;
  if (terms.as_of.log_id != 0) out.written = WrittenTo{.position = terms.as_of};
  return out;
}

absl::Status WalkRead::By(const Routed& routed) {
  WalkQuestion rest{.query = query_};
  auto walked = SlotBySlot(routed.routing().placement, query_.after, &WalkAnswer::steps,
                           [&](uint32_t slot, const HomePlace& after) {
                             rest.query.after = after;
                             return AskSlot(routed, slot, rest, terms_, patience_);
                           });
  if (!walked.ok()) return walked.status();
  answer = *std::move(walked);
  return absl::OkStatus();
}

absl::StatusOr<WalkAnswer> Walk(const CollectionReader& collection, const WalkQuery& query,
                                const JoinTerms& terms, const Patience& patience) {
  WalkRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.answer);
}

}  // namespace spoor
