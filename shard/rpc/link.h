#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "engine/wait/mutex.h"
#include "shard/rpc/frame.h"
#include "shard/rpc/stream.h"

namespace spoor {

// A connection as frames both ways.  On the thread of its stream only, but for Send.
class Link : public std::enable_shared_from_this<Link> {
 public:
  using Time = std::chrono::steady_clock::time_point;
  // Takes a frame; an error ends the link with it.
  using Take = std::function<absl::Status(Frame)>;

  Link(std::unique_ptr<Stream> stream, uint32_t max_body_bytes);

  Stream& stream() { return *stream_; }

  // Hands over the frames that come until the link ends; says why it did: OK when the peer has
  // closed it between frames.  While the peer leaves more than kMaxUnsentBytes unread, nothing is
  // read from it.
  boost::asio::awaitable<absl::Status> Read(Take take);

  // Sends the bytes of whole frames, after those that were given before.  Never waits; what is sent
  // on a closed link goes nowhere.  From any thread: who has an answer sends it, when the way is
  // free, without waking the link's own thread.
  void Send(std::string frames);
  // Ends the link at once, or as soon as everything is sent.
  void Close();
  void CloseWhenSent();
  // Waits until it is closed.
  boost::asio::awaitable<void> Closed();

  bool closed() const { return closed_; }
  // Whether bytes wait to be sent, or a frame has come in part: then the peer owes progress.
  bool peer_owes() const { return sending_ || !decoder_.between_frames(); }
  bool sending() const { return sending_; }
  // When a byte last moved, either way; when one last came.
  Time last_progress() const { return last_progress_; }
  Time last_received() const { return last_received_; }

 private:
  static constexpr size_t kMaxUnsentBytes = size_t{8} << 20;

  // Keeps the link from when it is made, maybe on another thread than that on which it begins.
  boost::asio::awaitable<void> Write(std::shared_ptr<Link> self);
  // Takes what is to be sent next; false when there is nothing, and then nobody is sending.
  bool TakeUnsent();
  bool IsFull();

  const std::unique_ptr<Stream> stream_;
  FrameDecoder decoder_;
  std::string being_sent_;  // of Write
  Mutex mu_;
  std::string unsent_ ABSL_GUARDED_BY(mu_);
  // Written under the mutex, so that nothing is sent by two threads or after the close.
  std::atomic<bool> sending_{false}, closed_{false}, close_when_sent_{false};
  std::atomic<Time> last_progress_{std::chrono::steady_clock::now()};
  Time last_received_ = std::chrono::steady_clock::now();
  boost::asio::steady_timer changed_;  // cancelled when unsent bytes have gone, and at the close
};

}  // namespace spoor
