#include "engine/engine.h"

#include <algorithm>
#include <cstdio>
#include <future>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"
#include "engine/store/record_scan.h"
#include "engine/store/unfinished.h"

namespace spoor {

uint64_t NextSegmentUid() {
  static std::atomic<uint64_t> next = 1;
  return next.fetch_add(1);
}

std::string SegmentFilePath(absl::string_view path, uint64_t file) {
  char name[32];
  std::snprintf(name, sizeof name, "%012llu.seg", static_cast<unsigned long long>(file));
  return absl::StrCat(path, "/segments/", name);
}

namespace {

// For deletions on a full disk: some thousand need so much.
uint64_t ReserveFor(const EngineOptions& options) {
  return std::min<uint64_t>(options.min_free_disk_bytes / 8, uint64_t{4} << 20);
}

}  // namespace

Engine::Impl::Impl(std::string path, EngineOptions options)
    : path_(std::move(path)),
      options_(std::move(options)),
      memory_(options_.memory != nullptr ? options_.memory
                                         : std::make_shared<Memory>(options_.memory_bytes)),
      disk_(path_, options_.min_free_disk_bytes, follows() ? 0 : ReserveFor(options_)),
      damage_(options_.on_damage) {}

void Engine::Impl::Start() {
  committer_ = std::thread([this] { CommitterLoop(); });
  if (options_.background && writes()) maintainer_ = std::thread([this] { MaintainerLoop(); });
}

Engine::Impl::~Impl() {
  *ending_ = true;
  if (committer_.joinable()) {
    {
      MutexLock lock(queue_mu_);
      stopping_ = true;
    }
    committed_.NotifyAll();
    if (maintainer_.joinable()) maintainer_.join();
    // So that the next start has nothing to replay.
    if (options_.background && writes()) Seal().IgnoreError();
    {
      MutexLock lock(queue_mu_);
      closing_ = true;
    }
    queued_.NotifyAll();
    committer_.join();
    // Likewise; what matters is in the log already.
    if (store_->writable() && disk_.Check().ok()) store_->Flush().IgnoreError();
  }
  memory_->segment_bytes() -= counted_memory_;
  ViewPtr last;  // goes before the store it reads from, and when the mutex is free
  MutexLock lock(view_mu_);
  last = std::move(view_);
}

ViewPtr Engine::Impl::view() const {
  MutexLock lock(view_mu_);
  const auto there = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(view_mu_) { return view_ != nullptr; };
  published_.Wait(view_mu_, there);
  return view_;
}

void Engine::Impl::Post(Task task) {
  MutexLock lock(queue_mu_);
  queue_.push_back(std::move(task));
  queued_.NotifyAll();
}

void Engine::Impl::RunOnCommitter(const std::function<void()>& call) {
  std::promise<void> ran;
  Post(CallTask{[&] {
    call();
    ran.set_value();
  }});
  ran.get_future().wait();
}

std::string Engine::Impl::SegmentPath(uint64_t file) const { return SegmentFilePath(path_, file); }

FetchGeometry Engine::Impl::Fetcher(const View& view, Unreadable* unreadable) const {
  return [this, &view, unreadable](
             absl::Span<const SegmentOrdinal> places) -> absl::StatusOr<std::vector<GeometryPtr>> {
    std::vector<GeometryPtr> out(places.size());
    std::vector<std::string> keys;
    std::vector<size_t> missing;
    for (size_t i = 0; i < places.size(); ++i) {
      const auto [s, ordinal] = places[i];
      out[i] = memory_->geometry().Find(view.uids[s], ordinal);
      if (out[i] != nullptr) continue;
      const Segment& segment = *view.segments[s].segment;
      keys.push_back(RecordKey(segment.home(ordinal), segment.id(ordinal)));
      missing.push_back(i);
    }
    absl::Status decoded;
    const absl::Status read = store_->MultiGet(
        Family::kRecords, keys, view.snapshot.get(), [&](size_t k, absl::string_view value) {
          auto geometry = std::make_shared<Geometry>();
          const absl::Status good = DecodeRecordFixes(value, geometry->fixes);
          decoded.Update(good);
          if (good.ok()) out[missing[k]] = std::move(geometry);
        });
    if (!read.ok() && !absl::IsDataLoss(read)) return read;
    Told(read).IgnoreError();
    Told(decoded).IgnoreError();
    for (size_t i : missing) {
      if (out[i] != nullptr) {
        memory_->geometry().Insert(view.uids[places[i].segment], places[i].ordinal, out[i]);
      } else if (unreadable != nullptr) {
        unreadable->insert(places[i]);
      } else {
        return absl::DataLossError("damaged store: an indexed record cannot be read");
      }
    }
    return out;
  };
}

namespace {

// The bytes of a record, and where it is; nothing when there is none, or not in these homes.
struct RawRecord {
  uint64_t home = 0;
  std::string value;
};
absl::StatusOr<std::optional<RawRecord>> ReadRaw(const Store& store, const TrajectoryId& id,
                                                 const HomeSet& homes,
                                                 const Store::Snapshot* snapshot) {
  const auto entry_bytes = store.Get(Family::kIds, id.value(), snapshot);
  if (!entry_bytes.ok()) return entry_bytes.status();
  if (!entry_bytes->has_value()) return std::nullopt;
  const auto entry = DecodeIdEntry(**entry_bytes);
  if (!entry.ok()) return entry.status();
  if (!homes.Contains(entry->home)) return std::nullopt;
  auto value = store.Get(Family::kRecords, RecordKey(entry->home, id.value()), snapshot);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return absl::DataLossError("damaged store: a record is missing");
  return RawRecord{.home = entry->home, .value = **std::move(value)};
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

}  // namespace

absl::StatusOr<std::optional<Engine::Found>> Engine::Impl::Read(const TrajectoryId& id,
                                                                const View& view) const {
  const auto raw = ReadRaw(*store_, id, HomeSet::All(), view.snapshot.get());
  if (!raw.ok()) return Told(raw.status());
  if (!raw->has_value()) return std::nullopt;
  auto record = DecodeRecord((*raw)->value);
  if (!record.ok()) return Told(record.status());
  Found found{.trajectory = {.id = id,
                             .object = std::move(record->object),
                             .tags = std::move(record->tags),
                             .fixes = std::move(record->fixes)},
              .version = record->position,
              .geodabs = GeodabsOf(id, (*raw)->home, record->position, view)};
  return std::optional<Found>(std::move(found));
}

absl::StatusOr<std::optional<Engine::Stored>> Engine::Impl::ReadStored(const TrajectoryId& id,
                                                                       const HomeSet& homes,
                                                                       const View& view) const {
  const auto raw = ReadRaw(*store_, id, homes, view.snapshot.get());
  if (!raw.ok()) return Told(raw.status());
  if (!raw->has_value()) return std::nullopt;
  const auto payload = RecordPayload((*raw)->value);
  const auto version = RecordPosition((*raw)->value);
  if (!payload.ok()) return Told(payload.status());
  if (!version.ok()) return Told(version.status());
  return std::optional<Stored>({.version = *version,
                                .geodabs = GeodabsOf(id, (*raw)->home, *version, view),
                                .value = LogValueOf(*payload)});
}

absl::StatusOr<std::vector<Trajectory>> Engine::Impl::Sample(size_t n, uint64_t seed,
                                                             const Patience& patience) const {
  const uint64_t max_bytes = 2 * memory_->work_budget();
  const ViewPtr v = view();
  // The ids with the least hashes: the same sample however the records lie in segments.
  using Drawn = std::pair<uint64_t, absl::string_view>;
  std::vector<Drawn> ids;  // a heap, the greatest hash on top
  for (const SegmentView& s : v->segments) {
    for (uint32_t o = 0; o < s.segment->size() && n > 0; ++o) {
      if (s.deleted != nullptr && s.deleted->Contains(o)) continue;
      const absl::string_view id = s.segment->id(o);
      const Drawn drawn{StableHash(absl::StrCat(seed, "/", id)), id};
      if (ids.size() == n && ids.front() < drawn) continue;
      if (ids.size() == n) std::pop_heap(ids.begin(), ids.end()), ids.pop_back();
      ids.push_back(drawn);
      std::push_heap(ids.begin(), ids.end());
    }
  }
  std::sort_heap(ids.begin(), ids.end());
  std::vector<Trajectory> out;
  uint64_t bytes = 0;
  for (const auto& [hash, id] : ids) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    auto found = Read(TrajectoryId(std::string(id)), *v);
    if (absl::IsDataLoss(found.status()) && !follows()) continue;
    if (!found.ok()) return found.status();
    if (!found->has_value()) continue;
    bytes += (*found)->trajectory.fixes.size() * sizeof(Fix);
    if (bytes > max_bytes && !out.empty()) break;
    out.push_back(std::move((*found)->trajectory));
  }
  return out;
}

absl::Status Engine::Impl::WaitFor(const LogPosition& position, const Patience& patience) const {
  constexpr std::chrono::milliseconds kGlance(20);  // between two looks at the patience
  if (view()->log.log_id != position.log_id) {
    return absl::FailedPreconditionError("the position is of another log");
  }
  MutexLock lock(view_mu_);
  const auto reached = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(view_mu_) {
    return view_ != nullptr && view_->log.Includes(position);
  };
  for (;;) {
    if (reached()) return absl::OkStatus();
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    published_.WaitFor(view_mu_, kGlance, reached);
  }
}

absl::Status Engine::Impl::Visit(const std::function<void()>& begin,
                                 const std::function<void(const EngineChange&)>& visit,
                                 const Patience& patience) {
  ViewPtr v;
  RunOnCommitter([&] {
    begin();
    v = view();
  });
  return Told(ScanRecords(*store_, v->snapshot.get(), {.patience = &patience},
                          [&](const PackedRecord& packed) -> absl::StatusOr<bool> {
                            const auto record = packed.Decode();
                            if (!record.ok()) return record.status();
                            const Fingerprint fingerprint =
                                MakeFingerprint(record->fixes, *v->params);
                            visit({.id = packed.id,
                                   .version = record->position,
                                   .after = RecordPlace{packed.home, record->position},
                                   .fixes = record->fixes,
                                   .geodabs = fingerprint.geodabs});
                            return true;
                          }));
}

EngineStats Engine::Impl::Stats(const HomeSet& homes) const {
  const ViewPtr v = view();
  EngineStats out;
  out.position = v->log.total();
  out.log = v->log;
  out.followed_ms = followed_at_start_ms_;
  out.generation = v->generation;
  out.params = v->params;
  out.segments = static_cast<uint32_t>(v->segments.size());
  out.memory_segments = v->memory_segments;
  out.disk_bytes = store_->DiskBytes();
  out.reindexing = reindexing_;
  out.reindex_progress = reindex_progress_;
  out.disk_full = disk_full_;
  out.rebuilt = rebuilt_;
  out.damages = damage_.count();
  out.left_out = v->left_out();
  for (const SegmentView& s : v->segments) {
    (s.segment->mapped() ? out.mapped_bytes : out.memory_bytes) += s.segment->bytes();
    for (uint32_t o = 0; o < s.segment->size(); ++o) {
      if (s.deleted != nullptr && s.deleted->Contains(o)) continue;
      if (!homes.Contains(s.segment->home(o))) continue;
      ++out.trajectories;
      const Summary summary = s.segment->summary(o);
      out.fixes += summary.fixes;
      out.geodabs += s.segment->forward(o).size();
      out.extent = out.extent ? out.extent->Union(summary.box) : summary.box;
    }
  }
  out.disk_bytes += out.mapped_bytes;
  return out;
}

Engine::Engine(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Memory& Engine::memory() const { return impl_->memory(); }
Engine::~Engine() = default;

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(const std::string& path,
                                                     const EngineOptions& options) {
  const bool create = options.access == Access::kCreate;
  absl::Status status = create ? BeginStore(path) : absl::OkStatus();
  const bool begun = create && IsUnfinished(path);
  auto impl = std::make_unique<Impl>(path, options);
  if (status.ok()) status = impl->Recover();
  if (status.ok() && create) status = FinishStore(path);
  if (!status.ok()) {
    impl = nullptr;
    if (begun) RemoveUnfinished(path);
    return status;
  }
  try {
    impl->Start();
  } catch (const std::system_error& e) {
    return absl::UnavailableError(absl::StrCat("cannot start a thread: ", e.what()));
  }
  return std::unique_ptr<Engine>(new Engine(std::move(impl)));
}

PreparedBatch Engine::Prepare(std::vector<Trajectory> batch) const {
  std::vector<PackedTrajectory> packed;
  packed.reserve(batch.size());
  for (Trajectory& t : batch) {
    const Summary summary = Summarise(t.view());
    std::string payload = EncodePayload(t, summary);
    packed.push_back({std::move(t), summary, std::move(payload)});
  }
  return PreparePacked(std::move(packed));
}

PreparedBatch Engine::PreparePacked(std::vector<PackedTrajectory> batch) const {
  const ViewPtr v = impl_->view();
  PreparedBatch out;
  out.reserve(batch.size());
  for (PackedTrajectory& t : batch) {
    out.push_back(Impl::PrepareOne(std::move(t), v->params, v->generation));
  }
  return out;
}

void Engine::Write(PreparedBatch batch, WriteDone done) {
  impl_->Post(WriteTask{std::move(batch), std::move(done)});
}

void Engine::WriteIf(std::shared_ptr<PreparedRecord> record, uint64_t version, WriteDone done) {
  impl_->Post(WriteTask{{std::move(record)}, std::move(done), version});
}

namespace {

// Turns a call with a callback into one that waits.
template <typename Start>
absl::StatusOr<WriteResult> Wait(Start start) {
  std::promise<absl::StatusOr<WriteResult>> promise;
  start([&](absl::StatusOr<WriteResult> r) { promise.set_value(std::move(r)); });
  return promise.get_future().get();
}

}  // namespace

absl::StatusOr<WriteResult> Engine::Write(PreparedBatch batch) {
  return Wait([&](WriteDone done) { Write(std::move(batch), std::move(done)); });
}

absl::StatusOr<WriteResult> Engine::Write(std::vector<Trajectory> batch) {
  return Write(Prepare(std::move(batch)));
}

absl::StatusOr<WriteResult> Engine::Delete(std::vector<TrajectoryId> ids) {
  DeleteTask task;
  for (TrajectoryId& id : ids) task.items.push_back({.id = id.value()});
  return Wait([&](WriteDone done) {
    task.done = std::move(done);
    impl_->Post(std::move(task));
  });
}

void Engine::Delete(std::vector<Deletion> items, WriteDone done) {
  DeleteTask task{.items = {}, .done = std::move(done)};
  for (Deletion& item : items) task.items.push_back({item.id.value(), item.version});
  impl_->Post(std::move(task));
}

void Engine::Follow(LogPart part, WriteDone done) {
  impl_->Post(FollowTask{std::move(part), std::move(done)});
}

absl::StatusOr<WriteResult> Engine::Follow(LogPart part) {
  return Wait([&](WriteDone done) { Follow(std::move(part), std::move(done)); });
}

absl::Status Engine::SetNote(absl::string_view note) {
  absl::Status status;
  impl_->RunOnCommitter([&] {
    Store::Batch batch;
    batch.Put(Family::kMeta, kNoteKey, note);
    status = impl_->store().Commit(std::move(batch));
  });
  return status;
}

absl::StatusOr<std::string> Engine::Note() const {
  const ViewPtr v = impl_->view();  // who holds one keeps the store
  auto note = impl_->store().Get(Family::kMeta, kNoteKey, nullptr);
  if (!note.ok()) return note.status();
  return note->value_or("");
}

LogPosition Engine::position() const { return impl_->view()->log; }

absl::Status Engine::WaitFor(const LogPosition& position, const Patience& patience) const {
  return impl_->WaitFor(position, patience);
}

absl::Status Engine::Visit(const std::function<void()>& begin,
                           const std::function<void(const EngineChange&)>& visit,
                           const Patience& patience) const {
  return impl_->Visit(begin, visit, patience);
}

namespace {

// OK when the view has everything that is stored.
absl::Status WholeOrWhy(const View& view) {
  if (view.lost > 0) return absl::DataLossError(absl::StrCat(view.lost, " records are unreadable"));
  return view.mending == 0
             ? absl::OkStatus()
             : absl::UnavailableError("a damaged part of the index is being made anew");
}

}  // namespace

absl::StatusOr<WriteResult> Engine::DeleteWhere(const Filter& filter, const Patience& patience) {
  const ViewPtr v = impl_->view();
  WriteResult total{.position = v->log.total()};
  if (!v->params) return total;
  if (absl::Status s = WholeOrWhy(*v); !s.ok()) return s;
  const SearchContext context{v->segments, &*v->params, impl_->Fetcher(*v, nullptr), &patience};
  RangeQuery page{.filter = filter, .limit = 10'000};
  for (bool more = true; more;) {
    auto found = RangeSegments(context, page);
    if (!found.ok()) return found.status();
    DeleteTask task;
    for (size_t i = 0; i < found->ids.size(); ++i) {  // as it was when it met the filter
      task.items.push_back({.id = found->ids[i].value(), .version = found->versions[i]});
    }
    more = found->more;
    if (more) page.after_id = found->ids.back().value();
    if (task.items.empty()) break;
    const auto written = Wait([&](WriteDone done) {
      task.done = std::move(done);
      impl_->Post(std::move(task));
    });
    if (!written.ok()) return written.status();
    total.deleted += written->deleted;
    total.position = written->position;
  }
  return total;
}

template <typename Answer, typename Ask>
absl::StatusOr<Answer> Engine::OnView(const absl::StatusOr<Answer>& nothing_stored,
                                      const Patience& patience, Ask ask) const {
  constexpr bool kCanSay = requires(Answer a) { a.damaged; };
  const bool spares = kCanSay && !impl_->follows();
  for (;;) {
    const ViewPtr v = impl_->view();
    if (absl::Status s = WholeOrWhy(*v); !s.ok() && !spares) return s;
    absl::StatusOr<Answer> answer = nothing_stored;
    Unreadable unreadable;
    if (v->params) {
      answer = ask(SearchContext{v->segments, &*v->params,
                                 impl_->Fetcher(*v, spares ? &unreadable : nullptr), &patience});
    }
    if (impl_->Condemns(*v)) continue;  // the next view does without what was damaged
    if (!answer.ok()) return answer;
    answer->position = v->log.total();
    if constexpr (kCanSay) answer->damaged = v->left_out() + unreadable.size();
    if constexpr (requires(Answer a) { a.damaged, a.exact; }) {
      answer->exact = answer->exact && answer->damaged == 0;
    }
    return answer;
  }
}

absl::StatusOr<SearchAnswer> Engine::Search(const Query& query, const Patience& patience) const {
  return OnView<SearchAnswer>(SearchAnswer(), patience, [&](const SearchContext& context) {
    return SearchSegments(context, query);
  });
}

absl::StatusOr<Shortlist> Engine::Propose(const Query& query, const Patience& patience) const {
  return OnView<Shortlist>(Shortlist(), patience, [&](const SearchContext& context) {
    return ProposeSegments(context, query);
  });
}

absl::StatusOr<SearchAnswer> Engine::Refine(const Query& query, absl::Span<const Hit> chosen,
                                            const Patience& patience) const {
  return OnView<SearchAnswer>(
      absl::AbortedError("the collection is empty: start over"), patience,
      [&](const SearchContext& context) { return RefineChosen(context, query, chosen); });
}

absl::StatusOr<RangeAnswer> Engine::Range(const RangeQuery& query, const Patience& patience) const {
  return OnView<RangeAnswer>(RangeAnswer(), patience, [&](const SearchContext& context) {
    return RangeSegments(context, query);
  });
}

absl::StatusOr<WalkAnswer> Engine::Walk(const WalkQuery& query, const Patience& patience) const {
  return impl_->Walk(query, patience);
}
absl::StatusOr<WalkAnswer> Engine::Walk(const WalkQuery& query, const WalkVisit& visit,
                                        const Patience& patience) const {
  return impl_->Walk(query, visit, patience);
}

absl::StatusOr<JoinAnswer> Engine::Probe(absl::Span<const JoinProbe> probes, const JoinQuery& query,
                                         const Patience& patience) const {
  return OnView<JoinAnswer>(JoinAnswer(), patience, [&](const SearchContext& context) {
    return ProbeSegments(context, probes, query);
  });
}

absl::StatusOr<Engine::Found> Engine::Get(const TrajectoryId& id) const {
  auto found = Get(absl::MakeConstSpan(&id, 1));
  if (!found.ok()) return found.status();
  if (!found->front().has_value()) {
    return absl::NotFoundError(absl::StrCat("no trajectory with id '", id.value(), "'"));
  }
  return *std::move(found->front());
}

absl::StatusOr<std::vector<std::optional<Engine::Found>>> Engine::Get(
    absl::Span<const TrajectoryId> ids) const {
  const ViewPtr v = impl_->view();
  std::vector<std::optional<Found>> out;
  out.reserve(ids.size());
  for (const TrajectoryId& id : ids) {
    auto found = impl_->Read(id, *v);
    if (!found.ok()) return found.status();
    out.push_back(*std::move(found));
  }
  return out;
}

absl::StatusOr<Engine::StoredRecords> Engine::GetStored(absl::Span<const TrajectoryId> ids,
                                                        const HomeSet& homes) const {
  const ViewPtr v = impl_->view();
  StoredRecords out;
  out.found.reserve(ids.size());
  for (const TrajectoryId& id : ids) {
    auto stored = impl_->ReadStored(id, homes, *v);
    const bool damaged = absl::IsDataLoss(stored.status()) && !impl_->follows();
    if (!stored.ok() && !damaged) return stored.status();
    out.damaged += damaged ? 1 : 0;
    out.found.push_back(damaged ? std::nullopt : *std::move(stored));
  }
  return out;
}

absl::StatusOr<std::vector<Trajectory>> Engine::Sample(size_t n, uint64_t seed,
                                                       const Patience& patience) const {
  return impl_->Sample(n, seed, patience);
}

absl::Status Engine::Reindex(const IndexParams& params, const Patience& patience,
                             const std::function<void(double)>& progress) {
  return impl_->Reindex(params, patience, progress);
}

absl::Status Engine::Seal() { return impl_->Seal(); }

absl::Status Engine::Compact() {
  if (absl::Status s = impl_->Seal(); !s.ok()) return s;
  return impl_->Merge(2, /*all=*/true);
}

absl::Status Engine::Scrub() { return impl_->Scrub(); }
bool Engine::records_damaged() const { return impl_->records_damaged(); }

StoreFigures Engine::storage() const {
  const ViewPtr in_use = impl_->view();  // the store is not exchanged meanwhile
  return impl_->store().Figures();
}
std::optional<IndexParams> Engine::params() const { return impl_->params(); }
int64_t Engine::followed_ms() const { return impl_->followed_ms(); }
EngineStats Engine::Stats(const HomeSet& homes) const { return impl_->Stats(homes); }

}  // namespace spoor
