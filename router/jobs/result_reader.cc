#include "router/jobs/result_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

constexpr uint64_t kReadAtOnce = uint64_t{1} << 20;

absl::Status Missing(const std::string& key) {
  return absl::DataLossError(absl::StrCat("chunk ", key, " of the result is not in its log"));
}

absl::Status NotAsItWas(const absl::Status& why) {
  return absl::DataLossError(
      absl::StrCat("the log of the result is not what it was: ", why.message()));
}

// Passing through the chunks that are good.
class ResultWalk {
 public:
  explicit ResultWalk(std::vector<ChunkRun> runs) : runs_(std::move(runs)) {}

  // To the chunk that this is a place in.
  absl::Status GoTo(const ResultPlace& place) {
    for (run_ = 0; run_ < runs_.size(); ++run_) {
      const ChunkRun& run = runs_[run_];
      number_ = place.number;
      if (run.writer == place.writer && run.first <= number_ && number_ <= run.last) {
        hint_ = std::max(run.offset, place.offset);
        return absl::OkStatus();
      }
    }
    return absl::OutOfRangeError("no read of this result has given this cursor");
  }
  void GoToFirst() {
    run_ = 0;
    Enter();
  }
  void GoToNext(uint64_t offset) {
    if (++number_ <= runs_[run_].last) {
      hint_ = offset;
      return;
    }
    ++run_;
    Enter();
  }
  bool at_end() const { return run_ == runs_.size(); }
  // REQUIRES: not at the end.
  const ChunkRun& run() const { return runs_[run_]; }
  uint64_t number() const { return number_; }
  uint64_t hint() const { return hint_; }  // an offset at or before which it lies not

 private:
  void Enter() {
    if (at_end()) return;
    number_ = run().first;
    hint_ = run().offset;
  }

  const std::vector<ChunkRun> runs_;
  size_t run_ = 0;
  uint64_t number_ = 0, hint_ = 0;
};

}  // namespace

class ResultReaders::Scan {
 public:
  Scan(LogName log, std::unique_ptr<LogReader> reader, uint64_t offset)
      : log_(std::move(log)), reader_(std::move(reader)), begun_(offset), at_(offset) {}

  const LogName& log() const { return log_; }
  uint64_t at() const { return at_; }        // every record before it was passed
  uint64_t begun() const { return begun_; }  // and every one from here on was seen

  // The next record, or null: there is none now.
  absl::StatusOr<const LogRecord*> Peek(std::chrono::milliseconds wait, const Patience& patience) {
    while (ahead_.empty()) {
      auto chunk = reader_->Read(wait, kReadAtOnce);
      if (chunk.ok()) {
        const bool at_end = chunk->records.empty() && chunk->next == chunk->end;
        for (LogRecord& record : chunk->records) ahead_.push_back(std::move(record));
        if (at_end) return nullptr;
      } else if (!absl::IsUnavailable(chunk.status())) {
        return chunk.status();
      }
      const absl::Status waited = ahead_.empty() ? patience.Check() : absl::OkStatus();
      if (!waited.ok()) {
        return absl::UnavailableError(
            absl::StrCat("the log of the result cannot be read: ",
                         chunk.ok() ? waited.message() : chunk.status().message()));
      }
    }
    return &ahead_.front();
  }
  void Pass() {
    at_ = ahead_.front().offset + 1;
    ahead_.pop_front();
    next_ = std::nullopt;
  }
  // The next record, which Peek has returned, as the chunk of this name.  It is checked once, so
  // that a page costs what it has, however large its chunk is.
  absl::StatusOr<ChunkLines> Chunk(const ChunkName& name) {
    if (!next_) {
      const std::optional<std::string>& bytes = ahead_.front().value;
      const auto chunk = DecodeChunk(name, bytes ? absl::string_view(*bytes) : "");
      if (!chunk.ok()) return chunk.status();
      next_ = Next{.chunk = *chunk};
    }
    return next_->chunk;
  }
  // What lies behind so many lines of it; quick where a page has ended.  REQUIRES: it has them.
  absl::string_view LinesBehind(uint64_t lines) {
    if (lines < next_->lines) next_->lines = next_->bytes = 0;
    for (; next_->lines < lines; ++next_->lines) {
      next_->bytes = next_->chunk.lines.find('\n', next_->bytes) + 1;
    }
    return next_->chunk.lines.substr(next_->bytes);
  }

 private:
  struct Next {
    ChunkLines chunk;  // of the first one ahead
    uint64_t lines = 0;
    size_t bytes = 0;  // that these have
  };
  const LogName log_;
  const std::unique_ptr<LogReader> reader_;
  const uint64_t begun_;
  uint64_t at_;
  std::deque<LogRecord> ahead_;
  std::optional<Next> next_;
};

class ResultReaders::Page {
 public:
  Page(ResultReaders& readers, const LogName& log, const JobRead& read, const Patience& patience)
      : readers_(readers), log_(log), read_(read), patience_(patience) {}

  absl::StatusOr<JobLines> Gather(ResultWalk walk, uint64_t skip) {
    JobLines out;
    out.next = read_.cursor;
    bool whole = true;
    while (!walk.at_end() && whole && HasRoom(out)) {
      const ChunkName name{.part = read_.part,
                           .term = walk.run().term,
                           .writer = walk.run().writer,
                           .number = walk.number()};
      const auto record = Find(ChunkKey(name), walk);
      if (!record.ok()) return record.status();
      const auto chunk = scan_->Chunk(name);
      if (!chunk.ok()) return chunk.status();
      ResultPlace place{
          .writer = name.writer, .number = name.number, .offset = (*record)->offset, .lines = skip};
      if (skip > chunk->rows) return absl::OutOfRangeError("the cursor is behind its chunk");
      whole = Take(place, out);
      out.next = EncodePlaceInResult(place);
      skip = 0;
      if (!whole) break;
      walk.GoToNext(place.offset + 1);
      scan_->Pass();
    }
    out.more = !walk.at_end();
    if (scan_ != nullptr) readers_.Keep(std::move(scan_));
    return out;
  }

