#include "router/client/client.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace spoor {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Tcp = asio::ip::tcp;
using boost::system::error_code;

// At once: a buffer that is not reserved reads 512.
constexpr size_t kAnswerReadBytes = 64 << 10;

struct Address {
  std::string host, port;
};

absl::StatusOr<Address> ParseUrl(absl::string_view url) {
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("url '", url, "': http://HOST:PORT is expected"));
  };
  absl::string_view rest = url;
  if (!absl::ConsumePrefix(&rest, "http://")) return bad();
  absl::ConsumeSuffix(&rest, "/");
  Address address{.host = "", .port = "80"};
  const size_t bracket = rest.find(']');
  const size_t colon = rest.find(':', bracket == absl::string_view::npos ? 0 : bracket);
  absl::string_view host = rest.substr(0, colon);
  if (colon != absl::string_view::npos) address.port = std::string(rest.substr(colon + 1));
  if (bracket != absl::string_view::npos) {  // [::1]
    if (!absl::ConsumePrefix(&host, "[") || !absl::ConsumeSuffix(&host, "]")) return bad();
  }
  address.host = std::string(host);
  int port = 0;
  if (host.empty() || host.find('/') != absl::string_view::npos ||
      !absl::SimpleAtoi(address.port, &port) || port < 1 || port > 65535) {
    return bad();
  }
  return address;
}

ApiResponse HeadOf(const http::response_header<>& head) {
  ApiResponse response{.status = static_cast<int>(head.result_int()),
                       .content_type = std::string(head[http::field::content_type])};
  for (const auto& field : head) {
    if (field.name() == http::field::content_type) continue;
    response.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
  }
  return response;
}

// One connection, kept alive and made anew when the server has closed it.
class HttpClient : public Client {
 public:
  HttpClient(std::string url, Address address)
      : url_(std::move(url)), address_(std::move(address)) {
    buffer_.reserve(kAnswerReadBytes);
  }

  absl::Status Connect();
  absl::StatusOr<ApiResponse> Call(const ApiRequest& request) override {
    return Exchange(request, nullptr);
  }
  absl::StatusOr<ApiResponse> Read(const ApiRequest& request, const TakePiece& take) override {
    return Exchange(request, &take);
  }
  absl::StatusOr<ApiResponse> Stream(const ApiRequest& head, const NextPiece& next) override;

 private:
  using HeadParser = http::response_parser<http::empty_body>;

  std::string HeadText(const ApiRequest& request, absl::string_view framing) const;
  // broken: why next() failed.
  error_code SendPieces(const NextPiece& next, absl::Status& broken);
  bool AnsweredAlready();
  // take null: the body is in the answer.
  absl::StatusOr<ApiResponse> Exchange(const ApiRequest& request, const TakePiece* take);
  // begun: whether a head has come.
  absl::StatusOr<ApiResponse> Receive(bool head_only, const TakePiece* take, bool* begun);
  absl::Status ReadWhole(HeadParser& head, std::string* body);
  absl::Status ReadPieces(HeadParser& head, const TakePiece& take);
  absl::Status Unreachable(const std::string& why) const {
    return absl::UnavailableError(absl::StrCat("cannot reach ", url_, ": ", why));
  }

  const std::string url_;
  const Address address_;
  asio::io_context io_;
  std::optional<Tcp::socket> socket_;
  boost::beast::flat_buffer buffer_;
};

absl::Status HttpClient::Connect() {
  error_code error;
  Tcp::resolver resolver(io_);
  // All of them, also ::1 where no other address of that family is set up; each is tried.
  const auto found = resolver.resolve(address_.host, address_.port, Tcp::resolver::flags(), error);
  if (error) return Unreachable(error.message());
  socket_.emplace(io_);
  buffer_.clear();
  asio::connect(*socket_, found, error);
  if (!error) socket_->set_option(Tcp::no_delay(true), error);
  // A stream may be silent for long, and a server that has lost its power says nothing more.
  if (!error) socket_->set_option(Tcp::socket::keep_alive(true), error);
  if (!error) return absl::OkStatus();
  socket_.reset();
  return Unreachable(error.message());
}

std::string HttpClient::HeadText(const ApiRequest& request, absl::string_view framing) const {
  const bool v6 = address_.host.find(':') != std::string::npos;
  std::string text =
      absl::StrCat(request.method, " ", request.target, " HTTP/1.1\r\nHost: ", v6 ? "[" : "",
                   address_.host, v6 ? "]" : "", ":", address_.port, "\r\n");
  for (const auto& [name, value] : request.headers)
    absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, framing, "\r\n\r\n");
  return text;
}

