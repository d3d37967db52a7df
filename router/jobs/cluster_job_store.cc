#include "router/jobs/cluster_job_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/store/home_key.h"
#include "router/jobs/result_runs.h"

namespace spoor {
namespace {

// Of several who change a record, one wins; nobody loses so often in a row.
constexpr int kTries = 20;
constexpr std::chrono::milliseconds kStepEvery{500};
// In the place of the record of a job that was removed.
constexpr absl::string_view kRemovedMark = "spoorjx1";
// Not below what processes list as the cluster's: jobs change every second.
constexpr absl::string_view kRoot = "/spoor-jobs/";

std::string RootOf(const std::string& cluster) { return absl::StrCat(kRoot, cluster, "/"); }
std::string RecordsPrefix(const std::string& cluster) { return RootOf(cluster) + "records/"; }
std::string DriversPrefix(const std::string& cluster) { return RootOf(cluster) + "drivers/"; }

absl::Status NoJob(const JobId& id) {
  return absl::NotFoundError(absl::StrCat("no job '", id.value(), "'"));
}

absl::Status NotItsDriver(const JobId& id) {
  return absl::AbortedError(absl::StrCat("another process drives job '", id.value(), "'"));
}

// What the caller may not be able to tell apart is one thing to him: nobody knows.
absl::Status MetaError(const absl::Status& status) {
  if (!absl::IsDeadlineExceeded(status) && !absl::IsCancelled(status) &&
      !absl::IsUnavailable(status)) {
    return status;
  }
  return absl::UnavailableError(
      absl::StrCat("the store of metadata, which keeps jobs, cannot be asked: ", status.message()));
}

// What an ended job has fulfilled is wished no more.
JobWish WishAfter(const JobRecord& record, JobWish wish) {
  return IsOver(record.state) && wish != JobWish::kRemove ? JobWish::kNone : wish;
}

std::string UniqueName(const std::string& name) {
  return absl::StrCat(name, "/", absl::Hex(RandomWriter(), absl::kZeroPad16));
}

}  // namespace

LogName ClusterJobStore::LogOf(const JobId& id) {
  return {.collection = absl::StrCat("job.", id.value()), .id = StableHash(id.value()) | 1};
}

ClusterJobStore::ClusterJobStore(ClusterJobStoreOptions options, MetaStore& meta, LogStore& logs)
    : options_(std::move(options)),
      driver_(UniqueName(options_.name)),
      meta_(meta),
      logs_(logs),
      drivers_(meta, {.prefix = DriversPrefix(options_.cluster),
                      .driver = driver_,
                      .ttl = options_.ttl,
                      .now = options_.now}),
      readers_(logs, {.now = options_.now}),
      next_sweep_(options_.now()) {
  if (options_.own_thread) thread_ = std::thread([this] { Run(); });
}

ClusterJobStore::~ClusterJobStore() {
  watch_.reset();
  {
    const MutexLock lock(mu_);
    *ending_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

Patience ClusterJobStore::Limit(std::chrono::milliseconds limit) const {
  return {.deadline = std::chrono::steady_clock::now() + limit, .cancelled = ending_};
}

std::string ClusterJobStore::KeyOf(const JobId& id) const {
  return RecordsPrefix(options_.cluster) + id.value();
}

absl::StatusOr<ClusterJobStore::There> ClusterJobStore::ReadThere(const JobId& id,
                                                                  const Patience& patience) {
  const auto value = meta_.Get(KeyOf(id), patience);
  if (!value.ok()) return MetaError(value.status());
  There there{.record = NoJob(id)};
  if (!value->has_value()) return there;
  there.revision = (*value)->revision;
  there.removed = (*value)->value == kRemovedMark;
  if (!there.removed) there.record = DecodeJobRecord((*value)->value);
  return there;
}

absl::StatusOr<uint64_t> ClusterJobStore::Put(const JobRecord& record, uint64_t revision,
                                              const Patience& patience) {
  std::string bytes = EncodeJobRecord(record);
  if (bytes.size() > options_.max_record_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("the record of the job has ", bytes.size(),
                                                   " bytes, allowed: ", options_.max_record_bytes,
                                                   ": ask for less"));
  }
  return meta_.Put({KeyOf(record.id), std::move(bytes), revision}, 0, patience);
}

absl::StatusOr<ClusterJobStore::Changed> ClusterJobStore::Change(
    const JobId& id, const std::function<void(JobRecord&)>& change, const Patience& patience) {
  for (int i = 0; i < kTries; ++i) {
    auto there = ReadThere(id, patience);
    if (!there.ok()) return there.status();
    if (!there->record.ok()) return there->record.status();
    change(*there->record);
    const auto put = Put(*there->record, there->revision, patience);
    if (put.ok()) return Changed{.record = *std::move(there->record), .revision = *put};
    if (!absl::IsAborted(put.status())) return MetaError(put.status());
  }
  return absl::UnavailableError(absl::StrCat("others change job '", id.value(), "' all the time"));
}

// One that runs and has no driver waits for one.
void ClusterJobStore::ShowDriverless(bool is_driven, absl::StatusOr<JobRecord>& record) {
  if (!is_driven && record.ok() && record->state == JobState::kRunning) {
    record->state = JobState::kQueued;
  }
}

absl::StatusOr<std::vector<JobStore::Listed>> ClusterJobStore::List() {
  const std::string records = RecordsPrefix(options_.cluster);
  const std::string drivers = DriversPrefix(options_.cluster);
  auto listing = meta_.List(RootOf(options_.cluster), Limit(options_.meta_limit));
  if (!listing.ok()) return MetaError(listing.status());
  WriteBackEnded(listing->values);
  std::set<absl::string_view> driven;
  for (const MetaValue& value : listing->values) {
    absl::string_view id = value.key;
    if (absl::ConsumePrefix(&id, drivers)) driven.insert(id);
  }
  std::vector<Listed> out;
  for (const MetaValue& value : listing->values) {
    absl::string_view id = value.key;
    if (!absl::ConsumePrefix(&id, records) || value.value == kRemovedMark) continue;
    out.push_back({JobId(std::string(id)), DecodeJobRecord(value.value)});
    ShowDriverless(driven.contains(id), out.back().record);
  }
  const MutexLock lock(mu_);
  jobs_ = out.size();
  return out;
}

// A job that had ended when the store told of it last, not long ago, and that has left no mark now,
// was not removed: the store has lost it.
void ClusterJobStore::WriteBackEnded(std::vector<MetaValue>& values) {
  std::map<std::string, JobRecord> ended, lost;
  std::set<absl::string_view> there;
  for (const MetaValue& value : values) {
    there.insert(value.key);
    const auto record = DecodeJobRecord(value.value);  // of marks and drivers: none
    if (record.ok() && IsOver(record->state)) ended[value.key] = *record;
  }
  {
    const MutexLock lock(mu_);
    const auto now = options_.now();
    if (now - listed_ < options_.removed_for) {
      for (const auto& [key, record] : ended_) {
        if (!there.contains(key)) lost[key] = record;
      }
    }
    listed_ = now;
    ended_ = std::move(ended);
    ended_.insert(lost.begin(), lost.end());  // until it is there again
  }
  for (const auto& [key, record] : lost) {
    const auto put = WriteBack(record);
    if (put.ok()) {
      values.push_back({key, EncodeJobRecord(record), *put});
    } else if (absl::IsNotFound(put.status())) {
      const MutexLock lock(mu_);
      ended_.erase(key);
    } else if (!absl::IsAborted(put.status())) {
      return;  // at the next listing
    }
  }
}

// NotFound: its result is not there, so it was removed.
absl::StatusOr<uint64_t> ClusterJobStore::WriteBack(const JobRecord& record) {
  if (!record.parts.empty()) {
    const auto end = logs_.End(LogOf(record.id));
    if (!end.ok()) return end.status();
  }
  return Put(record, 0, Limit(options_.meta_limit));
}

absl::StatusOr<JobRecord> ClusterJobStore::Find(const JobId& id) {
  const Patience patience = Limit(options_.meta_limit);
  auto there = ReadThere(id, patience);
  if (!there.ok()) return there.status();
  if (!there->record.ok() || there->record->state != JobState::kRunning) {
    return std::move(there->record);
  }
  const auto driver = meta_.Get(DriversPrefix(options_.cluster) + id.value(), patience);
  if (!driver.ok()) return MetaError(driver.status());
  ShowDriverless(driver->has_value(), there->record);
  return std::move(there->record);
}

// By the last listing, and what was made since; who would refuse looks again before.
absl::Status ClusterJobStore::CheckCount() {
  {
    const MutexLock lock(mu_);
    if (jobs_ && *jobs_ < options_.max_jobs) return absl::OkStatus();
  }
  const auto listed = List();
  if (!listed.ok()) return listed.status();
  if (listed->size() < options_.max_jobs) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("there are ", listed->size(),
                                                   " jobs, allowed: ", options_.max_jobs,
                                                   ": remove some that have ended"));
}

absl::Status ClusterJobStore::Create(const JobRecord& record) {
  if (absl::Status s = CheckCount(); !s.ok()) return s;
  const Patience patience = Limit(options_.meta_limit);
  const absl::Status put = Put(record, 0, patience).status();
  if (put.ok()) {
    const MutexLock lock(mu_);
    if (jobs_) ++*jobs_;
    return put;
  }
  const auto there = ReadThere(record.id, patience);
  if (there.ok() && there->record.ok() && *there->record == record) return absl::OkStatus();
  if (!absl::IsAborted(put)) return MetaError(put);
  return absl::AlreadyExistsError(absl::StrCat("there is a job '", record.id.value(), "'"));
}

absl::StatusOr<JobRecord> ClusterJobStore::Claim(const JobId& id) {
  const Patience patience = Limit(options_.meta_limit);
  const auto there = ReadThere(id, patience);
  if (!there.ok()) return there.status();
  if (!there->record.ok()) return there->record.status();
  if (absl::Status s = drivers_.Take(id, patience); !s.ok()) {
    Forget(id);
    return MetaError(s);
  }
  const auto claim = [this](JobRecord& record) {
    record.driver = driver_;
    ++record.term;
    if (record.wish == JobWish::kResume) record.wish = JobWish::kNone;
  };
  auto changed = Change(id, claim, patience);
  if (!changed.ok()) {
    Forget(id);
    return changed.status();
  }
  const MutexLock lock(mu_);
  driven_[id.value()] = {.term = changed->record.term,
                         .revision = changed->revision,
                         .wish = changed->record.wish,
                         .seen = options_.now()};
  return std::move(changed->record);
}

absl::StatusOr<ClusterJobStore::Driven> ClusterJobStore::DrivenOf(const JobRecord& record) const {
  const MutexLock lock(mu_);
  const auto at = driven_.find(record.id.value());
  if (at == driven_.end() || at->second.term != record.term || !drivers_.Has(record.id)) {
    return NotItsDriver(record.id);
  }
  return at->second;
}

void ClusterJobStore::Forget(const JobId& id) {
  {
    const MutexLock lock(mu_);
    driven_.erase(id.value());
  }
  drivers_.Give(id, Limit(options_.meta_limit));
}

absl::StatusOr<JobWish> ClusterJobStore::Save(const JobRecord& record) {
  auto driven = DrivenOf(record);
  if (!driven.ok()) return driven.status();
  const Patience patience = Limit(options_.meta_limit);
  for (int i = 0; i < kTries; ++i) {
    JobRecord next = record;
    next.wish = WishAfter(record, driven->wish);
    const auto put = Put(next, driven->revision, patience);
    if (put.ok()) {
      driven->wish = next.wish;
      driven->revision = *put;
      driven->seen = options_.now();
      Remember(record, *driven);
      return next.wish;
    }
    if (!absl::IsAborted(put.status())) return MetaError(put.status());
    if (absl::Status s = Follow(record, *driven, patience); !s.ok()) return s;
  }
  return absl::UnavailableError(
      absl::StrCat("others change job '", record.id.value(), "' all the time"));
}

// What was saved; of one that is over there is no more to drive.
void ClusterJobStore::Remember(const JobRecord& record, const Driven& driven) {
  if (IsOver(record.state)) return Forget(record.id);
  const MutexLock lock(mu_);
  const auto at = driven_.find(record.id.value());
  if (at != driven_.end() && at->second.term == record.term) at->second = driven;
}

absl::Status ClusterJobStore::Follow(const JobRecord& record, Driven& driven,
                                     const Patience& patience) {
  const auto there = ReadThere(record.id, patience);
  if (!there.ok()) return there.status();
  const bool lost = there->revision == 0;
  // A removed one has had its mark for so long: who has not looked since cannot tell the two apart.
  bool is_another = there->removed ||
                    (lost && options_.now() - driven.seen >= options_.removed_for) ||
                    (!lost && !there->record.ok());
  if (there->record.ok()) {
    const JobRecord& stored = *there->record;
    is_another =
        stored.term > record.term || (stored.term == record.term && stored.driver != driver_);
  }
  if (is_another) {
    Forget(record.id);
    return NotItsDriver(record.id);
  }
  // Where the store has lost it, or has it as it was earlier, it is written back.
  driven.revision = there->revision;
  driven.wish = there->record.ok() ? there->record->wish : JobWish::kNone;
  return absl::OkStatus();
}

void ClusterJobStore::Release(const JobRecord& record) {
  if (DrivenOf(record).ok()) Forget(record.id);
}

absl::Status ClusterJobStore::Wish(const JobId& id, JobWish wish) {
  const auto set = [wish](JobRecord& record) { record.wish = wish; };
  return Change(id, set, Limit(options_.meta_limit)).status();
}

absl::Status ClusterJobStore::Remove(const JobId& id) {
  const Patience patience = Limit(options_.meta_limit);
  absl::Status marked = absl::AbortedError("");
  for (int i = 0; i < kTries && absl::IsAborted(marked); ++i) {
    const auto there = ReadThere(id, patience);
    if (!there.ok()) return there.status();
    if (there->revision == 0 || there->removed) return absl::OkStatus();
    if (there->record.ok() && !IsOver(there->record->state) && !DrivenOf(*there->record).ok()) {
      return absl::FailedPreconditionError(
          absl::StrCat("job '", id.value(), "' has not ended: cancel it before"));
    }
    marked =
        meta_.Put({KeyOf(id), std::string(kRemovedMark), there->revision}, 0, patience).status();
  }
  if (!marked.ok()) return MetaError(marked);
  Forget(id);
  logs_.Remove(LogOf(id)).IgnoreError();  // the mark has somebody do it later
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<JobWriter>> ClusterJobStore::Open(const JobRecord& record) {
  if (absl::Status s = DrivenOf(record).status(); !s.ok()) return s;
  if (absl::Status s = CheckExtents(record); !s.ok()) return s;
  const bool may_make = record.parts.empty();
  return ResultWriter::Open(
      options_.writer, record,
      {.drives =
           [this, id = record.id, term = record.term] {
             JobRecord known;
             known.id = id;
             known.term = term;
             return DrivenOf(known).status();
           },
       .open_log = [this, id = record.id, may_make] { return OpenLog(id, may_make); }});
}

absl::Status ClusterJobStore::CheckExtents(const JobRecord& record) {
  if (record.parts.empty()) return absl::OkStatus();
  const auto end = logs_.End(LogOf(record.id));
  if (absl::IsNotFound(end.status())) {
    return absl::DataLossError(
        absl::StrCat("the log of the result is gone: ", end.status().message()));
  }
  if (!end.ok()) return end.status();
  for (const JobExtent& extent : record.parts) {
    const auto runs = DecodeRuns(extent.where);
    if (!runs.ok()) return runs.status();
    for (const ChunkRun& run : *runs) {
      const uint64_t behind = end->next.empty() ? 0 : end->next[0];
      if (run.offset < behind && run.last - run.first < behind - run.offset) continue;
      return absl::DataLossError(absl::StrCat("part '", extent.part, "' of the result ends behind ",
                                              "the end of its log"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<LogWriter>> ClusterJobStore::OpenLog(const JobId& id,
                                                                    bool may_make) {
  auto writer = logs_.OpenWriter(LogOf(id));
  if (!absl::IsNotFound(writer.status())) return writer;
  if (!may_make) return absl::DataLossError("the log of the result is gone");
  if (absl::Status s = MakeLog(id); !s.ok()) return s;
  return logs_.OpenWriter(LogOf(id));
}

absl::Status ClusterJobStore::MakeLog(const JobId& id) {
  const absl::Status made = logs_.Create(LogOf(id), 1);
  if (!made.ok() && !absl::IsAlreadyExists(made)) return made;
  const auto there = ReadThere(id, Limit(options_.meta_limit));
  if (!there.ok()) return there.status();  // whoever removes the job removes it
  if (!there->removed) return absl::OkStatus();
  logs_.Remove(LogOf(id)).IgnoreError();
  return NotItsDriver(id);
}

absl::StatusOr<JobLines> ClusterJobStore::Read(const JobRecord& record, const JobRead& read) {
  return readers_.Read(LogOf(record.id), ExtentOf(record, read.part), read,
                       Limit(options_.read_limit));
}

void ClusterJobStore::OnChange(std::function<void()> changed) {
  watch_.reset();
  if (changed == nullptr) return;
  watch_ = meta_.WatchPrefix(RootOf(options_.cluster), std::move(changed));
}

void ClusterJobStore::Step() {
  drivers_.Step(Limit(options_.meta_limit)).IgnoreError();  // tried again
  readers_.CloseIdle();
  if (options_.now() < next_sweep_) return;
  next_sweep_ = options_.now() + options_.sweep_every;
  Sweep();
}

void ClusterJobStore::Sweep() {
  const auto listing = meta_.List(RecordsPrefix(options_.cluster), Limit(options_.meta_limit));
  if (!listing.ok()) return;  // tried again
  std::map<std::string, Mark> still;
  for (const MetaValue& value : listing->values) {
    if (value.value != kRemovedMark) continue;
    const auto known = marks_.find(value.key);
    Mark mark = known == marks_.end() ? Mark{.since = options_.now()} : known->second;
    if (!SweepOne(value, mark)) still[value.key] = mark;
  }
  marks_ = std::move(still);
}

bool ClusterJobStore::SweepOne(const MetaValue& value, Mark& mark) {
  absl::string_view id = value.key;
  const bool is_over = options_.now() - mark.since >= options_.removed_for;
  if (mark.log_is_gone && !is_over) return false;
  if (!absl::ConsumePrefix(&id, RecordsPrefix(options_.cluster))) return false;
  const absl::Status removed = logs_.Remove(LogOf(JobId(std::string(id))));
  mark.log_is_gone = removed.ok() || absl::IsNotFound(removed);
  return is_over && mark.log_is_gone &&
         meta_.Delete(value.key, value.revision, Limit(options_.meta_limit)).ok();
}

void ClusterJobStore::Run() {
  for (;;) {
    Step();
    const MutexLock lock(mu_);
    if (wake_.WaitFor(mu_, kStepEvery, [this] { return ending_->load(); })) return;
  }
}

}  // namespace spoor
