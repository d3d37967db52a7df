#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "engine/wait/mutex.h"
#include "shard/log/log.h"
#include "shard/meta/meta_store.h"

namespace spoor::testing {

// One operation of many goes wrong, of all that share this.  Thread-safe.
class FaultAt {
 public:
  enum class Kind : uint8_t {
    kRequest,  // is lost, and nothing is done
    kAnswer    // is lost, and it is done
  };
  // From now on the `at`th, counted from 1, and as many behind it as it lasts; 0: none.
  void Set(uint64_t at, Kind kind = Kind::kRequest, uint64_t lasts = 1) {
    const MutexLock lock(mu_);
    at_ = at;
    kind_ = kind;
    lasts_ = lasts;
    count_ = 0;
  }
  uint64_t count() const {
    const MutexLock lock(mu_);
    return count_;
  }

  // Does it, or fails, or both.
  template <typename Do>
  auto Try(Do work) -> decltype(work()) {
    const std::optional<Kind> fault = Next();
    if (fault == Kind::kRequest) return absl::UnavailableError("the request is lost");
    auto answer = work();
    if (fault == Kind::kAnswer) return absl::UnavailableError("the answer is lost");
    return answer;
  }

 private:
  std::optional<Kind> Next() {
    const MutexLock lock(mu_);
    ++count_;
    if (at_ == 0 || count_ < at_ || count_ - at_ >= lasts_) return std::nullopt;
    return kind_;
  }

  mutable Mutex mu_;
  uint64_t at_ ABSL_GUARDED_BY(mu_) = 0, lasts_ ABSL_GUARDED_BY(mu_) = 1;
  uint64_t count_ ABSL_GUARDED_BY(mu_) = 0;
  Kind kind_ ABSL_GUARDED_BY(mu_) = Kind::kRequest;
};

// Before a store of metadata.
class FaultyMeta : public MetaStore {
 public:
  FaultyMeta(MetaStore& inner, FaultAt& fault) : inner_(inner), fault_(fault) {}

  absl::StatusOr<std::optional<MetaValue>> Get(const std::string& key,
                                               const Patience& patience) override {
    return fault_.Try([&] { return inner_.Get(key, patience); });
  }
  absl::StatusOr<MetaListing> List(const std::string& prefix, const Patience& patience) override {
    return fault_.Try([&] { return inner_.List(prefix, patience); });
  }
  absl::StatusOr<uint64_t> Put(const MetaValue& change, Lease lease,
                               const Patience& patience) override {
    return fault_.Try([&] { return inner_.Put(change, lease, patience); });
  }
  absl::Status Delete(const std::string& key, uint64_t revision,
                      const Patience& patience) override {
    return fault_.Try([&] { return inner_.Delete(key, revision, patience); });
  }
  absl::StatusOr<Lease> Grant(std::chrono::seconds ttl, const Patience& patience) override {
    return fault_.Try([&] { return inner_.Grant(ttl, patience); });
  }
  absl::Status KeepAlive(Lease lease, const Patience& patience) override {
    return fault_.Try([&] { return inner_.KeepAlive(lease, patience); });
  }
  absl::Status Revoke(Lease lease, const Patience& patience) override {
    return inner_.Revoke(lease, patience);
  }
  std::unique_ptr<Watch> WatchPrefix(const std::string& prefix,
                                     std::function<void()> hint) override {
    return inner_.WatchPrefix(prefix, std::move(hint));
  }

 private:
  MetaStore& inner_;
  FaultAt& fault_;
};

// Before logs.  `bend` may change what is read; it is set while nobody reads.
class FaultyResultLogs : public LogStore {
 public:
  FaultyResultLogs(LogStore& inner, FaultAt& fault) : inner_(inner), fault_(fault) {}
  std::function<void(LogRecord&)> bend;

  absl::Status Create(const LogName& log, uint32_t partitions) override {
    return fault_.Try([&] { return inner_.Create(log, partitions); });
  }
  absl::Status Remove(const LogName& log) override {
    return fault_.Try([&] { return inner_.Remove(log); });
  }
  absl::StatusOr<LogPosition> End(const LogName& log) override {
    return fault_.Try([&] { return inner_.End(log); });
  }
  absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) override {
    auto writer = fault_.Try([&] { return inner_.OpenWriter(log); });
    if (!writer.ok()) return writer.status();
    return std::make_unique<Writer>(*std::move(writer), fault_);
  }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    auto reader = fault_.Try([&] { return inner_.OpenReader(log, from); });
    if (!reader.ok()) return reader.status();
    return std::make_unique<Reader>(*std::move(reader), *this);
  }

 private:
  class Writer : public LogWriter {
   public:
    Writer(std::unique_ptr<LogWriter> inner, FaultAt& fault)
        : inner_(std::move(inner)), fault_(fault) {}
    void Append(std::vector<LogEntry> batch, Done done) override {
      done(fault_.Try([&] {
        absl::StatusOr<LogPosition> answer;
        inner_->Append(std::move(batch), [&](absl::StatusOr<LogPosition> p) { answer = p; });
        return answer;  // logs in memory answer at once
      }));
    }

   private:
    const std::unique_ptr<LogWriter> inner_;
    FaultAt& fault_;
  };
  class Reader : public LogReader {
   public:
    Reader(std::unique_ptr<LogReader> inner, FaultyResultLogs& logs)
        : inner_(std::move(inner)), logs_(logs) {}
    absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override {
      // A reader of which an answer is lost has it still, as brokers' clients do.
      const absl::Status asked = logs_.fault_.Try([] { return absl::OkStatus(); });
      if (!asked.ok()) return asked;
      auto chunk = inner_->Read(wait, max_bytes);
      if (chunk.ok() && logs_.bend != nullptr) {
        for (LogRecord& record : chunk->records) logs_.bend(record);
      }
      return chunk;
    }

   private:
    const std::unique_ptr<LogReader> inner_;
    FaultyResultLogs& logs_;
  };

  LogStore& inner_;
  FaultAt& fault_;
};

}  // namespace spoor::testing