 private:
  bool HasRoom(const JobLines& out) const {
    return out.rows == 0 || (out.rows < read_.max_rows && out.lines.size() < read_.max_bytes);
  }

  // What has room of the lines behind the place, which goes behind them; whether these were all.
  bool Take(ResultPlace& place, JobLines& out) const {
    for (absl::string_view lines = scan_->LinesBehind(place.lines); !lines.empty();) {
      const absl::string_view line = lines.substr(0, lines.find('\n') + 1);
      const bool fits =
          out.rows < read_.max_rows && out.lines.size() + line.size() <= read_.max_bytes;
      if (out.rows > 0 && !fits) return false;
      out.lines.append(line.data(), line.size());
      ++out.rows;
      ++place.lines;
      lines = scan_->LinesBehind(place.lines);
    }
    place.lines = UINT64_MAX;
    return true;
  }

  // From where it should lie on; and where it is not found there, from where its run begins.
  absl::StatusOr<const LogRecord*> Find(const std::string& key, const ResultWalk& walk) {
    const uint64_t sure = walk.run().offset;
    if (scan_ == nullptr || scan_->at() > walk.hint()) {
      if (absl::Status s = Open(walk.hint(), sure); !s.ok()) return s;
    }
    auto found = FindOnwards(key);
    const bool nowhere = absl::IsOutOfRange(found.status()) || (found.ok() && *found == nullptr);
    if (nowhere && scan_->begun() > sure) {
      if (absl::Status s = Open(sure, sure); !s.ok()) return s;
      found = FindOnwards(key);
    }
    if (absl::IsOutOfRange(found.status())) return NotAsItWas(found.status());
    if (found.ok() && *found == nullptr) return Missing(key);
    return found;
  }
  absl::StatusOr<const LogRecord*> FindOnwards(const std::string& key) {
    for (;;) {
      if (absl::Status s = patience_.Check(); !s.ok()) {
        return absl::UnavailableError("the log of the result was not read in time");
      }
      const auto record = scan_->Peek(readers_.options_.wait, patience_);
      if (!record.ok() || *record == nullptr || (*record)->id == key) return record;
      scan_->Pass();
    }
  }
  // A hint that comes from outside may lie beyond the log.
  absl::Status Open(uint64_t hint, uint64_t sure) {
    auto scan = readers_.ScanAt(log_, hint);
    if (absl::IsOutOfRange(scan.status()) && hint != sure) scan = readers_.ScanAt(log_, sure);
    if (absl::IsNotFound(scan.status()) || absl::IsOutOfRange(scan.status())) {
      return NotAsItWas(scan.status());
    }
    if (!scan.ok()) return scan.status();
    scan_ = *std::move(scan);
    return absl::OkStatus();
  }

  ResultReaders& readers_;
  const LogName& log_;
  const JobRead& read_;
  const Patience& patience_;
  std::unique_ptr<Scan> scan_;
};

ResultReaders::ResultReaders(LogStore& logs, Options options)
    : logs_(logs), options_(std::move(options)) {}
ResultReaders::~ResultReaders() = default;

absl::StatusOr<JobLines> ResultReaders::Read(const LogName& log, const JobExtent& extent,
                                             const JobRead& read, const Patience& patience) {
  auto runs = DecodeRuns(extent.where);
  if (!runs.ok()) return runs.status();
  ResultWalk walk(*std::move(runs));
  uint64_t skip = 0;
  if (read.cursor.empty()) {
    walk.GoToFirst();
  } else {
    const auto place = DecodePlaceInResult(read.cursor);
    if (!place.ok()) return place.status();
    if (absl::Status s = walk.GoTo(*place); !s.ok()) return s;
    skip = place->lines;
    if (skip == UINT64_MAX) {
      skip = 0;
      walk.GoToNext(place->offset + 1);
    }
  }
  return Page(*this, log, read, patience).Gather(std::move(walk), skip);
}

absl::StatusOr<std::unique_ptr<ResultReaders::Scan>> ResultReaders::ScanAt(const LogName& log,
                                                                           uint64_t offset) {
  {
    const MutexLock lock(mu_);
    const auto kept = std::ranges::find_if(idle_, [&](const Idle& idle) {
      return idle.scan->log().id == log.id && idle.scan->log().collection == log.collection &&
             idle.scan->at() == offset;
    });
    if (kept != idle_.end()) {
      auto scan = std::move(kept->scan);
      idle_.erase(kept);
      return scan;
    }
  }
  auto reader = logs_.OpenReader(log, {.log_id = log.id, .next = {offset}});
  if (!reader.ok()) return reader.status();
  return std::make_unique<Scan>(log, *std::move(reader), offset);
}

void ResultReaders::Keep(std::unique_ptr<Scan> scan) {
  std::unique_ptr<Scan> closed;  // not under the mutex
  const MutexLock lock(mu_);
  idle_.push_back({.scan = std::move(scan), .since = options_.now()});
  if (idle_.size() <= options_.kept_open) return;
  closed = std::move(idle_.front().scan);
  idle_.pop_front();
}

void ResultReaders::CloseIdle() {
  std::vector<std::unique_ptr<Scan>> closed;
  const MutexLock lock(mu_);
  while (!idle_.empty() && options_.now() - idle_.front().since >= options_.kept_for) {
    closed.push_back(std::move(idle_.front().scan));
    idle_.pop_front();
  }
}

}  // namespace spoor
