#include "router/reads/similar.h"

#include <utility>

#include "engine/store/home_key.h"
#include "router/reads/far_homes.h"
#include "router/reads/get.h"
#include "router/reads/merge.h"
#include "shard/questions/propose.h"
#include "shard/questions/refine.h"
#include "shard/questions/similar.h"

namespace spoor {
namespace {

// How often a search whose candidates change under it starts anew.
constexpr int kTries = 5;
// Hits whose homes are remembered, so that a search by their ids finds them at once.
constexpr size_t kRemembered = 100;

using Clock = std::chrono::steady_clock;

SearchAnswer Merged(std::vector<std::optional<SearchAnswer>> answers, const Query& query) {
  return query.rerank ? MergeByDistance(Present(std::move(answers)), query.k)
                      : MergeByScore(Present(std::move(answers)), query.k);
}

Read<SearchAnswer> Reported(SearchAnswer answer, const Rounds& rounds) {
  answer.exact = answer.exact && rounds.complete();
  return {.answer = std::move(answer), .report = rounds.Report()};
}

// Adds what it took before to what it took now.
void AddBefore(const Read<SearchAnswer>& before, Read<SearchAnswer>& now) {
  Add(now.answer.cost, before.answer.cost);
  now.report.rounds += before.report.rounds;
}

absl::StatusOr<Read<SearchAnswer>> InOneRound(const Parts& parts, const Query& query,
                                              const Patience& patience) {
  Rounds rounds(parts);
  auto answers = rounds.AskAll(SimilarQuestion{.query = query}, patience);
  if (!answers.ok()) return answers.status();
  return Reported(Merged(*std::move(answers), query), rounds);
}

using Answers = absl::StatusOr<std::vector<std::optional<SearchAnswer>>>;

// The second of two rounds: of those who proposed, that they search all they have...
Answers SearchAll(const std::vector<size_t>& proposers, const Query& query, Rounds& rounds,
                  const Patience& patience) {
  std::vector<std::optional<SimilarQuestion>> questions(rounds.parts());
  for (const size_t part : proposers) {
    questions[part].emplace();
    questions[part]->query = query;
    questions[part]->query.exact = true;
  }
  return rounds.Ask(std::move(questions), patience);
}

// ...or measure what was chosen of their own.
Answers RefineThose(const std::vector<size_t>& proposers, Chosen& chosen, const Query& query,
                    Rounds& rounds, const Patience& patience) {
  std::vector<std::optional<RefineQuestion>> questions(rounds.parts());
  for (size_t p = 0; p < proposers.size(); ++p) {
    if (chosen.parts[p].empty()) continue;
    questions[proposers[p]] = {.query = query, .chosen = std::move(chosen.parts[p])};
  }
  return rounds.Ask(std::move(questions), patience);
}

absl::StatusOr<Read<SearchAnswer>> InTwoRounds(const Parts& parts, const Query& query,
                                               const Patience& patience) {
  Rounds rounds(parts);
  auto proposals = rounds.AskAll(ProposeQuestion{.query = query}, patience);
  if (!proposals.ok()) return proposals.status();
  std::vector<size_t> proposers;
  for (size_t i = 0; i < rounds.parts(); ++i) {
    if ((*proposals)[i]) proposers.push_back(i);
  }
  Chosen chosen = ChooseCandidates(Present(*std::move(proposals)), query.rerank->candidates);
  const bool few = query.elsewhere + chosen.live <= query.exact_within();
  Answers answers = few ? SearchAll(proposers, query, rounds, patience)
                        : RefineThose(proposers, chosen, query, rounds, patience);
  if (!answers.ok()) return answers.status();
  SearchAnswer answer = Merged(*std::move(answers), query);
  if (!few) {
    answer.exact = chosen.all && answer.damaged == 0;
    answer.position = chosen.position;
  }
  SearchCost cost = chosen.cost;
  Add(cost, answer.cost);
  answer.cost = cost;
  return Reported(std::move(answer), rounds);
}

absl::StatusOr<Read<SearchAnswer>> NearestFirst(const Parts& parts, const Query& query,
                                                const Patience& patience) {
  const uint64_t home = HomeKey(query.fixes, "");
  const size_t count = parts.parts.size();
  Rounds rounds(parts);
  std::optional<double> cutoff = query.max_distance_m;
  std::vector<std::optional<SimilarQuestion>> first(count), others(count);
  std::vector<uint8_t> is_first(count);
  for (size_t i = 0; i < count && !cutoff; ++i) {
    if (!parts.parts[i].homes.Contains(home)) continue;
    first[i] = {.query = query};
    is_first[i] = 1;
  }
  auto nearest = rounds.Ask(std::move(first), patience);
  if (!nearest.ok()) return nearest.status();
  const SearchAnswer near = Merged(*nearest, query);
  if (near.hits.size() >= query.k) cutoff = near.hits[query.k - 1].distance_m;
  FarHomes far(query);
  for (size_t i = 0; i < count; ++i) {
    if (is_first[i] != 0) continue;
    if (cutoff && !far.MayHold(parts.parts[i].homes, *cutoff)) {
      rounds.LeaveOut(i);
      continue;
    }
    // What is as far as the k-th may still come before it, by its id: the bound is inclusive.
    others[i] = {.query = query};
    if (cutoff) others[i]->query.max_distance_m = *cutoff;
  }
  auto rest = rounds.Ask(std::move(others), patience);
  if (!rest.ok()) return rest.status();
  for (auto& answer : *rest) nearest->push_back(std::move(answer));
  Read<SearchAnswer> read = Reported(Merged(*std::move(nearest), query), rounds);
  if (near.hits.size() < query.k || read.answer.hits.size() >= query.k) return read;
  // A hit that bounded the others had moved to one of them, in a newer version.
  auto again = InOneRound(parts, query, patience);
  if (again.ok()) AddBefore(read, *again);
  return again;
}

// Nodes of a version that did not show hits, and hits with more fixes than fit, are asked for their
// records.  One that has changed since is shown without.
absl::Status ShowMissing(const Routed& routed, const Query& query, const ReadTerms& terms,
                         const Patience& patience, Read<SearchAnswer>& read) {
  std::vector<Hit*> missing;
  for (Hit& hit : read.answer.hits) {
    const bool shown = hit.shown && (!query.show->geometry || !hit.shown->fixes.empty());
    if (!shown) missing.push_back(&hit);
  }
  for (size_t at = 0; at < missing.size(); at += kShownAtOnce) {
    const auto some = absl::MakeSpan(missing).subspan(at, kShownAtOnce);
    GetRead get({}, terms, patience);
    for (const Hit* hit : some) get.ids.push_back(hit->id);
    if (absl::Status s = get.By(routed); !s.ok()) return s;
    read.report.rounds += get.read.report.rounds;
    for (size_t i = 0; i < some.size(); ++i) {
      const auto& found = get.read.answer[i];
      if (found && found->version == some[i]->version)
        some[i]->shown = ShownOf(*found, *query.show);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Read<SearchAnswer>> Search(const Parts& parts, const Query& query,
                                          const Patience& patience) {
  if (parts.parts.size() == 1 || !query.rerank) return InOneRound(parts, query, patience);
  if (query.exact_within() == UINT64_MAX) return NearestFirst(parts, query, patience);
  absl::StatusOr<Read<SearchAnswer>> answer = absl::AbortedError("");
  for (int i = 0; i < kTries && absl::IsAborted(answer.status()); ++i) {
    answer = InTwoRounds(parts, query, patience);
  }
  return answer;
}

absl::StatusOr<Read<SearchAnswer>> SimilarRead::Of(const AskedSlots& asked,
                                                   const Routed& routed) const {
  const ReadKind kind = query_.exact_within() == UINT64_MAX ? ReadKind::kExact : ReadKind::kSimilar;
  Query here = query_;
  here.elsewhere = asked.pruned_live;
  auto found = Search(routed.PartsFor(asked, kind, terms_), here, patience_);
  if (found.ok()) AddPruned(asked, found->report);
  return found;
}

absl::Status SimilarRead::By(const Routed& routed) {
  const AskedSlots asked = SlotsFor(routed.routing(), query_, terms_, Clock::now());
  auto found = Of(asked, routed);
  if (found.ok() && query_.rerank && asked.more_may_pass && found->answer.exact) {
    // All that passes the filter was measured, but for what slots may have that were left out for
    // their geodabs: one process would have looked at these few, too.
    const RangeQuery passing{.filter = query_.filter, .after_id = ""};
    auto whole = Of(SlotsFor(routed.routing(), passing, terms_, Clock::now()), routed);
    if (whole.ok()) AddBefore(*found, *whole);
    found = std::move(whole);
  }
  if (!found.ok()) return found.status();
  read = *std::move(found);
  if (!query_.show) return absl::OkStatus();
  if (absl::Status s = ShowMissing(routed, query_, terms_, patience_, read); !s.ok()) return s;
  if (routed.routing().placement.slots() == 1) return absl::OkStatus();
  for (size_t i = 0; i < std::min(read.answer.hits.size(), kRemembered); ++i) {
    const Hit& hit = read.answer.hits[i];
    if (hit.shown) routed.homes().Note(hit.id.value(), hit.shown->home);
  }
  return absl::OkStatus();
}

absl::StatusOr<Read<SearchAnswer>> Search(const CollectionReader& collection, const Query& query,
                                          const ReadTerms& terms, const Patience& patience) {
  SimilarRead read(query, terms, patience);
  if (absl::Status s = collection.Ask(read, terms, patience); !s.ok()) return s;
  return std::move(read.read);
}

}  // namespace spoor
