#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/search/join.h"
#include "router/reads/routed.h"
#include "router/reads/walk.h"

namespace spoor {

// Asks one slot, one that is away is an error.
template <typename Q>
absl::StatusOr<typename Q::Answer> AskSlot(const Routed& routed, uint32_t slot, const Q& question,
                                           const JoinTerms& terms, const Patience& patience) {
  AskedSlots one;
  one.slots.push_back({.slot = slot, .why = AskedFor::kEverything, .answered = false});
  const Parts parts = routed.PartsFor(one, ReadKind::kOther, TermsOf(terms));
  auto answers = Rounds(parts).AskAll(question, patience);
  if (!answers.ok()) return answers.status();
  return *std::move((*answers)[0]);
}

// Calls ask(slot, after) slot by slot, from `after` on, until an answer has something to tell in
// its `told`, or there are no more slots.  An answer says how far it reached, whether there is more
// in its slot, and how many records were looked at; what comes out says it of all slots.
template <typename Answer, typename Told, typename AskOne>
absl::StatusOr<Answer> SlotBySlot(const Placement& placement, HomePlace after, Told Answer::* told,
                                  AskOne ask) {
  uint64_t looked_at = 0;
  for (;;) {
    const uint32_t slot = SlotOf(placement.cuts, after.home);
    absl::StatusOr<Answer> answer = ask(slot, after);
    if (!answer.ok()) return answer;
    answer->looked_at = looked_at += answer->looked_at;
    if (answer->more || slot + 1 == placement.slots()) return answer;
    answer->more = true;
    answer->reached = {RangeOf(placement.cuts, slot).last + 1, ""};
    if (!((*answer).*told).empty()) return answer;
    after = std::move(answer->reached);
  }
}

}  // namespace spoor
