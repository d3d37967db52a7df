#include "shard/rpc/link.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/rpc/tuple.h"

namespace spoor {
namespace {

namespace asio = boost::asio;

constexpr size_t kReadBytes = 64 << 10;  // at once
// A buffer that a large frame has made is given back.
constexpr size_t kKeptBytes = 1 << 20;

}  // namespace

Link::Link(std::unique_ptr<Stream> stream, uint32_t max_body_bytes)
    : stream_(std::move(stream)),
      decoder_(max_body_bytes),
      changed_(stream_->socket().get_executor(), asio::steady_timer::time_point::max()) {}

asio::awaitable<absl::Status> Link::Read(Take take) {
  const auto self = shared_from_this();
  std::string buffer(kReadBytes, '\0');
  std::vector<Frame> frames;
  while (!closed_) {
    while (IsFull() && !closed_) co_await changed_.async_wait(kTuple);
    if (closed_) break;
    const auto [error, bytes] = co_await stream_->ReadSome(asio::buffer(buffer));
    if (error == asio::error::eof && decoder_.between_frames()) co_return absl::OkStatus();
    if (error) co_return absl::UnavailableError(error.message());
    last_received_ = std::chrono::steady_clock::now();
    last_progress_ = last_received_;
    frames.clear();
    absl::Status fed = decoder_.Feed(absl::string_view(buffer.data(), bytes), frames);
    for (Frame& frame : frames) {
      absl::Status taken = take(std::move(frame));
      if (!taken.ok()) co_return taken;
      if (closed_) break;
    }
    if (!fed.ok()) co_return fed;
  }
  co_return absl::UnavailableError("the connection was closed");
}

void Link::Send(std::string frames) {
  {
    const MutexLock lock(mu_);
    if (closed_ || close_when_sent_) return;
    if (sending_) {
      unsent_ += frames;
      return;
    }
    last_progress_ = std::chrono::steady_clock::now();  // the peer's time starts now
    const size_t sent = stream_->SendNow(frames);
    if (sent == frames.size()) return;
    unsent_ = std::move(frames);
    unsent_.erase(0, sent);
    sending_ = true;
  }
  asio::co_spawn(stream_->socket().get_executor(), Write(shared_from_this()), asio::detached);
}

bool Link::TakeUnsent() {
  const MutexLock lock(mu_);
  sending_ = !unsent_.empty() && !closed_;
  being_sent_.swap(unsent_);
  unsent_.clear();
  if (unsent_.capacity() > kKeptBytes) unsent_.shrink_to_fit();
  return sending_;
}

bool Link::IsFull() {
  const MutexLock lock(mu_);
  return unsent_.size() > kMaxUnsentBytes;
}

asio::awaitable<void> Link::Write(std::shared_ptr<Link> /*self*/) {
  while (TakeUnsent()) {
    changed_.cancel();
    for (size_t sent = 0; sent < being_sent_.size() && !closed_;) {
      const auto [error, bytes] = co_await stream_->WriteSome(asio::buffer(being_sent_) + sent);
      if (error) co_return Close();
      sent += bytes;
      last_progress_ = std::chrono::steady_clock::now();
    }
  }
  if (close_when_sent_) Close();
}

void Link::Close() {
  {
    const MutexLock lock(mu_);
    closed_ = true;
    stream_->Close();
  }
  changed_.cancel();
}

asio::awaitable<void> Link::Closed() {
  const auto self = shared_from_this();
  while (!closed_) co_await changed_.async_wait(kTuple);
}

void Link::CloseWhenSent() {
  bool sent = false;
  {
    const MutexLock lock(mu_);
    close_when_sent_ = true;
    sent = !sending_;
  }
  if (sent) Close();
}

}  // namespace spoor
