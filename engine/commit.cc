#include <algorithm>
#include <cstdlib>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "engine/engine_impl.h"
#include "engine/segment/sketch.h"
#include "engine/store/home_key.h"

namespace spoor {
namespace {

// One WriteBatch takes at most this many records, so that nobody waits long for its neighbours.
constexpr size_t kMaxGroupRecords = 4096;
// How far a followed position may move on without a change before the store is told: what is lost
// of it in a crash is read from the log again.
constexpr uint64_t kMaxUnsaved = 1 << 16;
// How old what the store says of LogPart::whole_as_of_ms may be while nothing changes: far below
// the absence after which a store is of no use, and a write as rare as that costs nothing.
constexpr int64_t kMaxUnsavedMs = int64_t{10} * 60 * 1000;

size_t Records(const Task& task) {
  if (const auto* w = std::get_if<WriteTask>(&task)) return w->batch.size();
  if (const auto* d = std::get_if<DeleteTask>(&task)) return d->items.size();
  if (const auto* f = std::get_if<FollowTask>(&task)) return f->part.changes.size();
  return 0;
}

}  // namespace

// A group of tasks on its way to one WriteBatch.  What it changes shows only after Commit.
class CommitGroup {
 public:
  explicit CommitGroup(Engine::Impl& engine)
      : e_(engine),
        position_(engine.position_),
        followed_(engine.followed_.next),
        whole_ms_(engine.followed_.time_ms) {}

  absl::Status LookUp(const std::vector<Task>& tasks);
  absl::StatusOr<WriteResult> Add(WriteTask& task);
  absl::StatusOr<WriteResult> Add(const DeleteTask& task);
  absl::StatusOr<WriteResult> Add(FollowTask& task);
  absl::Status Commit();
  void Apply();  // to the index, after Commit
  void TellChanges() const;
  // Whether readers will see anything new.
  bool moves() const { return position_ != e_.position_ || followed_ != e_.followed_.next; }

 private:
  absl::StatusOr<bool> Unchanged(const PreparedRecord& record, const IdEntry& old) const;
  void ChooseParams();
  void Drop(const std::string& id, const IdEntry& old);
  // A record takes its place, at the next position; version 0: that position.
  void Place(const std::shared_ptr<PreparedRecord>& record, std::optional<IdEntry>& entry,
             uint64_t version);
  // What was there goes.
  void Erase(const std::string& id, std::optional<IdEntry>& entry, uint64_t version);

