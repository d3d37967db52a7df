#include "shard/rpc/client_session.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/rpc/tls.h"
#include "shard/rpc/tuple.h"

namespace spoor {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

// What the caller is told; how long a full caller should wait is only a guess: a few calls' time.
constexpr std::chrono::milliseconds kRetryFull{10};

}  // namespace

ClientSession::ClientSession(IoThread& io, const DialOptions& options)
    : io_(io),
      options_(options),
      hello_{.cluster = options.cluster,
             .node = options.node,
             .max_body_bytes = std::min(options.max_body_bytes, kMaxBodyBytes)},
      random_(std::random_device()()) {}

absl::Status ClientSession::Unreachable(const absl::Status& why) const {
  return absl::UnavailableError(
      absl::StrCat("node ", options_.host, ":", options_.port, ": ", why.message()));
}

absl::Status ClientSession::Admit(const Call& call) const {
  if (ended_) return absl::CancelledError("the channel has been closed");
  if (absl::Status fits = CheckCall(call, node_takes_bytes_); !fits.ok()) return fits;
  if (calls_.size() >= options_.max_in_flight) {
    return OverloadError(absl::StrCat(calls_.size(), " calls to ", options_.host, ":",
                                      options_.port, " wait for an answer already"),
                         kRetryFull);
  }
  if (link_ == nullptr && io_.now() < next_try_) return Unreachable(last_failure_);
  return absl::OkStatus();
}

void ClientSession::Begin(uint64_t id, Waiting waiting) {
  if (absl::Status admitted = Admit(waiting.call); !admitted.ok()) {
    return waiting.done(std::move(admitted));
  }
  if (waiting.deadline <= io_.now()) {
    return waiting.done(absl::DeadlineExceededError("the deadline had passed before the call"));
  }
  Waiting& call = calls_.emplace(id, std::move(waiting)).first->second;
  if (call.deadline != Channel::Time::max()) {
    call.alarm = io_.At(call.deadline, [weak = weak_from_this(), id] {
      if (const auto self = weak.lock(); self != nullptr) {
        self->GiveUp(id, absl::DeadlineExceededError("the node has not answered in time"));
      }
    });
  }
  if (silence_alarm_ == 0) Listen();
  if (ready_) return Send(id, call);
  unsent_.push_back(id);
  if (link_ == nullptr) Connect();
}

void ClientSession::Send(uint64_t id, Waiting& waiting) {
  const auto now = io_.now();
  if (waiting.deadline <= now) return;  // its alarm is about to ring
  if (absl::Status fits = CheckCall(waiting.call, node_takes_bytes_); !fits.ok()) {
    return Finish(id, std::move(fits));
  }
  waiting.sent = true;
  link_->Send(RequestFrame(id, waiting.call, waiting.deadline, now));
  waiting.call.body = Body();
}

void ClientSession::Finish(uint64_t id, Answer answer) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;  // given up
  const auto done = std::move(found->second.done);
  io_.Drop(found->second.alarm);
  calls_.erase(found);
  done(std::move(answer));
}

void ClientSession::GiveUp(uint64_t id, absl::Status why) {
  const auto found = calls_.find(id);
  if (found == calls_.end()) return;
  if (found->second.sent && ready_) link_->Send(IdFrame(FrameKind::kCancel, id));
  Finish(id, std::move(why));
}

void ClientSession::End() {
  ended_ = true;
  while (!calls_.empty()) {
    GiveUp(calls_.begin()->first, absl::CancelledError("the channel has been closed"));
  }
  io_.Drop(std::exchange(silence_alarm_, 0));
  io_.Drop(std::exchange(connect_alarm_, 0));
  if (link_ == nullptr) return;
  if (ready_) {  // the cancels are sent, if the node takes them
    connect_alarm_ =
        io_.At(io_.now() + options_.connect_timeout, [link = link_] { link->Close(); });
    link_->CloseWhenSent();
  } else {
    link_->Close();
  }
}

void ClientSession::Connect() {
  Tcp::socket socket(io_.io());
  auto stream =
      options_.tls == nullptr
          ? std::make_unique<Stream>(std::move(socket))
          : options_.tls->ClientStream(
                std::move(socket), options_.tls_name.empty() ? options_.host : options_.tls_name);
  link_ = std::make_shared<Link>(std::move(stream), options_.max_body_bytes);
  connecting_since_ = io_.now();
  connect_alarm_ = io_.At(io_.now() + options_.connect_timeout, [link = link_] { link->Close(); });
  asio::co_spawn(io_.io(), Talk(link_),
                 [self = shared_from_this()](const std::exception_ptr& failed, absl::Status why) {
                   if (failed != nullptr) why = absl::ResourceExhaustedError("out of memory");
                   self->Lost(why);
                 });
}

