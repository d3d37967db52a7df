#pragma once

#include <chrono>
#include <cstdint>
#include <functional>

namespace spoor {

// A clock that calls back.  Tests have one whose hands they move.  Thread-safe.
class Alarms {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Id = uint64_t;  // never 0

  virtual ~Alarms() = default;
  virtual Time now() const = 0;
  // Calls `ring` once, not before `when`, on one thread for all alarms; it must not block or throw.
  virtual Id At(Time when, std::function<void()> ring) = 0;
  // The alarm does not ring, unless it rings already.  0 and past alarms: nothing.
  virtual void Drop(Id id) = 0;
};

}  // namespace spoor
