#include "router/reads/probe.h"

#include <set>
#include <utility>

#include "router/reads/merge.h"
#include "router/reads/walk.h"
#include "shard/questions/probe.h"

namespace spoor {

absl::StatusOr<JoinAnswer> Probe(const Parts& parts, absl::Span<const JoinProbe> probes,
                                 const std::vector<std::vector<uint32_t>>& asked,
                                 const JoinQuery& query, const Patience& patience) {
  Rounds rounds(parts);
  std::vector<std::optional<ProbeQuestion>> questions;
  for (const std::vector<uint32_t>& some : asked) {
    ProbeQuestion question{.probes = {}, .query = query};
    for (const uint32_t p : some) question.probes.push_back(probes[p]);
    questions.emplace_back(std::move(question));
  }
  auto answers = rounds.Ask(std::move(questions), patience);
  if (!answers.ok()) return answers.status();
  std::vector<JoinAnswer> of_parts;
  for (size_t i = 0; i < asked.size(); ++i) {
    JoinAnswer& answer = *(*answers)[i];
    for (JoinPair& pair : answer.pairs) pair.probe = asked[i][pair.probe];
    of_parts.push_back(std::move(answer));
  }
  return MergeJoins(std::move(of_parts), query.max_pairs);
}

absl::Status ProbeRead::By(const Routed& routed) {
  const std::vector<std::vector<uint32_t>> by_slot =
      ProbesBySlot(routed.routing(), probes_, query_, terms_, std::chrono::steady_clock::now());
  AskedSlots asked;
  for (uint32_t slot = 0; slot < by_slot.size(); ++slot) {
    if (by_slot[slot].empty()) continue;
    asked.slots.push_back({.slot = slot, .why = AskedFor::kReach, .answered = false});
  }
  answer = {};
  if (asked.slots.empty()) return absl::OkStatus();
  const Parts parts = routed.PartsFor(asked, ReadKind::kOther, TermsOf(terms_));
  std::vector<std::vector<uint32_t>> by_part;
  for (const CollectionPart& part : parts.parts) {
    std::set<uint32_t> asking;
    for (const ReadReport::Slot& slot : part.slots) {
      asking.insert(by_slot[slot.slot].begin(), by_slot[slot.slot].end());
    }
    by_part.emplace_back(asking.begin(), asking.end());
  }
  auto found = Probe(parts, probes_, by_part, query_, patience_);
  if (!found.ok()) return found.status();
  answer = *std::move(found);
  return absl::OkStatus();
}

absl::StatusOr<JoinAnswer> Probe(const CollectionReader& collection,
                                 absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                 const JoinTerms& terms, const Patience& patience) {
  ProbeRead read(probes, query, terms, patience);
  if (absl::Status s = collection.Ask(read, {}, patience); !s.ok()) return s;
  return std::move(read.answer);
}

}  // namespace spoor