asio::awaitable<absl::Status> ClientSession::Reach(Stream& stream) {
  boost::system::error_code error;
  std::vector<Tcp::endpoint> endpoints;
  const auto address = asio::ip::make_address(options_.host, error);
  if (!error) {
    endpoints.emplace_back(address, options_.port);
  } else {
    Tcp::resolver resolver(io_.io());
    const auto [unknown, found] =
        co_await resolver.async_resolve(options_.host, std::to_string(options_.port), kTuple);
    if (unknown) co_return absl::UnavailableError(unknown.message());
    endpoints.assign(found.begin(), found.end());
  }
  error = asio::error::host_not_found;
  for (const Tcp::endpoint& endpoint : endpoints) {
    boost::system::error_code ignored;
    stream.socket().close(ignored);
    std::tie(error) = co_await stream.socket().async_connect(endpoint, kTuple);
    if (!error || link_->closed()) break;
  }
  if (link_->closed()) co_return absl::UnavailableError("not connected in time");
  if (error) co_return absl::UnavailableError(error.message());
  stream.socket().set_option(Tcp::no_delay(true), error);
  stream.socket().set_option(Tcp::socket::keep_alive(true), error);
  error = co_await stream.Handshake();
  if (error) co_return absl::UnavailableError(absl::StrCat("TLS: ", error.message()));
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> ClientSession::Talk(LinkPtr link) {
  absl::Status reached = co_await Reach(link->stream());
  if (!reached.ok()) co_return reached;
  link->Send(HelloFrame(hello_));
  co_return co_await link->Read([this](Frame frame) { return Take(std::move(frame)); });
}

absl::Status ClientSession::Take(Frame frame) {
  pinged_ = false;
  silent_ = false;
  switch (frame.kind) {
    case FrameKind::kReply:
    case FrameKind::kError:
    case FrameKind::kOverload: {
      auto answered = DecodeAnswer(std::move(frame));
      if (!answered.ok()) return answered.status();
      if (answered->id == 0) return answered->answer.status();  // it will have none of us
      if (!ready_) return absl::DataLossError("the node answered before its hello");
      Finish(answered->id, std::move(answered->answer));
      return absl::OkStatus();
    }
    case FrameKind::kPong:
      return absl::OkStatus();
    default:
      return ready_ ? absl::DataLossError("the node sent a frame that only callers send")
                    : TakeHello(frame);
  }
}

absl::Status ClientSession::TakeHello(const Frame& frame) {
  const auto theirs = DecodeHello(frame);
  if (!theirs.ok()) return theirs.status();
  const auto version = Agree(hello_, *theirs);
  if (!version.ok()) return version.status();
  if (!options_.expected_node.empty() && theirs->node != options_.expected_node) {
    return absl::FailedPreconditionError(
        absl::StrCat("there is node ", theirs->node, ", not node ", options_.expected_node));
  }
  ready_ = true;
  pinged_ = false;
  pause_ = std::chrono::milliseconds(0);
  node_takes_bytes_ = theirs->max_body_bytes;
  io_.Drop(std::exchange(connect_alarm_, 0));
  for (const uint64_t id : std::exchange(unsent_, {})) {
    const auto found = calls_.find(id);
    if (found != calls_.end()) Send(id, found->second);
  }
  return absl::OkStatus();
}

void ClientSession::Lost(const absl::Status& why) {
  silent_ = true;
  last_failure_ = why.ok() ? absl::UnavailableError("it has closed the connection") : why;
  link_->Close();
  link_ = nullptr;
  io_.Drop(std::exchange(connect_alarm_, 0));
  if (!std::exchange(ready_, false)) {  // one that was good is made anew at once
    pause_ = std::clamp(pause_ * 2, options_.backoff_least, options_.backoff_most);
    const double share = std::uniform_real_distribution<double>(0.75, 1.25)(random_);
    next_try_ = io_.now() + std::chrono::microseconds(static_cast<int64_t>(
                                1e3 * share * static_cast<double>(pause_.count())));
  }
  unsent_.clear();
  auto lost = std::exchange(calls_, {});  // an answer may begin new calls
  for (auto& [id, waiting] : lost) {
    io_.Drop(waiting.alarm);
    waiting.done(Unreachable(last_failure_));
  }
}

void ClientSession::Listen() {
  const auto glance = std::min(options_.ping_after, options_.silence);
  silence_alarm_ = io_.At(io_.now() + glance, [weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->Listened();
  });
}

void ClientSession::Listened() {
  silence_alarm_ = 0;
  if (ended_ || link_ == nullptr) return;
  if (calls_.empty() && !silent_) return;  // who is silent is not called: the next pong tells
  ListenToLink();
  Listen();
}

void ClientSession::ListenToLink() {
  const auto now = io_.now();
  const auto patience = 2 * options_.ping_after;
  if (!ready_) {
    if (now - connecting_since_ > patience) silent_ = true;
    return;
  }
  // What is still being sent is in the way of a ping, and moves only while the node takes it.
  if (link_->sending()) {
    if (link_->last_progress() <= now - patience) silent_ = true;
    if (link_->last_progress() > now - options_.silence) return;
  }
  if (pinged_ && link_->last_received() > pinged_at_) pinged_ = false;  // a long answer comes
  if (!pinged_) {
    if (link_->last_received() > now - options_.ping_after) return;
    link_->Send(IdFrame(FrameKind::kPing, 1));
    pinged_ = true;
    pinged_at_ = now;
    return;
  }
  if (now - pinged_at_ >= patience) silent_ = true;
  if (now - pinged_at_ >= options_.silence) link_->Close();
}

}  // namespace spoor
