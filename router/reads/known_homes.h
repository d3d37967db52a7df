#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "engine/wait/mutex.h"

namespace spoor {

// Where trajectories were at home when an answer last told of them.  A guess: one that has moved is
// not found there, and then all are asked.  Forgets what was not told of for long.
//
// Thread safety: all methods may be called from any number of threads.
class KnownHomes {
 public:
  // Remembers so many, and at least half as many.
  explicit KnownHomes(size_t most = size_t{1} << 14) : half_(most / 2) {}

  void Note(absl::string_view id, uint64_t home);
  std::optional<uint64_t> Find(absl::string_view id) const;

 private:
  using Homes = absl::flat_hash_map<std::string, uint64_t>;
  const size_t half_;
  mutable Mutex mu_;
  Homes recent_ ABSL_GUARDED_BY(mu_), older_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
