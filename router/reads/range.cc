#include "router/reads/range.h"

#include <utility>

#include "router/reads/merge.h"
#include "shard/questions/range.h"

namespace spoor {

absl::StatusOr<Read<RangeAnswer>> Range(const Parts& parts, const RangeQuery& query,
                                        const Patience& patience) {
  Rounds rounds(parts);
  auto answers = rounds.AskAll(RangeQuestion{.query = query}, patience);
  if (!answers.ok()) return answers.status();
  return Read<RangeAnswer>{.answer = MergeRanges(Present(*std::move(answers)), query.limit),
                           .report = rounds.Report()};
}

absl::Status RangeRead::By(const Routed& routed) {
  const AskedSlots asked =
      SlotsFor(routed.routing(), query_, terms_, std::chrono::steady_clock::now());
  auto found = Range(routed.PartsFor(asked, ReadKind::kRange, terms_), query_, patience_);
  if (!found.ok()) return found.status();
  AddPruned(asked, found->report);
  read = *std::move(found);
  return absl::OkStatus();
}

absl::StatusOr<Read<RangeAnswer>> Range(const CollectionReader& collection, const RangeQuery& query,
                                        const ReadTerms& terms, const Patience& patience) {
  RangeRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, terms, patience); !s.ok()) return s;
  return std::move(read.read);
}

}  // namespace spoor
