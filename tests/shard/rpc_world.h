#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/heads.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/local_channel.h"
#include "shard/rpc/server.h"
#include "shard/rpc/service.h"
#include "shard/rpc/tcp_channel.h"
#include "tests/eventually.h"

namespace spoor::testing {

// A door that tests open.
class Gate {
 public:
  void Open() {
    const MutexLock lock(mu_);
    open_ = true;
    opened_.NotifyAll();
  }
  void Wait() {
    const MutexLock lock(mu_);
    opened_.Wait(mu_, [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return open_; });
  }

 private:
  Mutex mu_;
  ConditionVariable opened_;
  bool open_ ABSL_GUARDED_BY(mu_) = false;
};

// What the tests call: "echo" gives the body back, "gate" does so when the gate is open, "long"
// runs until its patience ends, and a few that fail.
class TestService : public MethodTable {
 public:
  TestService() {
    Add("echo", [](const Call& call, const Patience&) -> Answer { return call.body; });
    Add("gate", [this](const Call& call, const Patience&) -> Answer {
      ++begun;
      gate.Wait();
      return call.body;
    });
    Add("long", [this](const Call&, const Patience& patience) -> Answer {
      ++begun;
      while (patience.Check().ok()) std::this_thread::yield();
      ++stopped;
      return patience.Check();
    });
    Add("context", [](const Call& call, const Patience& patience) -> Answer {
      return absl::StrCat(call.epoch, " ", call.trace_parent, " ",
                          patience.deadline < Channel::Time::max());
    });
    Add("stale", [](const Call& call, const Patience&) -> Answer {
      return WithDetail(StaleEpochError({.asked = call.epoch, .current = 9}),
                        std::string("\0detail", 7));
    });
    Add("busy", [](const Call&, const Patience&) -> Answer {
      return OverloadError("later", std::chrono::milliseconds(70));
    });
    Add("throw", [](const Call&, const Patience&) -> Answer { throw std::bad_alloc(); });
  }

  Gate gate;
  std::atomic<int> begun{0}, stopped{0};
};

// Opens the gate at the end of a test, whatever happened, so that nothing waits at it for ever.
class OpenAtEnd {
 public:
  explicit OpenAtEnd(Gate& gate) : gate_(gate) {}
  ~OpenAtEnd() { gate_.Open(); }
  OpenAtEnd(const OpenAtEnd&) = delete;
  OpenAtEnd& operator=(const OpenAtEnd&) = delete;

 private:
  Gate& gate_;
};

// The answer of a call that has been started.
class Promise {
 public:
  Channel::Done Taker() {
    return [state = state_](Answer answer) {
      const MutexLock lock(state->mu);
      ++state->times;
      state->answer = std::move(answer);
      state->here.NotifyAll();
    };
  }
  Answer Get() {
    const MutexLock lock(state_->mu);
    state_->here.Wait(state_->mu,
                      [this]() ABSL_NO_THREAD_SAFETY_ANALYSIS { return state_->times > 0; });
    return state_->answer;
  }
  int times() {
    const MutexLock lock(state_->mu);
    return state_->times;
  }

 private:
  struct State {
    Mutex mu;
    ConditionVariable here;
    int times ABSL_GUARDED_BY(mu) = 0;
    Answer answer ABSL_GUARDED_BY(mu) = absl::UnknownError("none");
  };
  std::shared_ptr<State> state_ = std::make_shared<State>();
};

inline constexpr auto kNever = Channel::Time::max();

inline RpcServerOptions TestServerOptions() {
  RpcServerOptions options;
  options.cluster = "test";
  options.node = "n1";
  options.threads = 4;
  return options;
}

inline DialOptions TestDialOptions(uint16_t port) {
  DialOptions options;
  options.port = port;
  options.cluster = "test";
  options.node = "caller";
  options.backoff_least = options.backoff_most = std::chrono::milliseconds(1);
  return options;
}

// A service, a server, and a channel to it.
class RpcWorld {
 public:
  explicit RpcWorld(RpcServerOptions options = TestServerOptions()) : options_(std::move(options)) {
    Serve();
    channel = Dial(io, TestDialOptions(server->port()));
  }
  // Binds the same port when it was bound before.
  void Serve() {
    auto listening = RpcServer::Listen(service, options_);
    ASSERT_TRUE(listening.ok()) << listening.status();
    server = *std::move(listening);
    options_.port = server->port();
  }

  TestService service;
  IoThread io;
  std::unique_ptr<RpcServer> server;
  std::unique_ptr<Channel> channel;
  OpenAtEnd open_at_end{service.gate};

 private:
  RpcServerOptions options_;
};

// One end of a connection that sends whatever bytes a test wants.
class RawPeer {
 public:
  using Tcp = boost::asio::ip::tcp;
  explicit RawPeer(uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  // The other end of the next connection to the acceptor.
  explicit RawPeer(Tcp::acceptor& acceptor) : socket_(io_) { acceptor.accept(socket_); }

  void Write(absl::string_view bytes) {
    boost::system::error_code ignored;
    boost::asio::write(socket_, boost::asio::buffer(bytes.data(), bytes.size()), ignored);
  }
  // The next frame; none when the connection ends before.
  std::vector<Frame> Read() {
    while (frames_.empty()) {
      std::array<char, 4096> buffer;
      boost::system::error_code error;
      const size_t bytes = socket_.read_some(boost::asio::buffer(buffer), error);
      if (error) return {};
      if (!decoder_.Feed({buffer.data(), bytes}, frames_).ok()) return {};
    }
    std::vector<Frame> first = {std::move(frames_.front())};
    frames_.erase(frames_.begin());
    return first;
  }
  bool Ended() { return Read().empty(); }

 private:
  boost::asio::io_context io_;
  Tcp::socket socket_;
  FrameDecoder decoder_;
  std::vector<Frame> frames_;
};

}  // namespace spoor::testing
