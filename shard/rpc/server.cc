#include "shard/rpc/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <set>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/listen.h"
#include "shard/rpc/server_session.h"
#include "shard/rpc/tls.h"
#include "shard/rpc/tuple.h"

namespace spoor {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

constexpr std::chrono::milliseconds kSweep{100};       // how late a slow peer may be cut
constexpr std::chrono::milliseconds kAcceptPause{50};  // when descriptors have run out

int PoolThreads(int asked) {
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  return asked > 0 ? asked : cores;
}

// Limits that make sense together: the decoder has one of its own.
RpcServerOptions Bounded(RpcServerOptions options) {
  options.max_body_bytes = std::min(options.max_body_bytes, kMaxBodyBytes);
  return options;
}

}  // namespace

class RpcServer::Impl {
 public:
  Impl(Service& service, const RpcServerOptions& options)
      : workers_(static_cast<size_t>(PoolThreads(options.threads))),
        floor_{service, Bounded(options), io_.io(), workers_},
        acceptor_(io_.io()) {}

  absl::Status Listen();
  void Serve();
  void Stop();
  uint16_t port() const { return port_; }
  const ServerFloor& floor() const { return floor_; }

 private:
  asio::awaitable<void> Accept();
  void Start(Tcp::socket socket);
  void Sweep();
  void BeginStop();
  void RestWhenDone();

  IoThread io_;
  Workers workers_;
  ServerFloor floor_;
  Tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::set<std::shared_ptr<ServerSession>> sessions_;
  Alarms::Id sweep_ = 0;
  Alarms::Time grace_over_ = Alarms::Time::max();
  bool stopped_ = false;  // of the thread that stops
};

absl::Status RpcServer::Impl::Listen() {
  const auto port = ListenOn(acceptor_, floor_.options.address, floor_.options.port);
  if (port.ok()) port_ = *port;
  return port.status();
}

void RpcServer::Impl::Serve() {
  asio::post(io_.io(), [this] {
    asio::co_spawn(io_.io(), Accept(), [](const std::exception_ptr&) {});
    Sweep();
  });
}

asio::awaitable<void> RpcServer::Impl::Accept() {
  while (!floor_.stopping) {
    auto [error, socket] = co_await acceptor_.async_accept(kTuple);
    if (floor_.stopping) break;
    if (error) {
      asio::steady_timer pause(io_.io(), kAcceptPause);
      co_await pause.async_wait(kTuple);
    } else if (sessions_.size() >= floor_.options.max_connections) {
      ++floor_.refused;  // closed; whoever has too many has no time to say so
    } else {
      Start(std::move(socket));
    }
  }
}

void RpcServer::Impl::Start(Tcp::socket socket) {
  boost::system::error_code ignored;
  socket.set_option(Tcp::no_delay(true), ignored);
  socket.set_option(Tcp::socket::keep_alive(true), ignored);  // callers that went without a word
  auto stream = floor_.options.tls == nullptr ? std::make_unique<Stream>(std::move(socket))
                                              : floor_.options.tls->ServerStream(std::move(socket));
  auto session = std::make_shared<ServerSession>(floor_, std::move(stream));
  sessions_.insert(session);
  ++floor_.connections;
  asio::co_spawn(io_.io(), session->Run(), [this, session](const std::exception_ptr& failed) {
    if (failed != nullptr) session->Cut();  // no memory: ends this connection only
    --floor_.connections;
    sessions_.erase(session);
    RestWhenDone();
  });
}

void RpcServer::Impl::Sweep() {
  const auto now = io_.now();
  for (const auto& session : sessions_) {
    if (now >= grace_over_) {
      session->Cut();
    } else {
      session->Sweep(now);
    }
  }
  sweep_ = io_.At(now + kSweep, [this] { Sweep(); });
  RestWhenDone();
}

void RpcServer::Impl::RestWhenDone() {
  if (!floor_.stopping || !sessions_.empty()) return;
  io_.Drop(sweep_);
}

void RpcServer::Impl::BeginStop() {
  floor_.stopping = true;
  grace_over_ = io_.now() + floor_.options.grace;
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_) session->EndSoon();
  RestWhenDone();
}

void RpcServer::Impl::Stop() {
  if (std::exchange(stopped_, true)) return;
  asio::post(io_.io(), [this] { BeginStop(); });
  io_.Join();
  workers_.Join();
}

absl::StatusOr<std::unique_ptr<RpcServer>> RpcServer::Listen(Service& service,
                                                             const RpcServerOptions& options) {
  auto impl = std::make_unique<Impl>(service, options);
  if (absl::Status listening = impl->Listen(); !listening.ok()) return listening;
  impl->Serve();
  return std::unique_ptr<RpcServer>(new RpcServer(std::move(impl)));
}

RpcServer::RpcServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
RpcServer::~RpcServer() { impl_->Stop(); }
uint16_t RpcServer::port() const { return impl_->port(); }
void RpcServer::Stop() { impl_->Stop(); }

RpcServerStats RpcServer::stats() const {
  const ServerFloor& floor = impl_->floor();
  return {.connections = floor.connections,
          .in_flight = floor.in_flight,
          .calls = floor.calls,
          .overloads = floor.overloads,
          .cancelled = floor.cancelled,
          .refused = floor.refused,
          .cut = floor.cut};
}

}  // namespace spoor
