#include "shard/rpc/server_session.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor {

namespace asio = boost::asio;

ServerSession::ServerSession(ServerFloor& floor, std::unique_ptr<Stream> stream)
    : floor_(floor),
      link_(std::make_shared<Link>(std::move(stream), floor.options.max_body_bytes)),
      since_(std::chrono::steady_clock::now()) {}

asio::awaitable<void> ServerSession::Run() {
  const auto self = shared_from_this();
  const auto failed = co_await link_->stream().Handshake();
  if (!failed) {
    const absl::Status why =
        co_await link_->Read([this](Frame frame) { return Take(std::move(frame)); });
    if (why.code() == absl::StatusCode::kFailedPrecondition) {
      ++floor_.refused;  // it has been told
    } else if (absl::IsDataLoss(why) || absl::IsResourceExhausted(why)) {
      ++floor_.cut;
      link_->Send(AnswerFrame(0, why, peer_takes_bytes_));
    }
  } else {
    ++floor_.refused;
  }
  CancelAll();
  link_->CloseWhenSent();
  co_await link_->Closed();  // Sweep sees to it that it does not take forever
}

void ServerSession::Sweep(Time now) {
  if (link_->closed()) return;
  const bool silent = !greeted_ && now > since_ + floor_.options.hello_timeout;
  const bool stalled = link_->peer_owes() && now > link_->last_progress() + floor_.options.stall;
  if (!silent && !stalled) return;
  ++floor_.cut;
  Cut();
}

void ServerSession::EndSoon() {
  bool idle = false;
  {
    const MutexLock lock(mu_);
    ending_ = true;
    idle = running_.empty();
  }
  if (idle) link_->CloseWhenSent();
}

void ServerSession::Cut() {
  CancelAll();
  link_->Close();
}

void ServerSession::CancelAll() {
  const MutexLock lock(mu_);
  for (const auto& [id, cancelled] : running_) *cancelled = true;
  running_.clear();
}

size_t ServerSession::running() {
  const MutexLock lock(mu_);
  return running_.size();
}

absl::Status ServerSession::Take(Frame frame) {
  if (!greeted_) return TakeHello(frame);
  switch (frame.kind) {
    case FrameKind::kRequest:
      return TakeRequest(std::move(frame));
    case FrameKind::kCancel:
      return TakeCancel(frame);
    case FrameKind::kPing: {
      const auto id = DecodeId(frame);
      if (id.ok()) link_->Send(IdFrame(FrameKind::kPong, *id));
      return id.status();
    }
    default:
      return absl::DataLossError(
          absl::StrCat("the caller sent a frame of kind ", static_cast<int>(frame.kind)));
  }
}

absl::Status ServerSession::TakeHello(const Frame& frame) {
  const auto theirs = DecodeHello(frame);
  if (!theirs.ok()) return theirs.status();
  const Hello ours{.cluster = floor_.options.cluster,
                   .node = floor_.options.node,
                   .max_body_bytes = floor_.options.max_body_bytes};
  const auto version = Agree(ours, *theirs);
  if (!version.ok()) {
    link_->Send(AnswerFrame(0, version.status(), kMaxBodyBytes));
    return version.status();
  }
  greeted_ = true;
  peer_takes_bytes_ = theirs->max_body_bytes;
  link_->Send(HelloFrame(ours));
  return absl::OkStatus();
}

absl::Status ServerSession::Admit(const Request& request) {
  const RpcServerOptions& options = floor_.options;
  if (floor_.stopping) {
    return absl::UnavailableError(absl::StrCat("node ", options.node, " is stopping"));
  }
  const bool full = floor_.in_flight >= options.max_in_flight ||
                    running() >= options.max_in_flight_per_connection ||
                    floor_.bytes_in_flight + request.call.body.size() > options.max_bytes_in_flight;
  if (!full) return absl::OkStatus();
  ++floor_.overloads;
  return OverloadError(absl::StrCat("node ", options.node, " has as many calls as it may: ",
                                    floor_.in_flight.load(), ", of this caller ", running()),
                       options.retry_after);
}

absl::Status ServerSession::TakeRequest(Frame frame) {
  auto request = DecodeRequest(std::move(frame), std::chrono::steady_clock::now());
  if (!request.ok()) return request.status();
  {
    const MutexLock lock(mu_);
    if (running_.count(request->id) > 0) {
      return absl::DataLossError(absl::StrCat("two calls with the id ", request->id));
    }
  }
  if (const absl::Status admitted = Admit(*request); !admitted.ok()) {
    link_->Send(AnswerFrame(request->id, admitted, peer_takes_bytes_));
    return absl::OkStatus();
  }
  Begin(*std::move(request));
  return absl::OkStatus();
}

void ServerSession::Begin(Request request) {
  const auto cancelled = std::make_shared<std::atomic<bool>>(false);
  {
    const MutexLock lock(mu_);
    running_.emplace(request.id, cancelled);
  }
  ++floor_.in_flight;
  ++floor_.calls;
  floor_.bytes_in_flight += request.call.body.size();
  if (floor_.service.IsQuick(request.call.method)) return Serve(request, cancelled);
  floor_.workers.Post(
      [self = shared_from_this(), cancelled, request = std::move(request),
       guard = asio::make_work_guard(floor_.io)] { self->Serve(request, cancelled); });
}

void ServerSession::Serve(const Request& request, const CancelFlag& cancelled) {
  const Answer answer =
      ServeInTime(floor_.service, request.call, Patience{request.deadline, cancelled});
  std::string frame = AnswerFrame(request.id, answer, peer_takes_bytes_);
  --floor_.in_flight;  // before it is sent: whoever has the answer has room for the next call
  floor_.bytes_in_flight -= request.call.body.size();
  bool last = false;
  {
    const MutexLock lock(mu_);
    // A cancelled call has been forgotten, and its id may be in use again.
    if (!*cancelled) {
      running_.erase(request.id);
      link_->Send(std::move(frame));
    }
    last = ending_ && running_.empty();
  }
  if (last) asio::post(floor_.io, [self = shared_from_this()] { self->link_->CloseWhenSent(); });
}

absl::Status ServerSession::TakeCancel(const Frame& frame) {
  const auto id = DecodeId(frame);
  if (!id.ok()) return id.status();
  const MutexLock lock(mu_);
  const auto found = running_.find(*id);
  if (found == running_.end()) return absl::OkStatus();  // the answer is on its way
  *found->second = true;
  running_.erase(found);
  ++floor_.cancelled;
  return absl::OkStatus();
}

}  // namespace spoor