  Engine::Impl& e_;
  Store::Batch batch_;
  uint64_t position_;
  std::vector<uint64_t> followed_;
  int64_t whole_ms_;  // LogPart::whole_as_of_ms
  struct ChangeNote {
    std::string id;
    uint64_t version;
    std::optional<RecordPlace> before, after;
    PreparedRecord* record;  // null: it is gone
  };
  std::vector<ChangeNote> told_;                                  // for on_change
  absl::flat_hash_map<std::string, std::optional<IdEntry>> ids_;  // as of here in the group
  absl::flat_hash_map<std::string, PreparedRecord*> fresh_;       // written by this group, alive
  std::vector<std::pair<uint64_t, std::string>> gone_;  // (home, id) of what was alive before it
  LostIds found_;                                       // replaced or deleted, that were lost
};

absl::Status CommitGroup::LookUp(const std::vector<Task>& tasks) {
  for (const Task& task : tasks) {
    if (const auto* w = std::get_if<WriteTask>(&task)) {
      for (const auto& r : w->batch) ids_[r->trajectory.id.value()];
    } else if (const auto* d = std::get_if<DeleteTask>(&task)) {
      for (const auto& item : d->items) ids_[item.id];
    } else if (const auto* f = std::get_if<FollowTask>(&task)) {
      for (const auto& change : f->part.changes) ids_[change.id];
    }
  }
  std::vector<std::string> keys;
  keys.reserve(ids_.size());
  for (const auto& [id, entry] : ids_) keys.push_back(id);
  std::sort(keys.begin(), keys.end());
  absl::Status decoded;
  absl::Status read =
      e_.store_->MultiGet(Family::kIds, keys, nullptr, [&](size_t i, absl::string_view value) {
        const auto entry = DecodeIdEntry(value);
        decoded.Update(entry.status());
        if (entry.ok()) ids_[keys[i]] = *entry;
      });
  read.Update(decoded);
  return read;
}

namespace {

// Whether it is what an earlier version wrote of the same record.
bool SameInNewestForm(const PreparedRecord& record, absl::string_view payload) {
  auto stored = DecodePayload(payload);
  if (!stored.ok() || stored->fixes != record.trajectory.fixes) return false;
  const Trajectory before{.id = record.trajectory.id,
                          .object = std::move(stored->object),
                          .tags = std::move(stored->tags),
                          .fixes = std::move(stored->fixes)};
  return EncodePayload(before, stored->summary) == record.payload;
}

}  // namespace

absl::StatusOr<bool> CommitGroup::Unchanged(const PreparedRecord& record,
                                            const IdEntry& old) const {
  const std::string& id = record.trajectory.id.value();
  if (const auto it = fresh_.find(id); it != fresh_.end()) {
    return it->second->payload == record.payload;
  }
  if (old.home != record.home) return false;
  const auto value = e_.store_->Get(Family::kRecords, RecordKey(old.home, id), nullptr);
  // What cannot be read any more is replaced: that is what mends it.
  if (absl::IsDataLoss(e_.Told(value.status()))) return false;
  if (!value.ok()) return value.status();
  const std::string bytes = value->value_or("");
  const auto payload = RecordPayload(bytes);
  if (!payload.ok()) return payload.status();
  return *payload == record.payload || SameInNewestForm(record, *payload);
}

// The index entry of the record that was alive goes; in the group itself it never becomes one.
void CommitGroup::Drop(const std::string& id, const IdEntry& old) {
  if (fresh_.erase(id) == 0) gone_.emplace_back(old.home, id);
  if (e_.lost_.contains(id)) found_.insert(id);
}

void CommitGroup::ChooseParams() {
  e_.manifest_.params = AutoParams();
  e_.manifest_.auto_params = true;
  e_.manifest_.generation = 1;
  e_.manifest_.fingerprint_version = kFingerprintVersion;
  e_.has_params_ = true;
  batch_.Put(Family::kMeta, kManifestKey, EncodeManifest(e_.manifest_));
}

void CommitGroup::Place(const std::shared_ptr<PreparedRecord>& record,
                        std::optional<IdEntry>& entry, uint64_t version) {
  const std::string& id = record->trajectory.id.value();
  ++position_;
  if (version == 0) version = position_;
  JournalLine line{
      .position = position_, .version = version, .insert = true, .home = record->home, .id = id};
  if (entry.has_value()) {
    line.old_home = entry->home;
    if (entry->home != record->home) batch_.Delete(Family::kRecords, RecordKey(entry->home, id));
    Drop(id, *entry);
  }
  entry = IdEntry{.home = record->home, .position = version};
  batch_.Put(Family::kRecords, RecordKey(record->home, id), RecordValue(version, record->payload));
  batch_.Put(Family::kIds, id, EncodeIdEntry(*entry));
  batch_.Put(Family::kJournal, JournalKey(position_), EncodeJournalLine(line));
  fresh_[id] = record.get();
}

void CommitGroup::Erase(const std::string& id, std::optional<IdEntry>& entry, uint64_t version) {
  ++position_;
  if (version == 0) version = position_;
  batch_.Delete(Family::kRecords, RecordKey(entry->home, id));
  batch_.Delete(Family::kIds, id);
  batch_.Put(Family::kJournal, JournalKey(position_),
             EncodeJournalLine(
                 {.position = position_, .version = version, .home = entry->home, .id = id}));
  Drop(id, *entry);
  entry.reset();
}

absl::StatusOr<WriteResult> CommitGroup::Add(WriteTask& task) {
  WriteResult result;
  if (e_.follows()) return absl::FailedPreconditionError("the collection follows a log");
  if (task.only_if) {
    const std::optional<IdEntry>& entry = ids_[task.batch[0]->trajectory.id.value()];
    result.refused = *task.only_if != (entry ? entry->position : 0);
    if (result.refused) return result;
  }
  if (!e_.has_params_ && !task.batch.empty()) ChooseParams();
  for (auto& record : task.batch) {
    std::optional<IdEntry>& entry = ids_[record->trajectory.id.value()];
    result.existed.push_back(entry.has_value() ? 1 : 0);
    if (entry.has_value()) {
      const auto unchanged = Unchanged(*record, *entry);
      if (!unchanged.ok()) return unchanged.status();
      ++(*unchanged ? result.unchanged : result.replaced);
      if (*unchanged) continue;
    } else {
      ++result.inserted;
    }
    Place(record, entry, 0);
  }
  if (task.only_if) result.version = ids_[task.batch[0]->trajectory.id.value()]->position;
  return result;
}

absl::StatusOr<WriteResult> CommitGroup::Add(const DeleteTask& task) {
  WriteResult result;
  if (e_.follows()) return absl::FailedPreconditionError("the collection follows a log");
  for (const DeleteTask::Item& item : task.items) {
    std::optional<IdEntry>& entry = ids_[item.id];
    if (!entry.has_value() || (item.version != 0 && entry->position != item.version)) continue;
    ++result.deleted;
    Erase(item.id, entry, 0);
  }
  return result;
}

absl::StatusOr<WriteResult> CommitGroup::Add(FollowTask& task) {
  LogPosition now{.log_id = e_.header_.log_id, .next = followed_};
  if (!now.Includes(task.part.from)) {
    return absl::FailedPreconditionError("a part of another log, or one that leaves a gap");
  }
  const auto place = [](const std::optional<IdEntry>& entry) {
    return entry ? std::optional(RecordPlace{entry->home, entry->position}) : std::nullopt;
  };
  WriteResult result;
  for (const LogChange& change : task.part.changes) {
    std::optional<IdEntry>& entry = ids_[change.id];
    const auto before = place(entry);
    if (before && before->version >= change.version) continue;  // came again
    if (!before && change.record == nullptr) continue;
    if (change.record != nullptr) {
      ++(before ? result.replaced : result.inserted);
      Place(change.record, entry, change.version);
    } else {
      ++result.deleted;
      Erase(change.id, entry, change.version);
    }
    if (e_.options_.on_change) {
      told_.push_back({change.id, change.version, before, place(entry), change.record.get()});
    }
  }
  now.Raise(task.part.after);
  followed_ = std::move(now.next);
  if (task.part.whole_as_of_ms != 0) whole_ms_ = task.part.whole_as_of_ms;
  return result;
}

absl::Status CommitGroup::Commit() {
  const uint64_t total = LogPosition{.next = followed_}.total();
  const bool changes = position_ != e_.position_;
  const bool is_heard_of = std::abs(whole_ms_ - e_.followed_.time_ms) < kMaxUnsavedMs;
  if (!changes && is_heard_of && total < e_.saved_total_ + kMaxUnsaved) return absl::OkStatus();
  if (changes) batch_.Put(Family::kMeta, kPositionKey, EncodePosition(position_));
  if (!found_.empty()) {
    LostIds left = e_.lost_;
    for (const std::string& id : found_) left.erase(id);
    batch_.Put(Family::kMeta, kLostKey, EncodeLost(left));
  }
  if (!e_.follows()) return e_.store_->Commit(std::move(batch_), Store::kSynced);
  batch_.Put(Family::kMeta, kFollowedKey,
             EncodeFollowed({.next = followed_, .time_ms = whole_ms_}));
  e_.saved_total_ = total;
  e_.followed_.time_ms = whole_ms_;
  // The log has it all: what a loss of power takes from the store is read there again.
  return e_.store_->Commit(std::move(batch_), Store::kUnsynced);
}

void CommitGroup::TellChanges() const {
  if (told_.empty()) return;
  std::vector<EngineChange> changes;
  for (const ChangeNote& t : told_) {
    EngineChange change{.id = t.id, .version = t.version, .before = t.before, .after = t.after};
    const auto fresh = fresh_.find(t.id);
    if (t.record != nullptr && fresh != fresh_.end() && fresh->second == t.record) {
      change.fixes = t.record->trajectory.fixes;
      change.geodabs = t.record->fingerprint.geodabs;
    }
    changes.push_back(change);
  }
  e_.options_.on_change(changes);
}

void CommitGroup::Apply() {
  for (const auto& [home, id] : gone_) e_.Remove(e_.segments_, home, id, UINT64_MAX);
  for (const std::string& id : found_) e_.lost_.erase(id);
  if (e_.gone_meanwhile_) {
    e_.gone_meanwhile_->insert(e_.gone_meanwhile_->end(), gone_.begin(), gone_.end());
  }
  std::vector<SegmentEntry> entries;
  entries.reserve(fresh_.size());
  for (const auto& [id, record] : fresh_) {
    if (record->generation != e_.manifest_.generation) {
      record->fingerprint = MakeFingerprint(record->trajectory.view(), e_.manifest_.params);
      record->generation = e_.manifest_.generation;
    }
    entries.push_back({.home = record->home,
                       .id = id,
                       .object = record->trajectory.object,
                       .version = ids_[id]->position,
                       .summary = &record->summary,
                       .outline = OutlineOf(record->trajectory.view(), record->summary.box),
                       .sketch = record->sketch,
                       .tags = &record->trajectory.tags,
                       .fingerprint = &record->fingerprint});
  }
  if (!entries.empty()) e_.AddMemorySegment(e_.segments_, entries);
  e_.position_ = position_;
  e_.followed_.next = followed_;
  TellChanges();
}

std::unique_ptr<PreparedRecord> Engine::Impl::PrepareOne(PackedTrajectory packed,
                                                         const std::optional<IndexParams>& params,
                                                         uint64_t generation) {
  auto out = std::make_unique<PreparedRecord>();
  const TrajectoryView fixes = packed.trajectory.view();
  out->summary = packed.summary;
  out->sketch = SketchOf(fixes);
  out->home = HomeKey(fixes, packed.trajectory.id.value());
  out->payload = std::move(packed.payload);
  if (params) {
    out->fingerprint = MakeFingerprint(fixes, *params);
    out->generation = generation;
  }
  out->trajectory = std::move(packed.trajectory);
  return out;
}

void Engine::Impl::CommitterLoop() {
  const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(queue_mu_) {
    return !queue_.empty() || closing_;
  };
  for (;;) {
    std::vector<Task> group;
    std::optional<CallTask> call;
    {
      MutexLock lock(queue_mu_);
      queued_.Wait(queue_mu_, has_work);
      if (queue_.empty()) return;
      for (size_t records = 0; !queue_.empty() && records < kMaxGroupRecords;) {
        if (std::holds_alternative<CallTask>(queue_.front())) break;
        records += Records(queue_.front());
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      if (group.empty()) {
        call = std::get<CallTask>(std::move(queue_.front()));
        queue_.pop_front();
      }
    }
    if (call) call->call();
    if (!group.empty()) CommitTasks(std::move(group));
  }
}

namespace {

// What a task adds to its group, and how it is answered; calls are in no group.
template <typename T>
absl::StatusOr<WriteResult> AddTo(CommitGroup& group, T& task) {
  return group.Add(task);
}
absl::StatusOr<WriteResult> AddTo(CommitGroup&, CallTask&) { return WriteResult(); }

template <typename T>
void Answer(T& task, const absl::Status& status, WriteResult result) {
  status.ok() ? task.done(std::move(result)) : task.done(status);
}
void Answer(CallTask&, const absl::Status&, WriteResult) {}

}  // namespace

// While the disk is short of room only deletions go on.
void Engine::Impl::RefuseWithoutRoom(std::vector<Task>& tasks) {
  const absl::Status room = writes() ? disk_.Check() : absl::OkStatus();
  disk_full_ = !room.ok();
  if (room.ok()) return;
  WriteResult nothing;
  std::vector<Task> left;
  for (Task& task : tasks) {
    if (std::holds_alternative<DeleteTask>(task)) {
      left.push_back(std::move(task));
    } else {
      std::visit([&](auto& refused) { Answer(refused, room, nothing); }, task);
    }
  }
  tasks = std::move(left);
}

// For these tasks; the store is opened anew where it was opened, or has failed, for want of room.
absl::Status Engine::Impl::CheckRoom() {
  if (disk_full_) {
    if (absl::Status s = disk_.CheckDelete(); !s.ok()) return s;
  }
  if (absl::Status s = Reopen(); !s.ok()) return s;
  return CheckWrites();
}

void Engine::Impl::CommitTasks(std::vector<Task> tasks) {
  RefuseWithoutRoom(tasks);
  if (tasks.empty()) return;
  absl::Status status = CheckRoom();
  const bool had_params = has_params_;
  CommitGroup group(*this);
  std::vector<WriteResult> results(tasks.size());
  if (status.ok()) status = group.LookUp(tasks);
  for (size_t i = 0; i < tasks.size() && status.ok(); ++i) {
    auto added = std::visit([&](auto& task) { return AddTo(group, task); }, tasks[i]);
    status = added.status();
    if (added.ok()) results[i] = *std::move(added);
  }
  if (status.ok()) status = group.Commit();
  disk_full_ = disk_full_ || absl::IsResourceExhausted(status);
  if (status.ok() && group.moves()) {
    group.Apply();
    MergeSmall(segments_);
    CountMemory();
    Publish();
    SealWhereLate();
    MutexLock lock(queue_mu_);
    ++commits_;
    committed_.NotifyAll();
  }
  if (!status.ok()) has_params_ = had_params;
  if (store_->failed()) LeaveFailedStore(group);
  for (size_t i = 0; i < tasks.size(); ++i) {
    results[i].position = follows() ? LogPosition{.next = followed_.next}.total() : position_;
    std::visit([&](auto& task) { Answer(task, status, std::move(results[i])); }, tasks[i]);
  }
}

// A write that failed may be in the log of the store all the same: the handle that tells from the
// log what there is takes the place of the one that failed.
void Engine::Impl::LeaveFailedStore(const CommitGroup& group) {
  const uint64_t position = position_;
  if (!ExchangeStore(Access::kRead).ok()) return;  // tried again with the next write
  if (position_ != position) group.TellChanges();
}

absl::Status Engine::Impl::CheckWrites() const {
  if (!writes()) {
    return absl::FailedPreconditionError(absl::StrCat(path_, " was opened for reading only"));
  }
  if (store_->writable()) return absl::OkStatus();
  return absl::ResourceExhaustedError("disk full: the store can only be read until there is room");
}

void Engine::Impl::Publish() {
  const auto gone = [this](void*) {
    MutexLock lock(view_mu_);
    --views_;
    published_.NotifyAll();
  };
  auto v = std::make_shared<View>();
  v->reader = std::shared_ptr<void>(this, gone);
  if (has_params_) v->params = manifest_.params;
  v->generation = manifest_.generation;
  v->log.log_id = header_.log_id;
  v->log.next = follows() ? followed_.next : std::vector<uint64_t>{position_};
  v->lost = lost_.size();
  for (const LiveSegment& s : segments_) {
    if (s.damaged) {
      v->mending += s.view.live();
      continue;
    }
    v->segments.push_back(s.view);
    v->uids.push_back(s.uid);
    v->memory_segments += s.file == 0 ? 1 : 0;
  }
  v->snapshot = store_->TakeSnapshot();
  ViewPtr before;  // goes when the mutex is free
  MutexLock lock(view_mu_);
  ++views_;
  before = std::exchange(view_, std::move(v));
  published_.NotifyAll();
}

}  // namespace spoor
