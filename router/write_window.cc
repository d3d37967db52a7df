#include "router/write_window.h"

#include <algorithm>
#include <utility>

namespace spoor {

void WriteWindow::WaitFor(size_t in_flight) {
  const MutexLock lock(mutex_);
  const auto settled = [this, in_flight]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return in_flight_ <= in_flight;
  };
  settled_.Wait(mutex_, settled);
}

absl::Status WriteWindow::Send(std::vector<Trajectory> batch) {
  const size_t records = batch.size();
  PreparedBatch prepared = engine_.Prepare(std::move(batch));  // while earlier ones are written
  WaitFor(kMaxInFlight - 1);
  {
    const MutexLock lock(mutex_);
    if (!failed_.ok()) return failed_;
    ++in_flight_;
  }
  engine_.Write(std::move(prepared), [this, records](absl::StatusOr<WriteResult> result) {
    Committed(records, result);
  });
  return absl::OkStatus();
}

void WriteWindow::Committed(size_t records, const absl::StatusOr<WriteResult>& result) {
  if (result.ok()) metrics_.records_accepted += records;
  const MutexLock lock(mutex_);
  if (result.ok()) {
    accepted_ += records;
    position_ = std::max(position_, result->position);
  } else if (failed_.ok()) {
    failed_ = result.status();
  }
  --in_flight_;
  settled_.NotifyAll();  // under the mutex: once it is free we may be gone
}

absl::Status WriteWindow::Drain() {
  WaitFor(0);
  const MutexLock lock(mutex_);
  return failed_;
}

uint64_t WriteWindow::accepted() const {
  const MutexLock lock(mutex_);
  return accepted_;
}

uint64_t WriteWindow::position() const {
  const MutexLock lock(mutex_);
  return position_;
}

}  // namespace spoor
