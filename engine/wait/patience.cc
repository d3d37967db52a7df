#include "engine/wait/patience.h"

#include "engine/wait/workers.h"

namespace spoor {

absl::Status Patience::Check() const {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    return absl::CancelledError("cancelled by the caller");
  }
  if (deadline != std::chrono::steady_clock::time_point::max() &&
      std::chrono::steady_clock::now() > deadline) {
    return absl::DeadlineExceededError("deadline exceeded");
  }
  return absl::OkStatus();
}

absl::Status Patience::CheckInTurn() const {
  Workers::GiveWay(*this);
  return Check();
}

void Patience::Limit(MeasureWork& work) const {
  work.AskWhether(
      [](const void* patience) {
        return !static_cast<const Patience*>(patience)->CheckInTurn().ok();
      },
      this);
}

}  // namespace spoor
