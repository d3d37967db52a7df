#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {

struct Patience;

// Threads that compute for many callers, so that what takes long does not hold up what does not.
//
//   posted ──▶ quick: at most `at_once` run, in the order in which they were posted
//                │ runs for longer than kQuick
//                ▼
//              long: at most `at_once` run, a slice at a time where others wait, as long as their
//                    patience lasts; who has had the fewest slices goes first
//
// Work gives way by Patience::CheckInTurn, which long loops ask; one that never asks stays quick. A
// thread is started when nobody is free to do what may run: there are as many as work was begun and
// not yet done at once, a number that whoever posts has to limit.
//
// Thread-safe, but for Join and the destructor.
class Workers {
 public:
  // More than most requests take, and so little that a hundred long ones a second leave room.
  static constexpr std::chrono::milliseconds kQuick{5};
  // So little that a search of some milliseconds need not wait for those of minutes.
  static constexpr std::chrono::milliseconds kSlice{20};

  // REQUIRES: at_once > 0.
  explicit Workers(size_t at_once);
  // Joins.
  ~Workers() { Join(); }

  // REQUIRES: Join has not returned; the work does not throw.
  void Post(std::function<void()> work);
  // Returns when all that was posted is done.
  void Join();

  // On a thread of some workers, where the work has been quick for long enough, or has had its
  // slice and others wait: returns when it may run on among the long ones, or its patience is over.
  // Elsewhere nothing.
  static void GiveWay(const Patience& patience);

 private:
  enum class Turn { kQuick, kLong, kNone };
  // What a thread works on.
  struct Running {
    Workers* workers;
    std::chrono::steady_clock::time_point since;  // this turn
    Turn turn;
    uint32_t slices;  // that it has had
  };
  // Of a long one that waits: slices, then the order of coming.  The least goes first.
  using Rank = std::pair<uint32_t, uint64_t>;
  static thread_local Running* running_;

  void Work();
  void TakeTurns(Running& running, const std::function<void()>& work);
  bool SomebodyWaitsForALongTurn();
  void WaitForLongTurn(Running& running, const Patience& patience);
  // Has somebody begin what may be begun.
  void Wake() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const size_t at_once_;
  Mutex mu_;
  ConditionVariable posted_, long_ended_;
  std::deque<std::function<void()>> waiting_ ABSL_GUARDED_BY(mu_);
  size_t quick_ ABSL_GUARDED_BY(mu_) = 0, long_ ABSL_GUARDED_BY(mu_) = 0;  // that run
  size_t free_ ABSL_GUARDED_BY(mu_) = 0;                                   // threads
  std::set<Rank> long_waiting_ ABSL_GUARDED_BY(mu_);
  uint64_t came_ ABSL_GUARDED_BY(mu_) = 0;
  bool joining_ ABSL_GUARDED_BY(mu_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mu_);
};

}  // namespace spoor
