#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <utility>

#include "absl/strings/string_view.h"

namespace spoor {

class Tls;

// Bytes both ways over TCP, in the clear or through TLS.  On the thread of the socket's context
// only, but for SendNow; one read and one write may wait at a time.
class Stream {
 public:
  using Tcp = boost::asio::ip::tcp;
  using Error = boost::system::error_code;
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  explicit Stream(Tcp::socket socket) : socket_(std::move(socket)) {}
  virtual ~Stream() = default;
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  Tcp::socket& socket() { return socket_; }

  // After the connection is there and before the first byte.
  virtual Task<Error> Handshake();
  virtual Task<std::pair<Error, size_t>> ReadSome(boost::asio::mutable_buffer buffer);
  virtual Task<std::pair<Error, size_t>> WriteSome(boost::asio::const_buffer buffer);
  // Sends what the system takes without waiting, maybe nothing; says how many bytes.  From any
  // thread, while nobody writes or closes; an error shows at the next write or read.
  virtual size_t SendNow(absl::string_view bytes);
  // At once; what waits ends with an error.
  void Close();

 private:
  Tcp::socket socket_;
};

}  // namespace spoor
