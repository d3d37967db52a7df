#pragma once

#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/http/server.h"
#include "router/metrics/metrics.h"
#include "tests/eventually.h"
#include "tests/router/api_world.h"

namespace spoor::testing {

// A server on a free port of the loopback, in a thread of its own.
class ServerWorld : public ApiWorld {
 public:
  explicit ServerWorld(ServerOptions options = {}, const ApiLimits& limits = {})
      : ApiWorld(limits) {
    options.port = 0;
    options.threads = 2;
    auto server = Server::Listen(api(), options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~ServerWorld() { StopAndJoin(); }

  void StopAndJoin() {
    server_->Stop();
    if (thread_.joinable()) thread_.join();
  }
  Server& server() { return *server_; }
  uint16_t port() const { return server_->port(); }
  Metrics& metrics() { return api().metrics(); }

 private:
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

// A client that sends whatever bytes a test wants.
class RawClient {
 public:
  using Tcp = boost::asio::ip::tcp;

  // receive_buffer: of the kernel, 0 for its own choice.  from: an address of the loopback.
  explicit RawClient(uint16_t port, int receive_buffer = 0, const char* from = "127.0.0.1")
      : socket_(io_) {
    socket_.open(Tcp::v4());
    if (receive_buffer != 0) socket_.set_option(Tcp::socket::receive_buffer_size(receive_buffer));
    boost::system::error_code error;
    socket_.bind({boost::asio::ip::make_address_v4(from), 0}, error);
    socket_.connect({boost::asio::ip::address_v4::loopback(), port}, error);
    EXPECT_FALSE(error) << error.message();
  }

  bool Write(absl::string_view bytes) {
    boost::system::error_code error;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), error);
    return !error;
  }
  void Close() { socket_.close(); }

  // The next answer; status 0 when the connection has ended instead.
  ApiResponse Read(bool head_only = false) {
    ApiResponse response{.status = 0, .content_type = "", .headers = {}, .body = ""};
    boost::system::error_code error;
    const size_t size = boost::asio::read_until(socket_, buffer_, "\r\n\r\n", error);
    if (error) return response;
    const std::string head = Take(size);
    EXPECT_TRUE(absl::SimpleAtoi(head.substr(9, 3), &response.status)) << head;
    size_t length = 0;
    for (size_t at = head.find("\r\n") + 2; at + 2 < head.size(); at = head.find("\r\n", at) + 2) {
      const std::string line = head.substr(at, head.find("\r\n", at) - at);
      const size_t colon = line.find(": ");
      const std::string name = absl::AsciiStrToLower(line.substr(0, colon)),
                        value = line.substr(colon + 2);
      if (name == "content-type") response.content_type = value;
      if (name == "content-length") {
        EXPECT_TRUE(absl::SimpleAtoi(value, &length));
      }
      response.headers.emplace_back(name, value);
    }
    if (head_only || response.status == 100) return response;
    if (buffer_.size() < length) {
      boost::asio::read(socket_, buffer_, boost::asio::transfer_exactly(length - buffer_.size()),
                        error);
      if (error) response.status = 0;
    }
    if (!error) response.body = Take(length);
    return response;
  }

  // The next chunk of a body; "" for the last, "(broken)" when the connection has ended instead.
  std::string ReadChunk() {
    boost::system::error_code error;
    const size_t line = boost::asio::read_until(socket_, buffer_, "\r\n", error);
    if (error) return "(broken)";
    size_t size = 0;
    EXPECT_TRUE(absl::SimpleHexAtoi(Take(line).substr(0, line - 2), &size));
    if (buffer_.size() < size + 2) {
      const size_t missing = size + 2 - buffer_.size();
      boost::asio::read(socket_, buffer_, boost::asio::transfer_exactly(missing), error);
    }
    return error ? "(broken)" : Take(size + 2).substr(0, size);
  }

  // All bytes until the connection ends; whether it has ended in order.
  bool ReadToEnd(std::string* bytes) {
    boost::system::error_code error;
    boost::asio::read(socket_, buffer_, boost::asio::transfer_all(), error);
    *bytes = Take(buffer_.size());
    return error == boost::asio::error::eof;
  }

  // Whether the server has closed the connection; waits for it.
  bool Ended() {
    boost::system::error_code error;
    boost::asio::read(socket_, buffer_, boost::asio::transfer_all(), error);
    return error.failed();
  }

 private:
  std::string Take(size_t size) {
    const auto begin = boost::asio::buffers_begin(buffer_.data());
    std::string text(begin, begin + static_cast<std::ptrdiff_t>(size));
    buffer_.consume(size);
    return text;
  }

  boost::asio::io_context io_;
  Tcp::socket socket_;
  boost::asio::streambuf buffer_;
};

inline std::string HeaderOf(const ApiResponse& response, absl::string_view name) {
  for (const auto& [known, value] : response.headers) {
    if (absl::AsciiStrToLower(known) == name) return value;
  }
  return "-";
}

// The text of a request with a body of known length; of JSON unless the headers say more.
inline std::string RequestText(absl::string_view method, absl::string_view target,
                               absl::string_view body = "", absl::string_view headers = "") {
  return absl::StrCat(method, " ", target, " HTTP/1.1\r\nHost: localhost\r\n", headers,
                      body.empty() || absl::StrContains(headers, "Content-Type:")
                          ? ""
                          : "Content-Type: application/json\r\n",
                      body.empty() ? "" : absl::StrCat("Content-Length: ", body.size(), "\r\n"),
                      "\r\n", body);
}

constexpr absl::string_view kUploadHead =
    "POST /v1/collections/c/trajectories HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
    "application/x-ndjson\r\n"
    "Transfer-Encoding: chunked\r\n";

inline std::string Chunk(absl::string_view bytes) {
  return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
}

}  // namespace spoor::testing
