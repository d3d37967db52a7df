#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/wait/mutex.h"
#include "router/cluster.h"

namespace spoor {

// What nodes have said of their own damage since this process began: what an operator has to see,
// although clients see nothing of it.  Thread-safe.
class DamageReports {
 public:
  // Takes a line about a node that is damaged: the first time, and once a minute while it goes on.
  // On any thread; it must not block for long.
  using Tell = std::function<void(absl::string_view line)>;

  explicit DamageReports(Tell tell) : tell_(std::move(tell)) {}

  void Note(const std::string& collection, const std::string& node, const absl::Status& damage);
  std::vector<DamageReport> All() const;  // by collection and node

 private:
  struct Known {
    DamageReport report;
    int64_t told_ms = 0;
  };
  const Tell tell_;
  mutable Mutex mu_;
  std::map<std::pair<std::string, std::string>, Known> known_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
