#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <memory>
#include <utility>

#include "engine/wait/workers.h"

namespace spoor {

template <typename Task>
void PostTo(boost::asio::thread_pool& pool, Task task) {
  boost::asio::post(pool, std::move(task));
}

// Which is copied nowhere, but std::function does not know that.
template <typename Task>
void PostTo(Workers& workers, Task task) {
  workers.Post([task = std::make_shared<Task>(std::move(task))] { (*task)(); });
}

// Has the pool do the work, and goes on in the event loop when that is done.
template <typename Pool, typename Work>
boost::asio::awaitable<void> RunOn(boost::asio::io_context& io, Pool& pool, Work work) {
  namespace asio = boost::asio;
  std::exception_ptr failure;  // no memory: it ends this connection, not the pool
  const auto start = [&](auto handler) {
    PostTo(pool, [&work, &failure, &io, guard = asio::make_work_guard(io),
                  done = std::move(handler)]() mutable {
      try {
        work();
      } catch (...) {
        failure = std::current_exception();
      }
      asio::post(io, std::move(done));
    });
  };
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(start, asio::use_awaitable);
  if (failure != nullptr) std::rethrow_exception(failure);
}

}  // namespace spoor
