#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <memory>
#include <random>
#include <string>

#include "engine/wait/workers.h"
#include "router/api/api.h"
#include "router/http/exchange.h"
#include "router/http/origins.h"
#include "router/http/server.h"
#include "router/http/shares.h"
#include "router/http/waker.h"
#include "router/metrics/metrics.h"

namespace spoor {

// Counts a request as long as it waits or runs.
template <typename Count>
class Counted {
 public:
  explicit Counted(Count& count) : count_(count) { ++count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }

 private:
  Count& count_;
};

// What the connections of a server share.  Only the I/O thread touches it, but for the pools.
struct Shop {
  Shop(Api& served, const ServerOptions& chosen, Origins known);

  Api& api;
  const ServerOptions options;
  const Origins origins;
  Metrics& metrics;
  // A slow upload holds no place that a search needs, nor does a stream that is seldom heard of.
  Shares requests, uploading, streams;
  boost::asio::io_context io{1};
  // Three, so that uploads that wait for the disk do not hold up searches, and nothing holds up the
  // question whether the process lives.
  Workers compute;
  boost::asio::thread_pool uploads, probes;
  std::mt19937_64 random;
  bool stopping = false;
};

// One connection: reads a request, has it answered, writes the answer, over and over.  Requests of
// one connection are served one after the other, so pipelined ones are answered in order.
class Session {
 public:
  using Tcp = boost::asio::ip::tcp;
  template <typename T>
  using Task = boost::asio::awaitable<T>;

  Session(Shop& shop, Tcp::socket socket);

  Task<void> Run();  // until the connection ends

  // Called now and then: cuts the connection when its peer is too slow.
  void Sweep(HttpClock::time_point now);
  // Ends the connection once its running request is answered; at once when there is none.
  void EndSoon();
  // Ends the connection and cancels its request.
  void Cut();

 private:
  static constexpr size_t kReadAheadBytes = 32 << 10;  // of requests while one is answered
  using HeadParser = boost::beast::http::request_parser<boost::beast::http::empty_body>;

  Task<bool> ReadHead(HeadParser& parser);
  Task<void> RefuseHead(boost::system::error_code error);
  Task<void> Serve(HeadParser& parser);
  Task<void> ServeRequest(HeadParser& parser, Patience patience);
  Task<void> ServeUpload(HeadParser& parser, Patience patience);
  Task<void> Receive(HeadParser& parser, Upload& upload);
  // False, with the answer written, when the head alone decides it.
  Task<bool> Admit(const HeadParser& parser);
  bool AnswerFromHead(const HeadParser& parser, ApiResponse* answer);
  // What is wrong with the head as a message of HTTP/1.1; empty when nothing is.
  absl::string_view Malformed(const HeadParser& parser) const;
  // Whether the request may come from where it says it does.
  bool IsForeign(ApiResponse* refusal);
  bool TakeSlot();  // false: the client has its share
  // False when the peer has gone or is too slow; true with `refusal` set when the body is too
  // large.
  Task<bool> ReadBody(HeadParser& parser, HttpClock::time_point limit, ApiResponse* refusal);
  Task<void> WatchForHangUp();
  Task<bool> Write(const ApiResponse& response);
  void TellOf(const ApiResponse& response) const;  // if it is worth it

  // session_flow.cc
  struct Flow;
  // Where the length of the answer is not known: gives it the place of a stream, or refuses it.
  void TakeStream(ApiResponse& response);
  Task<bool> WriteFlow(const ApiResponse& response);
  Task<absl::Status> SendPieces(Flow& flow);
  Task<absl::StatusOr<BodySource::Piece>> AskFor(BodySource& source);
  Task<bool> WaitForMore(Flow& flow, HttpClock::time_point look_again);
  void NoteSent(Flow& flow) const;
  void BreakOff(bool by_reset, const absl::Status& why);

  Task<bool> WriteAll(std::string head, const std::string& body);
  Task<void> Linger();
  void TakeHead(const HeadParser& parser);
  Pace NewPace() const;

  Shop& shop_;
  Tcp::socket socket_;
  boost::beast::flat_buffer buffer_;  // what has been read and not yet parsed
  HttpClock::time_point deadline_ = HttpClock::time_point::max();
  std::shared_ptr<std::atomic<bool>> cancelled_;
  const std::string client_;  // by whom shares are counted
  RoutedRequest request_;
  std::string authority_;  // of a target that names one
  Reply reply_;
  std::unique_ptr<Shares::Slot> slot_;  // null: the request takes none
  std::shared_ptr<Waker> waker_;        // null: no answer flows
  HttpClock::time_point came_;          // when the head of the request had been read
  bool idle_ = false;                   // between requests
  bool ending_ = false;                 // after this answer
  bool body_unread_ = false;            // the answer was made without looking at all of the body
  bool gone_ = false;                   // the peer has hung up, or has been cut
};

}  // namespace spoor
