#include "shard/follow/follower.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

// Chunks that are prepared while earlier ones are committed.
constexpr size_t kMaxInFlight = 3;
constexpr int kMostWaiting = 1;  // in AwaitPosition

}  // namespace

HomeSet HomesOf(const SlotsHere& here) { return HomesOf(here.cuts, here.slots); }

Follower::Follower(const FollowerOptions& options, LogStore& logs)
    : options_(options),
      logs_(logs),
      book_(std::make_unique<SlotBook>(options.log.id, options.partitions, options.digest_every)) {}

Follower::~Follower() {
  Settle().IgnoreError();
  engine_ = nullptr;
}

absl::StatusOr<std::unique_ptr<Follower>> Follower::Open(const std::string& path,
                                                         const FollowerOptions& options,
                                                         SlotsHere here, LogStore& logs) {
  auto follower = std::unique_ptr<Follower>(new Follower(options, logs));
  EngineOptions engine = options.engine;
  engine.follow = options.log.id;
  engine.params = options.params;
  engine.on_change = [book = follower->book_.get()](absl::Span<const EngineChange> changes) {
    book->Apply(changes);
  };
  auto opened = Engine::Open(path, engine);
  if (!opened.ok()) return opened.status();
  follower->engine_ = *std::move(opened);
  const auto position = follower->engine_->position();
  const int64_t followed_ms = follower->engine_->followed_ms();
  follower->was_away_too_long_ =
      position.total() > 0 && options.wall_ms() - followed_ms > options.max_away.count();
  follower->read_ = position;
  follower->read_.next.resize(options.partitions);
  follower->Place(std::move(here));
  return follower;
}

void Follower::Place(SlotsHere here) {
  HomeSet kept = HomesOf(here);
  Place(std::move(here), std::move(kept));
}

void Follower::Place(SlotsHere here, HomeSet kept) {
  kept_ = std::move(kept);
  MutexLock lock(mu_);
  const bool other_slots = here_.cuts != here.cuts || here_.slots != here.slots;
  here_ = std::move(here);
  served_ = HomesOf(here_);
  if (other_slots) book_->Place(here_.cuts, here_.slots);
}

absl::Status Follower::FillBook(const Patience& patience) {
  uint64_t visit = 0;
  const absl::Status visited =
      engine_->Visit([&] { visit = book_->BeginVisit(); },
                     [&](const EngineChange& stored) { book_->Visit(visit, stored); }, patience);
  if (visited.ok()) book_->EndVisit(visit);
  return visited;
}

// After a failure: what was read and not taken is read again.
absl::Status Follower::GoBack() {
  const absl::Status why = Settle();
  if (why.ok()) return why;
  reader_ = nullptr;
  read_ = engine_->position();
  read_.next.resize(options_.partitions);
  MutexLock lock(mu_);
  failed_ = absl::OkStatus();
  return why;
}

absl::Status Follower::OpenReader() {
  auto reader = logs_.OpenReader(options_.log, read_);
  if (!reader.ok()) return reader.status();
  reader_ = *std::move(reader);
  return absl::OkStatus();
}

// An error of the log, which is broken unless it may just be out of reach.
absl::Status Follower::Blame(const absl::Status& of_log) {
  if (absl::IsUnavailable(of_log) || absl::IsDeadlineExceeded(of_log)) return of_log;
  reader_ = nullptr;
  log_is_broken_ = true;
  return of_log;
}

void Follower::ServeAsItIs() {
  MutexLock lock(mu_);
  ready_ = true;
}

// What the records mean here: those that are at home here are kept, all others are not.
std::vector<LogChange> Follower::ChangesOf(std::vector<LogRecord> records) {
  std::vector<LogChange> changes;
  std::vector<size_t> kept;
  std::vector<PackedTrajectory> at_home;
  uint64_t bad = 0;
  for (LogRecord& record : records) {
    changes.push_back({.id = record.id, .version = record.offset + 1, .record = nullptr});
    if (!record.value) continue;
    auto packed = UnpackLogValue(record.id, *std::move(record.value));
    // What is no trajectory counts as none on every node.
    if (!packed.ok() || PartitionOf(record.id, options_.partitions) != record.partition) {
      ++bad;
      continue;
    }
    if (!kept_.Contains(HomeKey(packed->trajectory.view(), record.id))) continue;
    kept.push_back(changes.size() - 1);
    at_home.push_back(*std::move(packed));
  }
  PreparedBatch prepared = engine_->PreparePacked(std::move(at_home));
  for (size_t i = 0; i < kept.size(); ++i) changes[kept[i]].record = std::move(prepared[i]);
  if (bad > 0) {
    MutexLock lock(mu_);
    bad_records_ += bad;
  }
  return changes;
}

absl::Status Follower::Step(std::chrono::milliseconds wait) {
  bool failed = false;
  {
    MutexLock lock(mu_);
    failed = !failed_.ok();
  }
  if (failed) return GoBack();
  if (was_away_too_long_) {
    return absl::FailedPreconditionError(absl::StrCat(
        "away for longer than ", options_.max_away.count(), " ms: deletions may be forgotten"));
  }
  const absl::Status opened = reader_ == nullptr ? OpenReader() : absl::OkStatus();
  if (!opened.ok()) return Blame(opened);
  auto chunk = reader_->Read(wait, options_.chunk_bytes);
  if (!chunk.ok()) return Blame(chunk.status());
  log_is_broken_ = false;
  Take(*std::move(chunk), options_.now());
  return absl::OkStatus();
}

