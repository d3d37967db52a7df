#include "router/ingest/write_window.h"

#include <algorithm>
#include <utility>

#include "router/message/written_to.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

// A pause between two attempts, whatever the log asks for; patience is looked at in between.
constexpr std::chrono::milliseconds kPauseLeast{10}, kPauseMost{1000};

}  // namespace

void WriteWindow::WaitFor(size_t in_flight) {
  const MutexLock lock(mutex_);
  const auto settled = [this, in_flight]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_flight_ <= in_flight;
  };
  settled_.Wait(mutex_, settled);
}

absl::Status WriteWindow::Send(std::vector<Trajectory> batch) {
  WaitFor(kMaxInFlight - 1);
  if (absl::Status s = SendRefused(); !s.ok()) return s;
  uint64_t number;
  {
    const MutexLock lock(mutex_);
    if (!failed_.ok()) return failed_;
    number = next_number_++;
    batches_.push_back({.number = number, .records = std::move(batch)});
  }
  Start(number);
  return absl::OkStatus();
}

void WriteWindow::Start(uint64_t number) {
  std::vector<Trajectory> records;
  {
    const MutexLock lock(mutex_);
    Batch& batch = batches_[number - batches_.front().number];
    batch.in_flight = true;
    ++in_flight_;
    records = batch.records;
  }
  collection_.Write(std::move(records), [this, number](absl::StatusOr<WrittenTo> result) {
    Settled(number, std::move(result));
  });
}

void WriteWindow::Settled(uint64_t number, absl::StatusOr<WrittenTo> result) {
  const MutexLock lock(mutex_);
  Batch& batch = batches_[number - batches_.front().number];
  batch.in_flight = false;
  if (result.ok()) {
    batch.accepted = true;
    if (!std::exchange(batch.counted, true)) {
      accepted_ += batch.records.size();
      for (const Trajectory& record : batch.records) accepted_fixes_ += record.fixes.size();
      metrics_.records_accepted += batch.records.size();
    }
    if (written_) {
      AddWritten(*written_, *result);
    } else {
      written_ = *std::move(result);
    }
  } else if (const auto pause = RetryAfter(result.status()); pause && written_) {
    refused_ = true;
    retry_after_ = std::clamp(*pause, kPauseLeast, kPauseMost);
  } else if (failed_.ok()) {
    failed_ = result.status();
  }
  while (!batches_.empty() && batches_.front().accepted && !batches_.front().in_flight) {
    batches_.pop_front();
  }
  --in_flight_;
  settled_.NotifyAll();  // under the mutex: once it is free we may be gone
}

void WriteWindow::Pause(std::chrono::milliseconds pause) {
  const MutexLock lock(mutex_);
  const auto never = [] { return false; };
  settled_.WaitFor(mutex_, pause, never);
}

std::optional<uint64_t> WriteWindow::OldestRefused() {
  const MutexLock lock(mutex_);
  if (batches_.empty()) return std::nullopt;
  return batches_.front().number;
}

absl::Status WriteWindow::SendRefused() {
  {
    const MutexLock lock(mutex_);
    if (!failed_.ok() || !refused_) return failed_;
  }
  WaitFor(0);
  {
    const MutexLock lock(mutex_);
    for (Batch& batch : batches_) batch.accepted = false;  // all are behind one that was refused
  }
  while (const auto oldest = OldestRefused()) {
    std::chrono::milliseconds pause;
    {
      const MutexLock lock(mutex_);
      if (!failed_.ok()) return failed_;
      pause = std::exchange(retry_after_, std::chrono::milliseconds(0));
    }
    if (pause.count() > 0) Pause(pause);
    if (absl::Status late = patience_.Check(); !late.ok()) return late;
    Start(*oldest);
    WaitFor(0);
  }
  const MutexLock lock(mutex_);
  refused_ = false;
  return failed_;
}

absl::Status WriteWindow::Drain() {
  WaitFor(0);
  absl::Status sent = SendRefused();
  const MutexLock lock(mutex_);
  return failed_.ok() ? sent : failed_;
}

uint64_t WriteWindow::accepted() const {
  const MutexLock lock(mutex_);
  return accepted_;
}

uint64_t WriteWindow::accepted_fixes() const {
  const MutexLock lock(mutex_);
  return accepted_fixes_;
}

std::optional<WrittenTo> WriteWindow::written() const {
  const MutexLock lock(mutex_);
  return written_;
}

}  // namespace spoor
