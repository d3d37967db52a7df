#include "shard/meta/etcd_watch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/meta/etcd_messages.h"

namespace spoor::etcd {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50}, kLongestPause{2000};
// Until the server has said that the watch has begun.
constexpr std::chrono::milliseconds kBeginLimit{5000};

class StreamWatch : public MetaStore::Watch {
 public:
  StreamWatch(std::shared_ptr<Endpoints> endpoints, const std::string& prefix,
              std::function<void()> hint)
      : endpoints_(std::move(endpoints)),
        request_(WatchRequest(prefix)),
        hint_(std::move(hint)),
        thread_([this] { Run(); }) {}

  ~StreamWatch() override {
    {
      const MutexLock lock(mu_);
      *ending_ = true;
      if (reading_ != nullptr) reading_->Interrupt();
      wake_.NotifyAll();
    }
    thread_.join();
  }

 private:
  void Run() {
    auto pause = kFirstPause;
    while (!*ending_) {
      if (Follow()) pause = kFirstPause;
      const MutexLock lock(mu_);
      wake_.WaitFor(mu_, pause, [this] { return ending_->load(); });
      pause = std::min(2 * pause, kLongestPause);
    }
  }

  // Until the stream ends; whether it had begun.
  bool Follow() {
    Patience patience;
    patience.cancelled = ending_;
    auto connection = endpoints_->Open(patience);
    if (!connection.ok()) return false;
    if (!SetReading(connection->get())) return false;
    const bool begun = Read(**connection, patience);
    SetReading(nullptr);
    if (!begun) endpoints_->Next();
    return begun;
  }

  bool Read(Connection& connection, const Patience& patience) {
    const Patience soon = AtMost(kBeginLimit, patience);
    if (!connection.Begin("/v3/watch", request_, soon).ok()) return false;
    bool begun = false;
    // The destructor interrupts, so that nothing needs to look at a flag while all is silent.
    for (Patience next = soon;; next = Patience()) {
      const auto line = connection.NextLine(next);
      if (!line.ok() || !ParseWatchLine(*line).ok()) return begun;
      begun = true;
      if (*ending_) return begun;
      hint_();
    }
  }

  // False when it ends already.
  bool SetReading(Connection* connection) {
    const MutexLock lock(mu_);
    reading_ = connection;
    return !*ending_;
  }

  const std::shared_ptr<Endpoints> endpoints_;
  const std::string request_;
  const std::function<void()> hint_;
  const std::shared_ptr<std::atomic<bool>> ending_ = std::make_shared<std::atomic<bool>>(false);
  Mutex mu_;
  ConditionVariable wake_;
  Connection* reading_ ABSL_GUARDED_BY(mu_) = nullptr;
  std::thread thread_;
};

}  // namespace

std::unique_ptr<MetaStore::Watch> WatchStream(std::shared_ptr<Endpoints> endpoints,
                                              const std::string& prefix,
                                              std::function<void()> hint) {
  return std::make_unique<StreamWatch>(std::move(endpoints), prefix, std::move(hint));
}

}  // namespace spoor::etcd
