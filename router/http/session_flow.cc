// Answers that are not held at once: how their pieces go out, and what ends them.
#include <algorithm>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/reader.h"
#include "router/http/run_on.h"
#include "router/http/session.h"
#include "router/message/event_stream.h"
#include "router/message/problem.h"

namespace spoor {

using boost::asio::experimental::awaitable_operators::operator||;

namespace {

bool IsPromised(const ApiResponse& response) { return response.rest->bytes_left().has_value(); }

bool IsEventStream(const ApiResponse& response) {
  return response.content_type == ContentTypeOf(Representation::kEvents);
}

std::string CodingOf(const ApiResponse& response) {
  for (const auto& [name, value] : response.headers) {
    if (name == "Content-Encoding") return value;
  }
  return "identity";
}

}  // namespace

// One answer on its way out.
struct Session::Flow {
  BodySource& source;
  enum class Framing : uint8_t { kPromised, kChunks, kUntilClose } framing;
  bool of_events = false;  // which may end between any two, and are never silent for long
  std::unique_ptr<Deflater> deflater = nullptr;                      // null: nothing is encoded
  HttpClock::time_point end = HttpClock::time_point::max();          // for as long as it may take
  HttpClock::time_point comment_due = HttpClock::time_point::max();  // unless an event goes out

  std::string Framed(std::string bytes) const {
    if (framing != Framing::kChunks || bytes.empty()) return bytes;  // an empty one ends the body
    return absl::StrCat(absl::Hex(bytes.size()), "\r\n", bytes, "\r\n");
  }
  std::string Encoded(std::string bytes) const {
    return Framed(deflater == nullptr || bytes.empty() ? std::move(bytes) : deflater->Feed(bytes));
  }
  std::string Ending() const {
    return absl::StrCat(deflater == nullptr ? "" : Framed(deflater->Finish()),
                        framing == Framing::kChunks ? "0\r\n\r\n" : "");
  }
};

void Session::TakeStream(ApiResponse& response) {
  if (response.rest == nullptr || IsPromised(response)) return;
  if (!reply_.head_only) {
    auto stream = shop_.streams.Take(client_);
    if (stream == nullptr) {
      response = Problem(429, "overload",
                         "the server has as many open streams as it may, or as you may; try again");
      return;
    }
    slot_ = std::move(stream);  // in place of that of the request, which has been answered
  }
  if (!reply_.chunks) ending_ = true;  // the end of the connection is that of the body
}

Session::Task<bool> Session::WriteFlow(const ApiResponse& response) {
  using Framing = Flow::Framing;
  const bool promised = IsPromised(response);
  Flow flow{.source = *response.rest,
            .framing = promised        ? Framing::kPromised
                       : reply_.chunks ? Framing::kChunks
                                       : Framing::kUntilClose,
            .of_events = IsEventStream(response),
            .deflater = MakeDeflater(CodingOf(response))};
  if (!promised) {
    flow.end = HttpClock::now() + std::chrono::milliseconds(shop_.options.max_stream_ms);
  }
  const bool begun = co_await WriteAll(ResponseHead(response, reply_), flow.Encoded(response.body));
  if (!begun) co_return false;
  const Counted<std::atomic<int64_t>> shown(shop_.metrics.streams);
  waker_ = std::make_shared<Waker>(shop_.io);
  const absl::Status sent = co_await SendPieces(flow);
  std::exchange(waker_, nullptr)->Retire();
  if (gone_) co_return false;
  if (!sent.ok()) {
    BreakOff(flow.framing == Framing::kUntilClose, sent);
    co_return false;
  }
  co_return co_await WriteAll(flow.Ending(), "");
}

// OK at the end; else why what went out is not all.
Session::Task<absl::Status> Session::SendPieces(Flow& flow) {
  using Kind = BodySource::Piece::Kind;
  NoteSent(flow);
  while (flow.source.bytes_left() != uint64_t{0}) {
    if (flow.of_events && shop_.stopping) co_return absl::OkStatus();
    if (HttpClock::now() >= flow.end) {
      co_return flow.of_events ? absl::OkStatus()
                               : absl::DeadlineExceededError("an answer may not take so long");
    }
    const auto piece = co_await AskFor(flow.source);
    if (gone_) co_return absl::CancelledError("nobody reads on");
    if (!piece.ok()) co_return piece.status();
    if (piece->kind == Kind::kEnd) break;
    if (piece->kind == Kind::kNotYet) {
      const bool there = co_await WaitForMore(flow, piece->look_again);
      if (!there) co_return absl::CancelledError("nobody reads on");
      continue;
    }
    const bool written = co_await WriteAll(flow.Encoded(piece->bytes), "");
    if (!written) co_return absl::CancelledError("nobody reads on");
    NoteSent(flow);
  }
  const bool short_of = flow.source.bytes_left().value_or(0) > 0;
  co_return short_of ? absl::DataLossError("the body is shorter than was promised")
                     : absl::OkStatus();
}

Session::Task<absl::StatusOr<BodySource::Piece>> Session::AskFor(BodySource& source) {
  absl::StatusOr<BodySource::Piece> piece = BodySource::End();
  deadline_ = HttpClock::time_point::max();  // it is the peer who waits
  const BodySource::Wake wake = [waker = waker_] { waker->Wake(); };
  const auto ask = [&] {
    try {
      piece = source.Next(wake);
    } catch (const std::exception& failure) {  // no memory
      piece = absl::ResourceExhaustedError(failure.what());
    }
  };
  co_await (RunOn(shop_.io, shop_.compute, ask) || WatchForHangUp());
  co_return piece;
}

// False when the peer has gone.
Session::Task<bool> Session::WaitForMore(Flow& flow, HttpClock::time_point look_again) {
  deadline_ = HttpClock::time_point::max();
  const auto until = std::min({look_again, flow.end, flow.comment_due});
  if (buffer_.size() < kReadAheadBytes) {
    co_await (waker_->WaitUntil(until) || WatchForHangUp());
  } else {
    co_await waker_->WaitUntil(until);
  }
  if (gone_ || HttpClock::now() < flow.comment_due) co_return !gone_;
  const bool written = co_await WriteAll(flow.Encoded(std::string(kEventComment)), "");
  NoteSent(flow);
  co_return written;
}

void Session::NoteSent(Flow& flow) const {
  if (!flow.of_events) return;
  flow.comment_due = HttpClock::now() + std::chrono::milliseconds(shop_.options.event_silence_ms);
}

void Session::BreakOff(bool by_reset, const absl::Status& why) {
  ++shop_.metrics.streams_broken;
  if (shop_.options.events != nullptr) {
    shop_.options.events->Tell(Events::Level::kError, "answer_broken_off",
                               {{"method", request_.request().method},
                                {"target", Shortened(request_.request().target, 300)},
                                {"request_id", reply_.request_id},
                                {"why", Shortened(why.message(), 1000)}});
  }
  if (by_reset) {  // a plain end of the connection would be that of the body
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
  }
  Cut();
}

}  // namespace spoor
