#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <set>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "engine/wait/mutex.h"

namespace spoor {

// Called for damage that is found: what, where.
using DamageSink = std::function<void(absl::string_view what)>;

// What damage an engine has met while it served, each told once, however often it is met.
//
// Thread safety: all methods may be called from any number of threads.
class DamageBook {
 public:
  enum class Of : uint8_t {
    kIndex,    // derived: it is made anew
    kRecords,  // the store
  };

  explicit DamageBook(DamageSink sink) : sink_(std::move(sink)) {}

  void Tell(Of of, absl::string_view what) {
    if (of == Of::kRecords) records_ = true;
    {
      MutexLock lock(mu_);
      if (told_.size() == kMostTold || !told_.emplace(what).second) return;
    }
    ++count_;
    if (sink_) sink_(what);
  }
  uint64_t count() const { return count_; }  // told
  bool records() const { return records_; }  // some of it was of the store

 private:
  static constexpr size_t kMostTold = 10'000;  // then it is known well enough

  const DamageSink sink_;  // may be null
  std::atomic<uint64_t> count_ = 0;
  std::atomic<bool> records_ = false;
  Mutex mu_;
  std::set<std::string, std::less<>> told_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
