#pragma once

#include <memory>

#include "shard/rpc/alarms.h"

namespace boost::asio {
class io_context;
}

namespace spoor {

// The thread on which connections are read and written and alarms ring.  One serves any number of
// channels; nothing on it blocks.  Thread-safe.
class IoThread : public Alarms {
 public:
  IoThread();
  // Joins.
  ~IoThread() override;

  // Waits until what runs on it has ended by itself: connections closed, alarms rung or dropped.
  // REQUIRES: nothing new is begun from another thread; not called on this thread.
  void Join();

  Time now() const override { return std::chrono::steady_clock::now(); }
  Id At(Time when, std::function<void()> ring) override;
  void Drop(Id id) override;

  boost::asio::io_context& io();

 private:
  class Impl;
  const std::unique_ptr<Impl> impl_;
};

}  // namespace spoor