absl::Status HttpClient::ReadWhole(HeadParser& head, std::string* body) {
  http::response_parser<http::string_body> parser(std::move(head));
  error_code error;
  http::read(*socket_, buffer_, parser, error);
  if (error) return Unreachable(error.message());
  *body = std::move(parser.get().body());
  return absl::OkStatus();
}

absl::Status HttpClient::ReadPieces(HeadParser& head, const TakePiece& take) {
  http::response_parser<http::buffer_body> parser(std::move(head));
  std::string piece(kAnswerReadBytes, '\0');
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = piece.data();
    body.size = piece.size();
    error_code error;
    http::read_some(*socket_, buffer_, parser, error);
    if (error && error != http::error::need_buffer) return Unreachable(error.message());
    const absl::string_view came(piece.data(), piece.size() - body.size);
    if (came.empty()) continue;
    if (const absl::Status taken = take(came); !taken.ok()) return taken;
  }
  return absl::OkStatus();
}

absl::StatusOr<ApiResponse> HttpClient::Receive(bool head_only, const TakePiece* take,
                                                bool* begun) {
  HeadParser head;
  head.body_limit(boost::none);
  head.skip(head_only);
  error_code error;
  http::read_header(*socket_, buffer_, head, error);
  *begun = !error;
  if (error) {
    socket_.reset();
    return Unreachable(error.message());
  }
  ApiResponse response = HeadOf(head.get());
  const bool keep_alive = head.keep_alive();
  absl::Status read;
  if (!head.is_done()) {
    const bool in_pieces = take != nullptr && response.status / 100 == 2;
    read = in_pieces ? ReadPieces(head, *take) : ReadWhole(head, &response.body);
  }
  if (!read.ok() || !keep_alive) socket_.reset();
  if (!read.ok()) return read;
  return response;
}

absl::StatusOr<ApiResponse> HttpClient::Exchange(const ApiRequest& request, const TakePiece* take) {
  const std::string text =
      HeadText(request, absl::StrCat("Content-Length: ", request.body.size())) + request.body;
  for (const bool kept : {socket_.has_value(), false}) {
    if (!kept) {
      if (const absl::Status connected = Connect(); !connected.ok()) return connected;
    }
    error_code error;
    asio::write(*socket_, asio::buffer(text), error);  // a refusal may have come all the same
    bool begun = false;
    auto response = Receive(request.method == "HEAD", take, &begun);
    // A connection that lay idle may have been closed meanwhile: that says nothing about the
    // server.
    if (begun || !kept) return response;
  }
  return Unreachable("the connection was closed");
}

// Whether the server has spoken before it has got all: it refuses the rest.
bool HttpClient::AnsweredAlready() {
  error_code error;
  return socket_->available(error) > 0 || error;
}

error_code HttpClient::SendPieces(const NextPiece& next, absl::Status& broken) {
  error_code error;
  std::string piece;
  while (!error && !AnsweredAlready()) {
    piece.clear();
    const absl::StatusOr<bool> more = next(&piece);
    broken = more.status();
    if (!broken.ok()) break;
    if (*more && piece.empty()) continue;  // an empty chunk would end the body
    const std::string framed =
        *more ? absl::StrCat(absl::Hex(piece.size()), "\r\n", piece, "\r\n") : "0\r\n\r\n";
    asio::write(*socket_, asio::buffer(framed), error);
    if (!*more) break;
  }
  return error;
}

absl::StatusOr<ApiResponse> HttpClient::Stream(const ApiRequest& head, const NextPiece& next) {
  // A stream cannot be sent twice, so it never goes on a connection that may have been closed.
  if (const absl::Status connected = Connect(); !connected.ok()) return connected;
  error_code error;
  absl::Status broken;
  asio::write(*socket_, asio::buffer(HeadText(head, "Transfer-Encoding: chunked")), error);
  if (!error) error = SendPieces(next, broken);
  if (!broken.ok()) {
    socket_.reset();  // without the last chunk
    return broken;
  }
  bool begun = false;
  auto response = Receive(false, nullptr, &begun);  // after a failed write too: it may say why
  return response.ok() || !error ? std::move(response) : Unreachable(error.message());
}

}  // namespace

absl::StatusOr<std::unique_ptr<Client>> ConnectHttp(absl::string_view url) {
  auto address = ParseUrl(url);
  if (!address.ok()) return address.status();
  auto client = std::make_unique<HttpClient>(std::string(url), *std::move(address));
  if (const absl::Status connected = client->Connect(); !connected.ok()) return connected;
  return client;
}

}  // namespace spoor
