#include "shard/rpc/stream.h"

#include <sys/socket.h>

#include "shard/rpc/tuple.h"

namespace spoor {

Stream::Task<Stream::Error> Stream::Handshake() { co_return Error(); }

Stream::Task<std::pair<Stream::Error, size_t>> Stream::ReadSome(
    boost::asio::mutable_buffer buffer) {
  const auto [error, bytes] = co_await socket_.async_read_some(buffer, kTuple);
  co_return std::pair(error, bytes);
}

Stream::Task<std::pair<Stream::Error, size_t>> Stream::WriteSome(boost::asio::const_buffer buffer) {
  const auto [error, bytes] = co_await socket_.async_write_some(buffer, kTuple);
  co_return std::pair(error, bytes);
}

size_t Stream::SendNow(absl::string_view bytes) {
  const ssize_t sent =
      ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  return sent > 0 ? static_cast<size_t>(sent) : 0;
}

void Stream::Close() {
  Error ignored;
  socket_.close(ignored);
}

}  // namespace spoor
