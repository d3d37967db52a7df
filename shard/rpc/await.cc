#include "shard/rpc/await.h"

#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"

namespace spoor {
namespace {

namespace asio = boost::asio;

// A call that may be cancelled before it is known how.
class CancelLater {
 public:
  void Started(std::shared_ptr<Channel::Running> running) {
    {
      const MutexLock lock(mu_);
      running_ = running;
      if (!cancelled_) return;
    }
    running->Cancel();
  }
  void Cancel() {
    std::shared_ptr<Channel::Running> running;
    {
      const MutexLock lock(mu_);
      cancelled_ = true;
      running = running_;
    }
    if (running != nullptr) running->Cancel();
  }

 private:
  Mutex mu_;
  std::shared_ptr<Channel::Running> running_ ABSL_GUARDED_BY(mu_);
  bool cancelled_ ABSL_GUARDED_BY(mu_) = false;
};

// Resumes the coroutine on its own executor, which the guard keeps running until then.
template <typename Handler>
class Resume {
 public:
  explicit Resume(Handler handler)
      : guard_(asio::make_work_guard(asio::get_associated_executor(handler))),
        handler_(std::move(handler)) {}

  static void Post(const std::shared_ptr<Resume>& self, Answer answer) {
    const auto guard = self->guard_;  // the executor outlives the posting, not only what is posted
    asio::post(guard.get_executor(), [self, answer = std::move(answer)]() mutable {
      Handler handler = std::move(self->handler_);
      self->guard_.reset();
      asio::get_associated_cancellation_slot(handler).clear();
      std::move(handler)(std::move(answer));
    });
  }

 private:
  asio::executor_work_guard<asio::associated_executor_t<Handler>> guard_;
  Handler handler_;
};

}  // namespace

asio::awaitable<Answer> Asked(Channel& channel, Call call, Channel::Time deadline) {
  const auto start = [&](auto handler) {
    const auto later = std::make_shared<CancelLater>();
    if (auto slot = asio::get_associated_cancellation_slot(handler); slot.is_connected()) {
      slot.assign([later](asio::cancellation_type) { later->Cancel(); });
    }
    const auto resume = std::make_shared<Resume<decltype(handler)>>(std::move(handler));
    later->Started(channel.Start(std::move(call), deadline, [resume](Answer answer) {
      Resume<decltype(handler)>::Post(resume, std::move(answer));
    }));
  };
  co_return co_await asio::async_initiate<const asio::use_awaitable_t<>, void(Answer)>(
      start, asio::use_awaitable);
}

}  // namespace spoor
