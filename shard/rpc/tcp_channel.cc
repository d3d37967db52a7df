#include "shard/rpc/tcp_channel.h"

#include <boost/asio/post.hpp>
#include <utility>

#include "shard/rpc/client_session.h"

namespace spoor {
namespace {

// Any thread; the session lives on the I/O thread.
class TcpChannel : public Channel {
 public:
  TcpChannel(IoThread& io, const DialOptions& options)
      : io_(io), session_(std::make_shared<ClientSession>(io, options)) {}
  ~TcpChannel() override {
    boost::asio::post(io_.io(), [session = session_] { session->End(); });
  }

  std::shared_ptr<Running> Start(Call call, Time deadline, Done done) override {
    const uint64_t id = next_id_++;
    call.body.bytes();  // made here, while the I/O thread does something else
    boost::asio::post(io_.io(), [session = session_, id, call = std::move(call), deadline,
                                 done = std::move(done)]() mutable {
      session->Begin(id, {std::move(call), deadline, std::move(done)});
    });
    return std::make_shared<Started>(io_, session_, id);
  }
  bool IsSilent() const override { return session_->IsSilent(); }

 private:
  class Started : public Running {
   public:
    Started(IoThread& io, std::weak_ptr<ClientSession> session, uint64_t id)
        : io_(io), session_(std::move(session)), id_(id) {}
    void Cancel() override {
      auto session = session_.lock();
      if (session == nullptr) return;
      boost::asio::post(io_.io(), [session = std::move(session), id = id_] {
        session->GiveUp(id, absl::CancelledError("cancelled by the caller"));
      });
    }

   private:
    IoThread& io_;
    const std::weak_ptr<ClientSession> session_;
    const uint64_t id_;
  };

  IoThread& io_;
  const std::shared_ptr<ClientSession> session_;
  std::atomic<uint64_t> next_id_{1};
};

}  // namespace

std::unique_ptr<Channel> Dial(IoThread& io, const DialOptions& options) {
  return std::make_unique<TcpChannel>(io, options);
}

}  // namespace spoor
