#include "router/http/waker.h"

#include <boost/asio/post.hpp>

#include "shard/rpc/tuple.h"

namespace spoor {

void Waker::Wake() {
  MutexLock lock(mu_);
  if (io_ == nullptr) return;
  boost::asio::post(*io_, [self = shared_from_this()] {
    self->woken_ = true;
    if (self->timer_) self->timer_->cancel();
  });
}

void Waker::Retire() {
  timer_.reset();
  MutexLock lock(mu_);
  io_ = nullptr;
}

boost::asio::awaitable<void> Waker::WaitUntil(HttpClock::time_point time) {
  if (!woken_) {
    timer_->expires_at(time);
    co_await timer_->async_wait(kTuple);
  }
  woken_ = false;
}

}  // namespace spoor
