#include "router/jobs/result_writer.h"

#include <algorithm>
#include <random>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "engine/wait/mutex.h"
#include "router/jobs/result_chunk.h"

namespace spoor {
namespace {

// How often it is asked, while the log is silent, whether the process still drives the job.
constexpr std::chrono::milliseconds kAskEvery{200};

}  // namespace

uint64_t RandomWriter() {
  std::random_device random;
  return (uint64_t{random()} << 32 | random()) | 1;
}

// How many chunks are on their way, where the first of each part lies, and what has failed.
class ResultWriter::Answers {
 public:
  void Sent() {
    const MutexLock lock(mu_);
    ++waiting_;
  }
  void Answered(const ChunkName& name, const absl::StatusOr<LogPosition>& position) {
    const MutexLock lock(mu_);
    --waiting_;
    if (!position.ok()) {
      if (failed_.ok()) failed_ = position.status();
    } else if (name.number == 0 && !position->next.empty() && position->next[0] > 0) {
      first_[name.part] = position->next[0] - 1;
    }
    changed_.NotifyAll();
  }
  // OK once no more than so many are on their way; DeadlineExceeded: not yet.
  absl::Status Await(uint64_t at_most, std::chrono::milliseconds wait) {
    const MutexLock lock(mu_);
    const auto ready = [&]() ABSL_NO_THREAD_SAFETY_ANALYSIS {
      return !failed_.ok() || waiting_ <= at_most;
    };
    const bool in_time = changed_.WaitFor(mu_, wait, ready);
    if (!failed_.ok()) return failed_;
    return in_time ? absl::OkStatus() : absl::DeadlineExceededError("");
  }
  uint64_t FirstOf(const std::string& part) const {
    const MutexLock lock(mu_);
    const auto at = first_.find(part);
    return at == first_.end() ? 0 : at->second;
  }

 private:
  mutable Mutex mu_;
  ConditionVariable changed_;
  uint64_t waiting_ ABSL_GUARDED_BY(mu_) = 0;
  absl::Status failed_ ABSL_GUARDED_BY(mu_);
  std::map<std::string, uint64_t> first_ ABSL_GUARDED_BY(mu_);
};

ResultWriter::ResultWriter(const ResultWriterOptions& options, uint64_t term, Hooks hooks)
    : options_(options),
      term_(term),
      writer_(RandomWriter()),
      hooks_(std::move(hooks)),
      answers_(std::make_shared<Answers>()) {}

ResultWriter::~ResultWriter() = default;

absl::StatusOr<std::unique_ptr<JobWriter>> ResultWriter::Open(const ResultWriterOptions& options,
                                                              const JobRecord& record,
                                                              Hooks hooks) {
  auto writer =
      std::unique_ptr<ResultWriter>(new ResultWriter(options, record.term, std::move(hooks)));
  for (const JobExtent& extent : record.parts) {
    auto runs = DecodeRuns(extent.where);
    if (!runs.ok()) return runs.status();
    Part& part = writer->parts_[extent.part];
    part.extent = extent;
    part.runs = *std::move(runs);
    writer->bytes_ += extent.bytes;
  }
  return std::unique_ptr<JobWriter>(std::move(writer));
}

absl::Status ResultWriter::Append(absl::string_view part, absl::string_view lines, uint64_t rows) {
  if (absl::Status s = hooks_.drives(); !s.ok()) return s;
  if (!IsPartName(part)) {
    return absl::InvalidArgumentError(
        absl::StrCat("part is '", part, "', allowed: 1 to 64 of a-z, 0-9, '_'"));
  }
  if (bytes_ + lines.size() > options_.max_result_bytes) {
    return absl::FailedPreconditionError(absl::StrCat("the result would have more than ",
                                                      options_.max_result_bytes,
                                                      " bytes, which is all that a job may have"));
  }
  const std::string name(part);
  Part& to = parts_[name];
  to.extent.rows += rows;
  to.extent.bytes += lines.size();
  bytes_ += lines.size();
  to.waiting.append(lines.data(), lines.size());
  return Cut(name, to, /*all=*/false);
}

// Sends what makes whole chunks, or everything.
absl::Status ResultWriter::Cut(const std::string& name, Part& part, bool all) {
  while (!part.waiting.empty() && (all || part.waiting.size() >= options_.chunk_bytes)) {
    size_t bytes = part.waiting.size();
    if (bytes > options_.chunk_bytes) {
      const size_t before = part.waiting.rfind('\n', options_.chunk_bytes - 1);
      bytes =
          (before != std::string::npos ? before : part.waiting.find('\n', options_.chunk_bytes)) +
          1;
    }
    std::string chunk = part.waiting.substr(0, bytes);
    part.waiting.erase(0, bytes);
    if (absl::Status s = Send(name, part, std::move(chunk)); !s.ok()) return s;
  }
  return absl::OkStatus();
}

absl::Status ResultWriter::Send(const std::string& name, Part& part, std::string lines) {
  if (absl::Status s = Await(options_.max_waiting_chunks - 1); !s.ok()) return s;
  if (log_ == nullptr) {
    auto log = hooks_.open_log();
    if (!log.ok()) return log.status();
    log_ = *std::move(log);
  }
  const ChunkName chunk{.part = name, .term = term_, .writer = writer_, .number = part.chunks++};
  answers_->Sent();
  log_->Append({{ChunkKey(chunk), EncodeChunk(chunk, lines)}},
               [answers = answers_, chunk](const absl::StatusOr<LogPosition>& position) {
                 answers->Answered(chunk, position);
               });
  return absl::OkStatus();
}

absl::Status ResultWriter::Await(uint64_t at_most) {
  const auto begun = std::chrono::steady_clock::now();
  for (;;) {
    const absl::Status answered = answers_->Await(at_most, kAskEvery);
    if (!absl::IsDeadlineExceeded(answered)) return answered;
    if (absl::Status s = hooks_.drives(); !s.ok()) return s;
    if (std::chrono::steady_clock::now() - begun > options_.silence) {
      return absl::UnavailableError("the log of the job's result does not answer");
    }
  }
}

absl::StatusOr<std::vector<JobExtent>> ResultWriter::Sync() {
  if (absl::Status s = hooks_.drives(); !s.ok()) return s;
  for (auto& [name, part] : parts_) {
    if (absl::Status s = Cut(name, part, /*all=*/true); !s.ok()) return s;
  }
  if (absl::Status s = Await(0); !s.ok()) return s;
  std::vector<JobExtent> extents;
  for (const auto& [name, part] : parts_) {
    if (part.extent.bytes > 0) extents.push_back(ExtentNow(name, part));
  }
  return extents;
}

JobExtent ResultWriter::ExtentNow(const std::string& name, const Part& part) const {
  std::vector<ChunkRun> runs = part.runs;
  if (part.chunks > 0) {
    runs.push_back({.term = term_,
                    .writer = writer_,
                    .first = 0,
                    .last = part.chunks - 1,
                    .offset = answers_->FirstOf(name)});
  }
  return {.part = name,
          .rows = part.extent.rows,
          .bytes = part.extent.bytes,
          .where = EncodeRuns(runs)};
}

}  // namespace spoor
