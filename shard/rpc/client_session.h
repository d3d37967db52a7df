#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "shard/rpc/channel.h"
#include "shard/rpc/heads.h"
#include "shard/rpc/io_thread.h"
#include "shard/rpc/link.h"
#include "shard/rpc/tcp_channel.h"

namespace spoor {

// What a caller keeps about one node: the calls that wait for an answer, and at most one
// connection.  On the I/O thread only.
//
//   idle ──call──▶ connecting ──hello──▶ ready
//    ▲                 │                   │
//    └── after pause ──┴────── lost ───────┘   every waiting call is answered: Unavailable
class ClientSession : public std::enable_shared_from_this<ClientSession> {
 public:
  struct Waiting {
    Call call;
    Channel::Time deadline;
    Channel::Done done;
    Alarms::Id alarm = 0;
    bool sent = false;
  };

  ClientSession(IoThread& io, const DialOptions& options);

  void Begin(uint64_t id, Waiting waiting);
  // Answers the call, if it waits still, and tells the node to stop.
  void GiveUp(uint64_t id, absl::Status why);
  // Gives up all calls and the connection; nothing is begun afterwards.
  void End();
  bool IsSilent() const { return silent_; }  // any thread

 private:
  using LinkPtr = std::shared_ptr<Link>;

  void Connect();
  boost::asio::awaitable<absl::Status> Talk(LinkPtr link);
  boost::asio::awaitable<absl::Status> Reach(Stream& stream);
  absl::Status Take(Frame frame);
  absl::Status TakeHello(const Frame& frame);
  void Lost(const absl::Status& why);
  void Send(uint64_t id, Waiting& waiting);
  void Finish(uint64_t id, Answer answer);
  absl::Status Admit(const Call& call) const;
  void Listen();  // for the node's silence
  void Listened();
  void ListenToLink();
  absl::Status Unreachable(const absl::Status& why) const;

  IoThread& io_;
  const DialOptions options_;
  const Hello hello_;
  LinkPtr link_;  // while connecting or ready
  bool ready_ = false, ended_ = false, pinged_ = false;
  uint32_t node_takes_bytes_ = kMaxBodyBytes;
  std::unordered_map<uint64_t, Waiting> calls_;
  std::vector<uint64_t> unsent_;  // in order, until the connection is ready
  std::atomic<bool> silent_{false};
  Channel::Time pinged_at_, connecting_since_;
  Alarms::Id connect_alarm_ = 0, silence_alarm_ = 0;
  Channel::Time next_try_ = Channel::Time::min();
  std::chrono::milliseconds pause_{0};
  absl::Status last_failure_;
  std::minstd_rand random_;
};

}  // namespace spoor
