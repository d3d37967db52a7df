#pragma once

#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "engine/search/query.h"
#include "engine/wait/mutex.h"

namespace spoor {

// Whose open trips are being changed, so that two requests of one process never read the same one
// and both write it.
//
// Thread safety: all methods may be called from any number of threads.
class ObjectTurns {
 public:
  // Waits until none of the names is taken, and takes all of them: nobody holds some and waits for
  // others.  An error is that of the patience.
  absl::Status Take(const std::vector<std::string>& names, const Patience& patience);
  void Give(const std::vector<std::string>& names);

 private:
  Mutex mutex_;
  ConditionVariable given_;
  absl::flat_hash_set<std::string> taken_ ABSL_GUARDED_BY(mutex_);
};

// Holds turns while it lives.
class ObjectTurn {
 public:
  ObjectTurn(ObjectTurns& turns, std::vector<std::string> names)
      : turns_(turns), names_(std::move(names)) {}
  ~ObjectTurn() {
    if (taken_) turns_.Give(names_);
  }
  ObjectTurn(const ObjectTurn&) = delete;
  ObjectTurn& operator=(const ObjectTurn&) = delete;

  absl::Status Take(const Patience& patience) {
    absl::Status status = turns_.Take(names_, patience);
    taken_ = status.ok();
    return status;
  }

 private:
  ObjectTurns& turns_;
  const std::vector<std::string> names_;
  bool taken_ = false;
};

}  // namespace spoor
