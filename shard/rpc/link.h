#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "shard/rpc/frame.h"
#include "shard/rpc/stream.h"

namespace spoor {

// A connection as frames both ways.  On the thread of its stream only.
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
  // on a closed link goes nowhere.
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

  boost::asio::awaitable<void> Write();

  const std::unique_ptr<Stream> stream_;
  FrameDecoder decoder_;
  std::string unsent_, being_sent_;
  bool sending_ = false, closed_ = false, close_when_sent_ = false;
  Time last_progress_ = std::chrono::steady_clock::now();
  Time last_received_ = last_progress_;
  boost::asio::steady_timer changed_;  // cancelled when unsent bytes have gone, and at the close
};

}  // namespace spoor
