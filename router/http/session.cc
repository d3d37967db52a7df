#include "router/http/session.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <exception>
#include <thread>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/http/run_on.h"
#include "router/message/accept.h"
#include "router/message/problem.h"
#include "shard/rpc/tuple.h"

namespace spoor {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::experimental::awaitable_operators::operator||;

constexpr size_t kReadBytes = 8 << 10;     // at once, where nothing is known of the size
constexpr size_t kChunkBytes = 256 << 10;  // of an upload, handed to its reader at once
constexpr size_t kUploadBytes =
    8 << 20;  // what an upload may hold: chunk, record, batches in flight
constexpr size_t kLingerBytes = 64 << 20;  // kernels hold megabytes that were sent already
constexpr std::chrono::seconds kLinger{2};

bool IsHttpError(boost::system::error_code error) {
  return error.category() == http::make_error_code(http::error::end_of_stream).category() &&
         error != http::error::end_of_stream && error != http::error::partial_message;
}

// An address; of IPv6 the network, of which a client has as many addresses as it likes.
std::string ClientOf(const Session::Tcp::socket& socket) {
  boost::system::error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) return "";
  const auto address = peer.address();
  if (!address.is_v6() || address.to_v6().is_v4_mapped()) return address.to_string();
  const auto bytes = address.to_v6().to_bytes();
  return std::string(bytes.begin(), bytes.begin() + 8);
}

ApiResponse ServerFailed() {
  return Problem(500, "internal", "the server has failed to answer this request");
}

int PoolThreads(int asked) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return asked > 0 ? asked : cores;
}

}  // namespace

Shop::Shop(Api& served, const ServerOptions& chosen, Origins known)
    : api(served),
      options(chosen),
      origins(std::move(known)),
      metrics(served.metrics()),
      requests(chosen.max_in_flight),
      uploading(chosen.max_upload_bytes_in_flight / kUploadBytes),
      streams(chosen.max_streams),
      compute(static_cast<size_t>(PoolThreads(chosen.threads))),
      uploads(PoolThreads(chosen.threads)),
      probes(1),
      random(std::random_device()()) {}

Session::Session(Shop& shop, Tcp::socket socket)
    : shop_(shop),
      socket_(std::move(socket)),
      buffer_(size_t{shop.options.max_header_bytes} + (64 << 10)),
      cancelled_(std::make_shared<std::atomic<bool>>(false)),
      client_(ClientOf(socket_)) {
  boost::system::error_code ignored;
  socket_.set_option(Tcp::no_delay(true), ignored);
}

void Session::Sweep(HttpClock::time_point now) {
  if (now <= deadline_ || gone_) return;
  ++shop_.metrics.connections_cut;
  Cut();
}

void Session::EndSoon() {
  ending_ = true;
  if (waker_ != nullptr) waker_->Wake();
  if (idle_) Cut();
}

