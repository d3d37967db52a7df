#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shard/log/log.h"
#include "shard/meta/meta_store.h"

namespace spoor::testing {

// One operation of many goes wrong: the `at`th, counted from 1, of all that share this; 0: none.
struct FaultAt {
  enum class Kind : uint8_t {
    kRequest,
    kAnswer
  };  // nothing is done; it is, and nobody hears of it
  uint64_t at = 0;
  Kind kind = Kind::kRequest;
  uint64_t lasts = 1;  // so many in a row
  uint64_t count = 0;

  // Does it, or fails, or both.
  template <typename Do>
  auto Try(Do work) -> decltype(work()) {
    ++count;
    const bool fails = at != 0 && count >= at && count < at + lasts;
    if (fails && kind == Kind::kRequest) return absl::UnavailableError("the request is lost");
    auto answer = work();
    if (fails) return absl::UnavailableError("the answer is lost");
    return answer;
  }
};

// Before a store of metadata.  One thread at a time.
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

// Before logs.  `bend` may change what is read.  One thread at a time.
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
      ++logs_.fault_.count;
      if (logs_.fault_.at == logs_.fault_.count) return absl::UnavailableError("no broker");
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
