#include "router/ingest/object_turns.h"

#include <algorithm>
#include <chrono>

namespace spoor {
namespace {

// How often the patience is looked at while others have their turn.
constexpr std::chrono::milliseconds kLookForTurn{50};

}  // namespace

absl::Status ObjectTurns::Take(const std::vector<std::string>& names, const Patience& patience) {
  const MutexLock lock(mutex_);
  const auto free = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return std::none_of(names.begin(), names.end(),
                        [this](const std::string& name) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
                          return taken_.contains(name);
                        });
  };
  while (!given_.WaitFor(mutex_, kLookForTurn, free)) {
    if (absl::Status late = patience.Check(); !late.ok()) return late;
  }
  taken_.insert(names.begin(), names.end());
  return absl::OkStatus();
}

void ObjectTurns::Give(const std::vector<std::string>& names) {
  const MutexLock lock(mutex_);
  for (const std::string& name : names) taken_.erase(name);
  given_.NotifyAll();
}

}  // namespace spoor