void Session::Cut() {
  gone_ = true;
  *cancelled_ = true;
  if (waker_ != nullptr) waker_->Wake();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

Session::Task<void> Session::Run() {
  while (!ending_ && !gone_) {
    HeadParser parser;
    parser.header_limit(shop_.options.max_header_bytes);
    parser.body_limit(boost::none);  // checked when it is known what the request is
    const bool read = co_await ReadHead(parser);
    if (!read) break;
    co_await Serve(parser);
  }
  if (body_unread_ && !gone_) co_await Linger();
}

Session::Task<bool> Session::ReadHead(HeadParser& parser) {
  deadline_ = HttpClock::now() + std::chrono::seconds(shop_.options.idle_timeout_s);
  idle_ = true;
  while (buffer_.size() == 0) {
    const auto [error, bytes] =
        co_await socket_.async_read_some(buffer_.prepare(kReadBytes), kTuple);
    if (error) co_return false;
    buffer_.commit(bytes);
    shop_.metrics.received_bytes += bytes;
  }
  idle_ = false;
  deadline_ = HttpClock::now() + std::chrono::seconds(shop_.options.read_timeout_s);
  const auto [error, bytes] = co_await http::async_read_header(socket_, buffer_, parser, kTuple);
  if (!error) {
    TakeHead(parser);
    co_return true;
  }
  if (IsHttpError(error)) co_await RefuseHead(error);
  co_return false;
}

Session::Task<void> Session::RefuseHead(boost::system::error_code error) {
  const bool large = error == http::error::header_limit || error == http::error::buffer_overflow;
  reply_ = Reply{.keep_alive = false,
                 .request_id = absl::StrCat(absl::Hex(shop_.random(), absl::kZeroPad16))};
  ending_ = body_unread_ = true;
  ApiResponse response =
      large ? Problem(431, "header-too-large",
                      absl::StrCat("the head of a request may have ",
                                   shop_.options.max_header_bytes, " bytes"))
            : Problem(400, "not-parseable",
                      absl::StrCat("the request is not HTTP/1.1: ", error.message()));
  shop_.metrics.CountRequest("none", response.status, 0);
  co_await Write(response);
}

void Session::TellOf(const ApiResponse& response) const {
  using Level = Events::Level;
  if (shop_.options.events == nullptr || request_.is_probe()) return;
  const auto ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(HttpClock::now() - came_).count();
  const bool failed = response.status >= 500;
  if (!failed && (ms < shop_.options.slow_ms || request_.is_upload())) return;
  Events::Fields fields = {{"method", request_.request().method},
                           {"target", Shortened(request_.request().target, 300)},
                           {"status", absl::StrCat(response.status)},
                           {"took_ms", absl::StrCat(ms)},
                           {"request_id", reply_.request_id}};
  if (!response.cause.empty()) fields.emplace_back("why", Shortened(response.cause, 1000));
  shop_.options.events->Tell(failed ? Level::kError : Level::kWarning,
                             failed ? "request_failed" : "slow_request", fields);
}

Session::Task<void> Session::Serve(HeadParser& parser) {
  came_ = HttpClock::now();
  const bool admitted = co_await Admit(parser);
  if (!admitted) co_return;
  cancelled_ = std::make_shared<std::atomic<bool>>(false);
  Patience patience = shop_.api.PatienceFor(request_);
  patience.cancelled = cancelled_;
  const Counted<std::atomic<int64_t>> shown(shop_.metrics.in_flight);
  if (request_.is_upload()) {
    co_await ServeUpload(parser, patience);
  } else {
    co_await ServeRequest(parser, patience);
  }
  slot_.reset();
}

Session::Task<bool> Session::Admit(const HeadParser& parser) {
  ApiResponse answer;
  if (!AnswerFromHead(parser, &answer)) co_return true;
  shop_.metrics.CountRequest("none", answer.status, 0);
  if (!parser.is_done()) ending_ = body_unread_ = true;
  co_await Write(answer);
  co_return false;
}

Pace Session::NewPace() const {
  return Pace(std::chrono::seconds(shop_.options.read_timeout_s),
              shop_.options.min_body_bytes_per_s, HttpClock::now());
}

Session::Task<bool> Session::ReadBody(HeadParser& head, HttpClock::time_point limit,
                                      ApiResponse* refusal) {
  if (head.is_done()) co_return true;
  if (ExpectsContinue(request_.request())) {
    const bool written = co_await WriteAll("HTTP/1.1 100 Continue\r\n\r\n", "");
    if (!written) co_return false;
  }
  const uint64_t max_bytes = shop_.api.limits().max_body_bytes;
  http::request_parser<http::string_body> parser(std::move(head));
  parser.body_limit(max_bytes);
  Pace pace = NewPace();
  while (!parser.is_done()) {
    deadline_ = std::min(limit, pace.deadline());
    const auto [error, bytes] = co_await http::async_read_some(socket_, buffer_, parser, kTuple);
    pace.Moved(bytes, HttpClock::now());
    shop_.metrics.received_bytes += bytes;
    if (!error) continue;
    gone_ = !IsHttpError(error);
    ending_ = body_unread_ = true;
    *refusal =
        error == http::error::body_limit
            ? BodyTooLarge(max_bytes)
            : Problem(400, "not-parseable", absl::StrCat("the body is broken: ", error.message()));
    co_return false;
  }
  request_.body() = std::move(parser.get().body());
  co_return true;
}

// Reads ahead while an answer is made: that is how a hang-up shows.  What comes is the next
// request's.
Session::Task<void> Session::WatchForHangUp() {
  co_await asio::this_coro::throw_if_cancelled(false);
  while (buffer_.size() < kReadAheadBytes) {
    const auto [error, bytes] =
        co_await socket_.async_read_some(buffer_.prepare(kReadBytes), kTuple);
    if (error == asio::error::operation_aborted) co_return;  // the answer is ready
    if (error) {
      ++shop_.metrics.hang_ups;
      co_return Cut();
    }
    buffer_.commit(bytes);
    shop_.metrics.received_bytes += bytes;
  }
}

Session::Task<void> Session::ServeRequest(HeadParser& parser, Patience patience) {
  ApiResponse response;
  const bool read = co_await ReadBody(parser, patience.deadline, &response);
  if (gone_) co_return;
  deadline_ = HttpClock::time_point::max();
  if (read) {
    const auto answer = [&] {
      try {
        if (DecodeBody(request_.request(), request_.body(), shop_.api.limits().max_body_bytes,
                       &response)) {
          response = shop_.api.Handle(request_, patience);
        }
        Compress(response, reply_.coding);
      } catch (const std::exception& failure) {  // no memory: this request fails
        response = ServerFailed();
        response.cause = failure.what();
      }
    };
    if (request_.is_probe()) {
      co_await (RunOn(shop_.io, shop_.probes, answer) || WatchForHangUp());
    } else {
      co_await (RunOn(shop_.io, shop_.compute, answer) || WatchForHangUp());
    }
  } else {
    shop_.metrics.CountRequest("none", response.status, 0);
  }
  TakeStream(response);
  TellOf(response);
  if (!gone_) co_await Write(response);
}

Session::Task<void> Session::ServeUpload(HeadParser& parser, Patience patience) {
  std::unique_ptr<Upload> upload;
  ApiResponse response;
  deadline_ = HttpClock::time_point::max();
  co_await RunOn(shop_.io, shop_.uploads,
                 [&] { upload = shop_.api.StartUpload(request_, patience, &response); });
  if (upload != nullptr) {
    co_await Receive(parser, *upload);
    deadline_ = HttpClock::time_point::max();
    co_await RunOn(shop_.io, shop_.uploads, [&, gone = gone_] {
      if (!gone) response = upload->Finish();
      upload.reset();  // waits for what is being written
      Compress(response, reply_.coding);
    });
  } else if (!parser.is_done()) {
    ending_ = body_unread_ = true;
  }
  TellOf(response);
  if (!gone_) co_await Write(response);
}

Session::Task<void> Session::Receive(HeadParser& head, Upload& upload) {
  if (!head.is_done() && ExpectsContinue(request_.request())) {
    const bool written = co_await WriteAll("HTTP/1.1 100 Continue\r\n\r\n", "");
    if (!written) co_return;
  }
  http::request_parser<http::buffer_body> parser(std::move(head));
  // The limit is that of the decoded bytes, which the upload keeps; only a coding that makes
  // nothing of many bytes meets this one.
  parser.body_limit(2 * shop_.api.limits().max_upload_bytes);
  std::string chunk(kChunkBytes, '\0');
  Pace pace = NewPace();
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = chunk.data();
    body.size = chunk.size();
    deadline_ = pace.deadline();
    const auto [error, bytes] = co_await http::async_read_some(socket_, buffer_, parser, kTuple);
    if (error && error != http::error::need_buffer) {
      if (!IsHttpError(error)) co_return Cut();  // what was committed stays
      upload.Break(absl::StrCat("the body is broken: ", error.message()));
      ending_ = body_unread_ = true;
      co_return;
    }
    pace.Moved(bytes, HttpClock::now());
    shop_.metrics.received_bytes += bytes;
    deadline_ = HttpClock::time_point::max();
    const auto fed_at = HttpClock::now();
    absl::Status fed;
    const absl::string_view piece(chunk.data(), chunk.size() - body.size);
    co_await RunOn(shop_.io, shop_.uploads, [&] { fed = upload.Feed(piece); });
    pace.Excuse(HttpClock::now() - fed_at);
    if (fed.ok()) continue;
    if (!parser.is_done()) ending_ = body_unread_ = true;
    co_return;
  }
}