void Follower::Take(LogChunk chunk, Time read_at) {
  LogPart part{.from = read_,
               .after = {.log_id = options_.log.id, .next = std::move(chunk.next)},
               .changes = ChangesOf(std::move(chunk.records))};
  const bool at_begin = read_.total() == 0;
  read_ = part.after;
  const LogPosition end{.log_id = options_.log.id, .next = std::move(chunk.end)};
  std::optional<Time> whole_at;
  if (chunk.whole_ago) whole_at = read_at - *chunk.whole_ago;
  if (whole_at || at_begin) {
    part.whole_as_of_ms = options_.wall_ms() - (whole_at ? chunk.whole_ago->count() : 0);
  }
  {
    MutexLock lock(mu_);
    if (!goal_) goal_ = end;
    end_total_ = end.total();
    const auto room = [this]()
                          ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return in_flight_ < kMaxInFlight; };
    taken_.Wait(mu_, room);
    ++in_flight_;
  }
  engine_->Follow(std::move(part),
                  [this, after = read_, whole_at](const absl::StatusOr<WriteResult>& result) {
                    Taken(after, whole_at, result);
                  });
}

void Follower::Taken(const LogPosition& after, std::optional<Time> whole_at,
                     const absl::StatusOr<WriteResult>& result) {
  bool ready = false;
  {
    MutexLock lock(mu_);
    if (!result.ok()) {
      failed_.Update(result.status());
    } else {
      seen_total_ = after.total();
      if (whole_at) whole_at_ = std::max(whole_at_.value_or(*whole_at), *whole_at);
      if (goal_ && after.Includes(*goal_)) ready_ = true;
    }
    ready = ready_;
  }
  if (result.ok()) book_->Reached(after, ready);
  MutexLock lock(mu_);
  --in_flight_;
  taken_.NotifyAll();  // under the mutex: once it is free we may be gone
}

absl::Status Follower::Settle() {
  MutexLock lock(mu_);
  const auto none = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) { return in_flight_ == 0; };
  taken_.Wait(mu_, none);
  return failed_;
}

absl::Status Follower::Admit(const ReadDemand& demand, uint64_t epoch, const HomeSet& homes,
                             const Patience& patience) const {
  {
    MutexLock lock(mu_);
    if (epoch != 0 && epoch < here_.epoch.value()) {
      return StaleEpochError({.asked = epoch, .current = here_.epoch.value()});
    }
    if (epoch > here_.epoch.value()) {
      return absl::UnavailableError(
          absl::StrCat("epoch ", epoch, " has not come here yet: it is ", here_.epoch.value()));
    }
    if (!served_.Covers(homes)) {
      return absl::FailedPreconditionError("homes are asked for that are not served here");
    }
    if (!ready_) return absl::UnavailableError("the node has not caught up with the log yet");
  }
  if (demand.max_staleness_ms && staleness_ms() > *demand.max_staleness_ms) {
    return absl::UnavailableError(absl::StrCat("the node is ", staleness_ms(),
                                               " ms behind, asked for at most ",
                                               *demand.max_staleness_ms));
  }
  return demand.written ? AwaitPosition(*demand.written, patience) : absl::OkStatus();
}

absl::Status Follower::AwaitPosition(const LogPosition& position, const Patience& patience) const {
  const auto now = std::chrono::steady_clock::now();
  const bool many = waiting_.fetch_add(1) >= kMostWaiting;
  Patience moment = patience;
  moment.deadline = std::min(patience.deadline, many ? now : now + options_.await_log);
  const absl::Status waited = engine_->WaitFor(position, moment);
  --waiting_;
  if (!absl::IsDeadlineExceeded(waited)) return waited;
  if (absl::Status over = patience.Check(); !over.ok()) return over;
  return BehindError("the node has not read the log so far yet");
}

uint32_t Follower::staleness_ms() const {
  MutexLock lock(mu_);
  if (!whole_at_) return UINT32_MAX;
  const auto age =
      std::chrono::duration_cast<std::chrono::milliseconds>(options_.now() - *whole_at_);
  return static_cast<uint32_t>(std::clamp<int64_t>(age.count(), 0, UINT32_MAX));
}

bool Follower::ready() const {
  MutexLock lock(mu_);
  return ready_;
}

uint64_t Follower::epoch() const {
  MutexLock lock(mu_);
  return here_.epoch.value();
}

uint32_t Follower::slots() const {
  MutexLock lock(mu_);
  return static_cast<uint32_t>(here_.slots.size());
}

uint64_t Follower::lag() const {
  MutexLock lock(mu_);
  return end_total_ - std::min(end_total_, seen_total_);
}

uint64_t Follower::bad_records() const {
  MutexLock lock(mu_);
  return bad_records_;
}

SlotsHere Follower::here() const {
  MutexLock lock(mu_);
  return here_;
}

}  // namespace spoor
