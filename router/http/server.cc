#include "router/http/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/http/session.h"
#include "shard/rpc/listen.h"
#include "shard/rpc/tuple.h"

namespace spoor {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds kSweep{100};       // how late a slow client may be cut
constexpr std::chrono::milliseconds kAcceptPause{50};  // when descriptors have run out

}  // namespace

class Server::Impl {
 public:
  Impl(Api& api, const ServerOptions& options, Origins origins)
      : shop_(api, options, std::move(origins)), acceptor_(shop_.io), sweep_(shop_.io) {}

  absl::Status Listen();
  uint16_t port() const { return port_; }
  void Run();
  void Stop() {
    asio::post(shop_.io, [this] { BeginStop(); });
  }

 private:
  asio::awaitable<void> Accept();
  asio::awaitable<void> Sweep();
  void Start(Tcp::socket socket);
  void Refuse(Tcp::socket socket);
  void BeginStop();

  Shop shop_;
  uint16_t port_ = 0;
  Tcp::acceptor acceptor_;
  asio::steady_timer sweep_;
  std::set<std::shared_ptr<Session>> sessions_;
  HttpClock::time_point grace_over_ = HttpClock::time_point::max();
};

absl::Status Server::Impl::Listen() {
  const auto port = ListenOn(acceptor_, shop_.options.address, shop_.options.port);
  if (port.ok()) port_ = *port;
  return port.status();
}

void Server::Impl::Run() {
  asio::co_spawn(shop_.io, Accept(), asio::detached);
  asio::co_spawn(shop_.io, Sweep(), asio::detached);
  shop_.io.run();
  shop_.compute.Join();
  shop_.uploads.join();
  shop_.probes.join();
}

asio::awaitable<void> Server::Impl::Accept() {
  while (!shop_.stopping) {
    auto [error, socket] = co_await acceptor_.async_accept(kTuple);
    if (shop_.stopping) break;
    if (error) {
      asio::steady_timer pause(shop_.io, kAcceptPause);
      co_await pause.async_wait(kTuple);
    } else if (sessions_.size() >= shop_.options.max_connections) {
      Refuse(std::move(socket));
    } else {
      Start(std::move(socket));
    }
  }
}

void Server::Impl::Start(Tcp::socket socket) {
  auto session = std::make_shared<Session>(shop_, std::move(socket));
  sessions_.insert(session);
  ++shop_.metrics.connections;
  asio::co_spawn(shop_.io, session->Run(), [this, session](const std::exception_ptr&) {
    --shop_.metrics.connections;  // an exception (no memory) ends this connection only
    sessions_.erase(session);
    if (shop_.stopping && sessions_.empty()) sweep_.cancel();
  });
}

// Says so without waiting for anything: whoever has too many connections has no time for this one.
void Server::Impl::Refuse(Tcp::socket socket) {
  ++shop_.metrics.connections_refused;
  ApiResponse response =
      Problem(503, "not-ready", "the server has as many connections as it may; try again");
  response.headers.emplace_back("Retry-After", "1");
  const std::string text =
      ResponseHead(response, {.keep_alive = false, .request_id = "refused"}) + response.body;
  boost::system::error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(text), ignored);
  socket.shutdown(Tcp::socket::shutdown_send, ignored);
  std::string waste(4096, '\0');  // what lies unread would make the close a reset
  socket.read_some(asio::buffer(waste), ignored);
}

asio::awaitable<void> Server::Impl::Sweep() {
  while (!(shop_.stopping && sessions_.empty())) {
    sweep_.expires_after(kSweep);
    co_await sweep_.async_wait(kTuple);
    const auto now = HttpClock::now();
    for (const auto& session : sessions_) {
      if (now >= grace_over_) {
        session->Cut();
      } else {
        session->Sweep(now);
      }
    }
  }
}

void Server::Impl::BeginStop() {
  if (shop_.stopping) return;
  shop_.stopping = true;
  grace_over_ = HttpClock::now() + std::chrono::seconds(shop_.options.shutdown_grace_s);
  boost::system::error_code ignored;
  acceptor_.close(ignored);
  for (const auto& session : sessions_) session->EndSoon();
  if (sessions_.empty()) sweep_.cancel();
}

absl::StatusOr<std::unique_ptr<Server>> Server::Listen(Api& api, const ServerOptions& options) {
  auto origins = Origins::Make(options.allow_hosts, options.allow_origins);
  if (!origins.ok()) return origins.status();
  auto impl = std::make_unique<Impl>(api, options, *std::move(origins));
  if (const absl::Status listening = impl->Listen(); !listening.ok()) return listening;
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() = default;
uint16_t Server::port() const { return impl_->port(); }
void Server::Run() { impl_->Run(); }
void Server::Stop() { impl_->Stop(); }

}  // namespace spoor
