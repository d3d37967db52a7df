#include "shard/meta/etcd_connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/meta/etcd_messages.h"

namespace spoor::etcd {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

// A page of a listing, in base64, and the longest event of a watch: two values of etcd's 1.5 MB.
constexpr uint64_t kMaxAnswerBytes = uint64_t{96} << 20;
constexpr size_t kMaxLineBytes = size_t{8} << 20;
// How soon a call notices that its caller has hung up.
constexpr std::chrono::milliseconds kCancelPoll{10};
// A peer that vanished without a word is noticed after about ten seconds of silence.
constexpr int kAliveIdleS = 5, kAliveEveryS = 2, kAliveProbes = 3;

void WatchForDeath(Tcp::socket& socket) {
  error_code ignored;
  static_cast<void>(socket.set_option(Tcp::no_delay(true), ignored));
  static_cast<void>(socket.set_option(asio::socket_base::keep_alive(true), ignored));
  using asio::detail::socket_option::integer;
  static_cast<void>(socket.set_option(integer<IPPROTO_TCP, TCP_KEEPIDLE>(kAliveIdleS), ignored));
  static_cast<void>(socket.set_option(integer<IPPROTO_TCP, TCP_KEEPINTVL>(kAliveEveryS), ignored));
  static_cast<void>(socket.set_option(integer<IPPROTO_TCP, TCP_KEEPCNT>(kAliveProbes), ignored));
}

}  // namespace

class Connection::Impl {
 public:
  explicit Impl(const Endpoint& endpoint)
      : name_(endpoint.host.find(':') == std::string::npos
                  ? absl::StrCat(endpoint.host, ":", endpoint.port)
                  : absl::StrCat("[", endpoint.host, "]:", endpoint.port)) {}

  absl::Status Connect(const Endpoint& endpoint, const Patience& patience) {
    Tcp::resolver resolver(io_);
    Tcp::resolver::results_type found;
    absl::Status resolved = Await(patience, [&](auto done) {
      resolver.async_resolve(endpoint.host, endpoint.port,
                             [&found, done](error_code e, Tcp::resolver::results_type results) {
                               found = std::move(results);
                               done(e);
                             });
    });
    if (!resolved.ok()) return resolved;
    absl::Status connected = Await(patience, [&](auto done) { ConnectTo(found, done); });
    if (connected.ok()) WatchForDeath(socket_);
    return connected;
  }

  // Nothing may come between two calls, so anything to read, the end too, makes it useless.
  bool Usable() {
    if (broken_ || !socket_.is_open() || buffer_.size() > 0) return false;
    char byte = 0;
    const ssize_t n = recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
  }

  absl::StatusOr<Answer> Post(absl::string_view path, const std::string& body,
                              const Patience& patience) {
    if (absl::Status s = Send(path, body, patience); !s.ok()) return s;
    http::response_parser<http::string_body> parser;
    parser.body_limit(kMaxAnswerBytes);
    absl::Status read = Await(patience, [&](auto done) {
      http::async_read(socket_, buffer_, parser, [done](error_code e, size_t) { done(e); });
    });
    if (!read.ok()) return read;
    if (!parser.keep_alive()) broken_ = true;
    return Answer{parser.get().result_int(), std::move(parser.get().body())};
  }

  absl::Status Begin(absl::string_view path, const std::string& body, const Patience& patience) {
    if (absl::Status s = Send(path, body, patience); !s.ok()) return s;
    stream_ = std::make_unique<http::response_parser<http::buffer_body>>();
    stream_->body_limit(boost::none);
    absl::Status read = Await(patience, [&](auto done) {
      http::async_read_header(socket_, buffer_, *stream_,
                              [done](error_code e, size_t) { done(e); });
    });
    if (!read.ok()) return read;
    const unsigned status = stream_->get().result_int();
    return status == 200 ? absl::OkStatus() : ParseError(status, "");
  }

