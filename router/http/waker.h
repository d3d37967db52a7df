#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "router/http/exchange.h"

namespace spoor {

// How a connection waits for something to send without a thread: until somebody wakes it, or a time
// has come.
//
// Thread safety: Wake from any thread, the rest from that of the event loop.
class Waker : public std::enable_shared_from_this<Waker> {
 public:
  explicit Waker(boost::asio::io_context& io) : io_(&io), timer_(std::in_place, io) {}

  // Ends the wait that runs, or the next one.  After Retire nothing.
  void Wake();
  // Whoever keeps this for longer than the event loop lives does no harm then.
  void Retire();

  boost::asio::awaitable<void> WaitUntil(HttpClock::time_point time);

 private:
  Mutex mu_;
  boost::asio::io_context* io_ ABSL_GUARDED_BY(mu_);  // null: retired
  std::optional<boost::asio::steady_timer> timer_;
  bool woken_ = false;
};

}  // namespace spoor