Session::Task<bool> Session::Write(const ApiResponse& response) {
  reply_.keep_alive = !ending_;
  if (response.rest != nullptr && !reply_.head_only) co_return co_await WriteFlow(response);
  static const std::string no_body;
  co_return co_await WriteAll(ResponseHead(response, reply_),
                              reply_.head_only ? no_body : response.body);
}

Session::Task<bool> Session::WriteAll(std::string head, const std::string& body) {
  std::array<asio::const_buffer, 2> rest = {asio::buffer(head), asio::buffer(body)};
  Pace pace = NewPace();
  while (rest[0].size() + rest[1].size() > 0) {
    deadline_ = pace.deadline();
    const auto [error, bytes] = co_await socket_.async_write_some(rest, kTuple);
    if (error) {
      Cut();
      co_return false;
    }
    pace.Moved(bytes, HttpClock::now());
    shop_.metrics.sent_bytes += bytes;
    const size_t of_head = std::min(bytes, rest[0].size());
    rest[0] += of_head;
    rest[1] += bytes - of_head;
  }
  co_return true;
}

// Reads on for a while after a refusal: a close with bytes unread would reset the connection, and
// the client would never see why.
Session::Task<void> Session::Linger() {
  boost::system::error_code ignored;
  socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  deadline_ = HttpClock::now() + kLinger;
  std::string waste(kReadBytes, '\0');
  for (size_t total = 0; total < kLingerBytes;) {
    const auto [error, bytes] = co_await socket_.async_read_some(asio::buffer(waste), kTuple);
    if (error) break;
    total += bytes;
  }
}

}  // namespace spoor
