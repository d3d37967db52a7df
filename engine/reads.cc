#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/reader.h"
#include "engine/search/search.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"

namespace spoor {

EngineReader::EngineReader(Engine::Impl& impl, std::shared_ptr<const View> view)
    : impl_(&impl), view_(std::move(view)) {}

LogPosition EngineReader::position() const { return view_->log; }
bool EngineReader::Stands() const { return !impl_->Condemns(*view_); }

EngineReader Engine::Read() const { return {*impl_, impl_->view()}; }

absl::Status WholeOrWhy(const View& view) {
  if (view.lost > 0) return absl::DataLossError(absl::StrCat(view.lost, " records are unreadable"));
  return view.mending == 0
             ? absl::OkStatus()
             : absl::UnavailableError("a damaged part of the index is being made anew");
}

// What the functions on a reader work with.
class ReaderParts {
 public:
  explicit ReaderParts(const EngineReader& reader) : impl(*reader.impl_), view(*reader.view_) {}
  ReaderParts(const Engine::Impl& of, const View& at) : impl(of), view(at) {}
  const Engine::Impl& impl;
  const View& view;
};

namespace {

// Asks the view, whose position the answer then has; `nothing_stored` while there are no records.
template <typename Answer, typename Ask>
absl::StatusOr<Answer> OnView(const ReaderParts& parts,
                              const absl::StatusOr<Answer>& nothing_stored,
                              const Patience& patience, Ask ask) {
  constexpr bool kCanSay = requires(Answer a) { a.damaged; };
  const bool spares = kCanSay && !parts.impl.follows();
  const View& v = parts.view;
  if (absl::Status s = WholeOrWhy(v); !s.ok() && !spares) return s;
  absl::StatusOr<Answer> answer = nothing_stored;
  Unreadable unreadable;
  if (v.params) {
    answer = ask(SearchContext{v.segments, &*v.params,
                               parts.impl.Fetcher(v, spares ? &unreadable : nullptr), &patience});
  }
  if (!answer.ok()) return answer;
  answer->position = v.log.total();
  if constexpr (kCanSay) answer->damaged = v.left_out() + unreadable.size();
  if constexpr (requires(Answer a) { a.damaged, a.exact; }) {
    answer->exact = answer->exact && answer->damaged == 0;
  }
  return answer;
}

uint32_t GeodabsOf(const TrajectoryId& id, uint64_t home, uint64_t version, const View& view) {
  for (const SegmentView& s : view.segments) {
    const auto ordinal = s.segment->Find(home, id.value());
    if (ordinal.has_value() && s.segment->version(*ordinal) == version) {
      return static_cast<uint32_t>(s.segment->forward(*ordinal).size());
    }
  }
  return 0;
}

// Where the ids live, in these homes; one that cannot be read is an error of its own.
using Homes = std::vector<absl::StatusOr<std::optional<uint64_t>>>;
absl::StatusOr<Homes> HomesOfIds(const ReaderParts& parts, absl::Span<const TrajectoryId> ids,
                                 const HomeSet& within) {
  std::vector<std::string> keys;
  keys.reserve(ids.size());
  for (const TrajectoryId& id : ids) keys.push_back(id.value());
  Homes homes(ids.size(), std::optional<uint64_t>());
  std::vector<uint8_t> visited(ids.size());
  const auto take = [&](size_t i, absl::string_view value) {
    visited[i] = 1;
    const auto entry = DecodeIdEntry(value);
    if (!entry.ok()) {
      homes[i] = entry.status();
    } else if (within.Contains(entry->home)) {
      homes[i] = std::optional<uint64_t>(entry->home);
    }
  };
  const Store& store = parts.impl.store();
  const Store::Snapshot* const snapshot = parts.view.snapshot.get();
  const absl::Status read = store.MultiGet(Family::kIds, keys, snapshot, take);
  if (read.ok()) return homes;
  if (!absl::IsDataLoss(read)) return read;
  for (size_t i = 0; i < ids.size(); ++i) {  // which of them is it?
    if (visited[i] != 0) continue;
    const auto value = store.Get(Family::kIds, keys[i], snapshot);
    if (!value.ok()) {
      homes[i] = value.status();
    } else if (value->has_value()) {
      take(i, **value);
    }
  }
  return homes;
}

// Reads the records of the ids, those that live in these homes, and calls take(i, home, bytes) for
// each; returns for each what is wrong with it.  Errors: of the store as a whole.
template <typename Take>
absl::StatusOr<std::vector<absl::Status>> ReadRecords(const ReaderParts& parts,
                                                      absl::Span<const TrajectoryId> ids,
                                                      const HomeSet& within, Take take) {
  const auto homes = HomesOfIds(parts, ids, within);
  if (!homes.ok()) return homes.status();
  std::vector<absl::Status> wrong(ids.size());
  std::vector<std::string> keys;
  std::vector<size_t> asked;
  for (size_t i = 0; i < ids.size(); ++i) {
    wrong[i] = (*homes)[i].status();
    if (!wrong[i].ok() || !(*homes)[i]->has_value()) continue;
    keys.push_back(RecordKey(**(*homes)[i], ids[i].value()));
    asked.push_back(i);
    wrong[i] = absl::DataLossError("damaged store: a record cannot be read");
  }
  const absl::Status read = parts.impl.store().MultiGet(
      Family::kRecords, keys, parts.view.snapshot.get(), [&](size_t k, absl::string_view value) {
        const size_t i = asked[k];
        wrong[i] = take(i, **(*homes)[i], value);
      });
  if (!read.ok() && !absl::IsDataLoss(read)) return read;
  for (const absl::Status& status : wrong) parts.impl.Told(status).IgnoreError();
  return wrong;
}

// Reads the records of what is shown, and adds the fixes, in whole records at most kFixesAtOnce of
// them, where they are asked for.  What cannot be read is no longer shown, or is an error.
absl::Status ShowFixes(const ReaderParts& parts, absl::Span<const std::string> keys,
                       const Show& show, absl::Span<std::optional<ShownRecord>* const> shown) {
  uint64_t fixes = 0;
  std::vector<uint8_t> sound(keys.size());
  absl::Status decoded;
  const absl::Status read = parts.impl.store().MultiGet(
      Family::kRecords, keys, parts.view.snapshot.get(), [&](size_t i, absl::string_view value) {
        auto record = DecodeRecord(value);
        decoded.Update(record.status());
        if (!record.ok()) return;
        sound[i] = 1;
        if (!show.geometry || fixes + record->fixes.size() > kFixesAtOnce) return;
        fixes += record->fixes.size();
        (*shown[i])->fixes = std::move(record->fixes);
      });
  for (size_t i = 0; i < keys.size(); ++i) {
    if (sound[i] == 0) *shown[i] = std::nullopt;
  }
  const absl::Status status = parts.impl.Told(read.ok() ? decoded : read);
  return absl::IsDataLoss(status) && !parts.impl.follows() ? absl::OkStatus() : status;
}

absl::StatusOr<SearchAnswer> WithFixes(const ReaderParts& parts, const Query& query,
                                       absl::StatusOr<SearchAnswer> answer) {
  if (!answer.ok() || !query.show || !query.show->geometry) return answer;
  std::vector<std::string> keys;
  std::vector<std::optional<ShownRecord>*> shown;
  for (Hit& hit : answer->hits) {
    if (!hit.shown) continue;
    keys.push_back(RecordKey(hit.shown->home, hit.id.value()));
    shown.push_back(&hit.shown);
  }
  if (absl::Status s = ShowFixes(parts, keys, *query.show, shown); !s.ok()) return s;
  return answer;
}

absl::StatusOr<std::vector<std::optional<Engine::Found>>> FoundIn(
    const ReaderParts& parts, absl::Span<const TrajectoryId> ids) {
  std::vector<std::optional<Engine::Found>> out(ids.size());
  const auto wrong =
      ReadRecords(parts, ids, HomeSet::All(),
                  [&](size_t i, uint64_t home, absl::string_view value) -> absl::Status {
                    auto record = DecodeRecord(value);
                    if (!record.ok()) return record.status();
                    out[i] = {.trajectory = {.id = ids[i],
                                             .object = std::move(record->object),
                                             .tags = std::move(record->tags),
                                             .fixes = std::move(record->fixes)},
                              .version = record->position,
                              .geodabs = GeodabsOf(ids[i], home, record->position, parts.view)};
                    return absl::OkStatus();
                  });
  if (!wrong.ok()) return wrong.status();
  for (const absl::Status& status : *wrong) {
    if (!status.ok()) return status;
  }
  return out;
}

}  // namespace

absl::StatusOr<std::optional<Engine::Found>> Engine::Impl::Read(const TrajectoryId& id,
                                                                const View& view) const {
  auto found = FoundIn({*this, view}, absl::MakeConstSpan(&id, 1));
  if (!found.ok()) return found.status();
  return std::move(found->front());
}

absl::StatusOr<SearchAnswer> Search(const EngineReader& reader, const Query& query,
                                    const Patience& patience) {
  const ReaderParts parts(reader);
  return WithFixes(parts, query,
                   OnView<SearchAnswer>(parts, SearchAnswer(), patience, [&](const auto& context) {
                     return SearchSegments(context, query);
                   }));
}

absl::StatusOr<Shortlist> Propose(const EngineReader& reader, const Query& query,
                                  const Patience& patience) {
  return OnView<Shortlist>(ReaderParts(reader), Shortlist(), patience,
                           [&](const auto& context) { return ProposeSegments(context, query); });
}

absl::StatusOr<SearchAnswer> Refine(const EngineReader& reader, const Query& query,
                                    absl::Span<const Hit> chosen, const Patience& patience) {
  const ReaderParts parts(reader);
  return WithFixes(parts, query,
                   OnView<SearchAnswer>(
                       parts, absl::AbortedError("the collection is empty: start over"), patience,
                       [&](const auto& context) { return RefineChosen(context, query, chosen); }));
}

absl::StatusOr<RangeAnswer> Range(const EngineReader& reader, const RangeQuery& query,
                                  const Patience& patience) {
  const ReaderParts parts(reader);
  auto answer = OnView<RangeAnswer>(parts, RangeAnswer(), patience, [&](const auto& context) {
    return RangeSegments(context, query);
  });
  if (!answer.ok() || !query.show) return answer;
  // A list is one of records: also without their fixes it says which of them cannot be read.
  std::vector<std::string> keys;
  std::vector<std::optional<ShownRecord>*> shown;
  for (size_t i = 0; i < answer->ids.size(); ++i) {
    shown.push_back(&answer->shown[i]);
    keys.push_back(RecordKey((*shown.back())->home, answer->ids[i].value()));
  }
  if (absl::Status s = ShowFixes(parts, keys, *query.show, shown); !s.ok()) return s;
  return answer;
}

absl::StatusOr<WalkAnswer> Walk(const EngineReader& reader, const WalkQuery& query,
                                const Patience& patience) {
  const ReaderParts parts(reader);
  return parts.impl.Walk(query, parts.view, patience);
}

absl::StatusOr<WalkAnswer> Walk(const EngineReader& reader, const WalkQuery& query,
                                const WalkVisit& visit, const Patience& patience) {
  const ReaderParts parts(reader);
  return parts.impl.Walk(query, parts.view, visit, patience);
}

absl::StatusOr<JoinAnswer> Probe(const EngineReader& reader, absl::Span<const JoinProbe> probes,
                                 const JoinQuery& query, const Patience& patience) {
  return OnView<JoinAnswer>(ReaderParts(reader), JoinAnswer(), patience, [&](const auto& context) {
    return ProbeSegments(context, probes, query);
  });
}

absl::StatusOr<FollowAnswer> Follow(const EngineReader& reader, const FollowQuery& query,
                                    const Patience& patience) {
  return OnView<FollowAnswer>(ReaderParts(reader), FollowAnswer(), patience,
                              [&](const auto& context) { return FollowSegments(context, query); });
}

absl::StatusOr<RunAnswer> CountRuns(const EngineReader& reader, const RunQuery& query,
                                    const Patience& patience) {
  return OnView<RunAnswer>(ReaderParts(reader), RunAnswer(), patience,
                           [&](const auto& context) { return CountRuns(context, query); });
}

absl::StatusOr<RunSamples> SampleRuns(const EngineReader& reader, const RunSampleQuery& query,
                                      const Patience& patience) {
  return OnView<RunSamples>(ReaderParts(reader), RunSamples(), patience,
                            [&](const auto& context) { return SampleRuns(context, query); });
}

absl::StatusOr<std::vector<std::optional<Engine::Found>>> Get(const EngineReader& reader,
                                                              absl::Span<const TrajectoryId> ids) {
  return FoundIn(ReaderParts(reader), ids);
}

absl::StatusOr<Engine::StoredRecords> GetStored(const EngineReader& reader,
                                                absl::Span<const TrajectoryId> ids,
                                                const HomeSet& homes) {
  const ReaderParts parts(reader);
  Engine::StoredRecords out;
  out.found.resize(ids.size());
  const auto wrong = ReadRecords(
      parts, ids, homes, [&](size_t i, uint64_t home, absl::string_view value) -> absl::Status {
        const auto payload = RecordPayload(value);
        if (!payload.ok()) return payload.status();
        const auto version = RecordPosition(value);
        if (!version.ok()) return version.status();
        out.found[i] = {.version = *version,
                        .geodabs = GeodabsOf(ids[i], home, *version, parts.view),
                        .value = LogValueOf(*payload)};
        return absl::OkStatus();
      });
  if (!wrong.ok()) return wrong.status();
  for (const absl::Status& status : *wrong) {
    if (status.ok()) continue;
    if (!absl::IsDataLoss(status) || parts.impl.follows()) return status;
    ++out.damaged;
  }
  return out;
}

ShownRecord ShownOf(const Engine::Found& found, const Show& show) {
  const Trajectory& t = found.trajectory;
  ShownRecord out{.home = HomeKey(t.view(), t.id.value()),
                  .object = t.object,
                  .summary = {},
                  .geodabs = 0,
                  .tags = {},
                  .fixes = {}};
  if (show.tags) out.tags = t.tags;
  if (show.geometry) out.fixes = t.fixes;
  if (!show.summary) return out;
  out.summary = Summarise(t.view());
  out.geodabs = found.geodabs;
  return out;
}

absl::StatusOr<SearchAnswer> Engine::Search(const Query& query, const Patience& patience) const {
  return AskNewest(*this, [&](const EngineReader& r) { return spoor::Search(r, query, patience); });
}
absl::StatusOr<Shortlist> Engine::Propose(const Query& query, const Patience& patience) const {
  return AskNewest(*this,
                   [&](const EngineReader& r) { return spoor::Propose(r, query, patience); });
}
absl::StatusOr<SearchAnswer> Engine::Refine(const Query& query, absl::Span<const Hit> chosen,
                                            const Patience& patience) const {
  return AskNewest(
      *this, [&](const EngineReader& r) { return spoor::Refine(r, query, chosen, patience); });
}
absl::StatusOr<RangeAnswer> Engine::Range(const RangeQuery& query, const Patience& patience) const {
  return AskNewest(*this, [&](const EngineReader& r) { return spoor::Range(r, query, patience); });
}
absl::StatusOr<WalkAnswer> Engine::Walk(const WalkQuery& query, const Patience& patience) const {
  return spoor::Walk(Read(), query, patience);
}
absl::StatusOr<JoinAnswer> Engine::Probe(absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                         const Patience& patience) const {
  return AskNewest(*this,
                   [&](const EngineReader& r) { return spoor::Probe(r, probes, query, patience); });
}
absl::StatusOr<std::vector<std::optional<Engine::Found>>> Engine::Get(
    absl::Span<const TrajectoryId> ids) const {
  return spoor::Get(Read(), ids);
}
absl::StatusOr<Engine::StoredRecords> Engine::GetStored(absl::Span<const TrajectoryId> ids,
                                                        const HomeSet& homes) const {
  return spoor::GetStored(Read(), ids, homes);
}

absl::StatusOr<Engine::Found> Engine::Get(const TrajectoryId& id) const {
  auto found = Get(absl::MakeConstSpan(&id, 1));
  if (!found.ok()) return found.status();
  if (!found->front().has_value()) {
    return absl::NotFoundError(absl::StrCat("no trajectory with id '", id.value(), "'"));
  }
  return *std::move(found->front());
}

}  // namespace spoor