  absl::StatusOr<std::string> NextLine(const Patience& patience) {
    for (;;) {
      const size_t end = text_.find('\n');
      if (end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      if (stream_->is_done()) return Broken("the stream has ended");
      if (text_.size() > kMaxLineBytes) return Broken("a line is too long");
      if (absl::Status s = ReadSome(patience); !s.ok()) return s;
    }
  }

  void Interrupt() {
    interrupted_ = true;
    asio::post(io_, [this] { Close(); });
  }

 private:
  // Starts an operation and runs it to its end, which comes early when patience does.
  template <typename Start>
  absl::Status Await(const Patience& patience, Start start) {
    if (absl::Status s = patience.Check(); !s.ok()) return s;
    if (broken_ || interrupted_) return Broken("the connection is closed");
    bool done = false;
    error_code result;
    start([&](error_code e) {
      result = e;
      done = true;
    });
    absl::Status over;
    while (!done) {
      io_.restart();
      if (!over.ok()) {
        io_.run_one();  // to the end of what Close() has aborted
        continue;
      }
      io_.run_one_until(WakeAt(patience));
      if (done) break;
      over = patience.Check();
      if (!over.ok()) Close();
    }
    if (!over.ok()) return over;
    return result ? Broken(result.message()) : absl::OkStatus();
  }

  static std::chrono::steady_clock::time_point WakeAt(const Patience& patience) {
    if (patience.cancelled == nullptr) return patience.deadline;
    return std::min(patience.deadline, std::chrono::steady_clock::now() + kCancelPoll);
  }

  template <typename Done>
  void ConnectTo(const Tcp::resolver::results_type& found, Done done) {
    asio::async_connect(socket_, found, [done](error_code e, const Tcp::endpoint&) { done(e); });
  }

  absl::Status Send(absl::string_view path, const std::string& body, const Patience& patience) {
    http::request<http::string_body> request(http::verb::post, {path.data(), path.size()}, 11);
    request.set(http::field::host, name_);
    request.set(http::field::content_type, "application/json");
    request.body() = body;
    request.prepare_payload();
    return Await(patience, [&](auto done) {
      http::async_write(socket_, request, [done](error_code e, size_t) { done(e); });
    });
  }

  absl::Status ReadSome(const Patience& patience) {
    std::array<char, 16384> piece;
    http::buffer_body::value_type& body = stream_->get().body();
    body.data = piece.data();
    body.size = piece.size();
    body.more = true;
    absl::Status read = Await(patience, [&](auto done) {
      http::async_read_some(socket_, buffer_, *stream_, [done](error_code e, size_t) {
        done(e == http::error::need_buffer ? error_code() : e);
      });
    });
    if (read.ok()) text_.append(piece.data(), piece.size() - body.size);
    return read;
  }

  absl::Status Broken(absl::string_view why) {
    broken_ = true;
    return absl::UnavailableError(absl::StrCat("etcd at ", name_, ": ", why));
  }

  void Close() {
    broken_ = true;
    error_code ignored;
    static_cast<void>(socket_.close(ignored));
  }

  const std::string name_;  // host:port
  asio::io_context io_{1};
  Tcp::socket socket_{io_};
  boost::beast::flat_buffer buffer_;
  std::unique_ptr<http::response_parser<http::buffer_body>> stream_;  // once begun
  std::string text_;  // of the stream, not yet given
  bool broken_ = false;
  std::atomic<bool> interrupted_{false};
};

Connection::Connection(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Connection::~Connection() = default;

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(const Endpoint& endpoint,
                                                             const Patience& patience) {
  auto impl = std::make_unique<Impl>(endpoint);
  if (absl::Status s = impl->Connect(endpoint, patience); !s.ok()) return s;
  return std::unique_ptr<Connection>(new Connection(std::move(impl)));
}

bool Connection::Usable() { return impl_->Usable(); }
absl::StatusOr<Connection::Answer> Connection::Post(absl::string_view path, const std::string& body,
                                                    const Patience& patience) {
  return impl_->Post(path, body, patience);
}
absl::Status Connection::Begin(absl::string_view path, const std::string& body,
                               const Patience& patience) {
  return impl_->Begin(path, body, patience);
}
absl::StatusOr<std::string> Connection::NextLine(const Patience& patience) {
  return impl_->NextLine(patience);
}
void Connection::Interrupt() { impl_->Interrupt(); }

}  // namespace spoor::etcd
