#include "router/reads/get.h"

#include <algorithm>
#include <utility>

#include "engine/store/home_key.h"
#include "router/reads/merge.h"

namespace spoor {
namespace {

// So many ids are looked for at their homes at most: more are everywhere.
constexpr size_t kAimed = 16;

// The slots where all of the ids were at home; none, where that is not known.
AskedSlots KnownSlots(const Routed& routed, const std::vector<TrajectoryId>& ids) {
  AskedSlots out;
  const Placement& placement = routed.routing().placement;
  if (placement.slots() == 1 || ids.size() > kAimed) return out;
  std::vector<HomeRange> homes;
  for (const TrajectoryId& id : ids) {
    const auto home = routed.homes().Find(id.value());
    if (!home) return out;
    homes.push_back({*home, *home});
  }
  for (const uint32_t slot : SlotsOfHomes(placement, HomeSet(std::move(homes)))) {
    out.slots.push_back({.slot = slot, .why = AskedFor::kHome, .answered = false});
  }
  out.pruned = placement.slots() - static_cast<uint32_t>(out.slots.size());
  return out;
}

}  // namespace

absl::StatusOr<Read<FoundRecords>> Get(const Parts& parts, const std::vector<TrajectoryId>& ids,
                                       const Patience& patience) {
  Rounds rounds(parts);
  auto answers = rounds.AskAll(GetQuestion{.ids = ids}, patience);
  if (!answers.ok()) return answers.status();
  std::optional<LogPosition> seen;
  std::vector<FoundRecords> found;
  for (const GetAnswer& answer : Present(*std::move(answers))) {
    auto records = Decode(answer.records, ids);
    if (!records.ok()) return absl::InternalError(records.status().message());
    found.push_back(*std::move(records));
    rounds.AddDamaged(answer.records.damaged);
    seen = seen ? SeenByBoth(*seen, answer.seen) : answer.seen;
  }
  Read<FoundRecords> out{.answer = MergeFound(std::move(found), ids.size()),
                         .report = rounds.Report()};
  out.report.seen = seen.value_or(LogPosition());
  return out;
}

absl::StatusOr<Read<FoundRecords>> GetRead::Of(const AskedSlots& asked,
                                               const Routed& routed) const {
  auto found = Get(routed.PartsFor(asked, ReadKind::kGet, terms_), ids, patience_);
  if (found.ok()) AddPruned(asked, found->report);
  return found;
}

absl::Status GetRead::By(const Routed& routed) {
  uint32_t before = 0;
  if (const AskedSlots known = KnownSlots(routed, ids); !known.slots.empty()) {
    auto found = Of(known, routed);
    if (CurrentEpoch(found.status())) return found.status();
    const bool all = found.ok() && std::all_of(found->answer.begin(), found->answer.end(),
                                               [](const auto& one) { return one.has_value(); });
    if (all) {
      read = *std::move(found);
      return absl::OkStatus();
    }
    before = 1;
  }
  auto found = Of(AllSlots(routed.routing().placement), routed);
  if (!found.ok()) return found.status();
  read = *std::move(found);
  read.report.rounds += before;
  if (ids.size() > kAimed || routed.routing().placement.slots() == 1) return absl::OkStatus();
  for (const auto& one : read.answer) {
    if (!one) continue;
    const Trajectory& t = one->trajectory;
    routed.homes().Note(t.id.value(), HomeKey(t.view(), t.id.value()));
  }
  return absl::OkStatus();
}

absl::StatusOr<Read<FoundRecords>> Get(const CollectionReader& collection,
                                       absl::Span<const TrajectoryId> ids, const ReadTerms& terms,
                                       const Patience& patience) {
  GetRead read({ids.begin(), ids.end()}, terms, patience);
  if (absl::Status s = collection.Ask(read, terms, patience); !s.ok()) return s;
  return std::move(read.read);
}

}  // namespace spoor
