#include "router/reads/walk.h"

#include <utility>

#include "shard/questions/walk.h"

namespace spoor {

ReadTerms TermsOf(const JoinTerms& terms) {
  ReadTerms out;
  if (terms.as_of.log_id != 0) out.written = WrittenTo{.position = terms.as_of};
  return out;
}

absl::Status WalkRead::By(const Routed& routed) {
  const Placement& placement = routed.routing().placement;
  WalkQuestion rest{.query = query_};
  uint64_t looked_at = 0;
  for (;;) {
    const uint32_t slot = SlotOf(placement.cuts, rest.query.after.home);
    AskedSlots one;
    one.slots.push_back({.slot = slot, .why = AskedFor::kEverything, .answered = false});
    const Parts parts = routed.PartsFor(one, ReadKind::kOther, TermsOf(terms_));
    auto walked = Rounds(parts).AskAll(rest, patience_);
    if (!walked.ok()) return walked.status();
    answer = *std::move((*walked)[0]);
    answer.looked_at = looked_at += answer.looked_at;
    if (answer.more || slot + 1 == placement.slots()) return absl::OkStatus();
    answer.more = true;
    answer.reached = {RangeOf(placement.cuts, slot).last + 1, ""};
    if (!answer.steps.empty()) return absl::OkStatus();
    rest.query.after = answer.reached;
  }
}

absl::StatusOr<WalkAnswer> Walk(const CollectionReader& collection, const WalkQuery& query,
                                const JoinTerms& terms, const Patience& patience) {
  WalkRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.answer);
}

}  // namespace spoor
