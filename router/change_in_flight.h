#pragma once

#include <chrono>
#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "router/cluster.h"

namespace spoor {

// A change on its way: what a callback will bring, from whatever thread, also after nobody waits
// any more.
class ChangeInFlight {
 public:
  ChangeInFlight(ClusterCollection& collection, std::vector<Engine::Deletion> items) {
    collection.Delete(std::move(items), Promised());
  }
  ChangeInFlight(ClusterCollection& collection, ConditionalChange change) {
    collection.ChangeIf(std::move(change), Promised());
  }
  absl::StatusOr<WrittenTo> Wait(const Patience& patience) {
    if (patience.deadline == std::chrono::steady_clock::time_point::max()) return written_.get();
    if (written_.wait_until(patience.deadline) == std::future_status::ready) return written_.get();
    return absl::DeadlineExceededError("the log has not answered; the change may be made yet");
  }

 private:
  ClusterCollection::Written Promised() {
    auto promise = std::make_shared<std::promise<absl::StatusOr<WrittenTo>>>();
    written_ = promise->get_future();
    return [promise](absl::StatusOr<WrittenTo> written) { promise->set_value(std::move(written)); };
  }

  std::future<absl::StatusOr<WrittenTo>> written_;
};

}  // namespace spoor
