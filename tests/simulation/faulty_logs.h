#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "shard/log/memory_log.h"

namespace spoor::testing {

// How often what goes wrong, in a thousand.
struct FaultRates {
  uint32_t append_fails = 0;      // nothing was appended
  uint32_t append_is_unsure = 0;  // it was, and the writer is told that it failed
  uint32_t append_waits = 0;  // it and all of its writer behind it come later: others overtake them
  uint32_t append_doubles = 0;   // as by a retry
  uint32_t read_fails = 0;       // Unavailable, read on later
  uint32_t reader_forgets = 0;   // what comes next is said to be gone
  uint32_t request_is_lost = 0;  // between router and node
  uint32_t answer_is_lost = 0;   // the work was done
  uint32_t request_doubles = 0;
};

// Draws faults.
class Chance {
 public:
  Chance(uint64_t seed) : rng_(seed) {}
  bool Hits(uint32_t in_a_thousand) { return rng_() % 1000 < in_a_thousand; }

 private:
  std::mt19937_64 rng_;
};

// Logs that fail as brokers and connections do; nothing acknowledged is ever lost.  They remember
// all that was ever appended, also what compaction has removed since.
class FaultyLogs : public LogStore {
 public:
  struct Entry {
    uint64_t version = 0;
    std::optional<std::string> value;
  };
  const std::vector<Entry>& HistoryOf(const std::string& id) { return history_[id]; }

  // What waits in writers goes on its way: of each writer the first, or all.
  void Deliver(bool all) {
    for (Writer* writer : std::vector<Writer*>(writers_)) writer->Deliver(all);
  }

  FaultyLogs(LogStore& logs, uint32_t partitions, const FaultRates& rates, uint64_t seed)
      : logs_(logs), partitions_(partitions), rates_(rates), chance_(seed) {}

  absl::Status Create(const LogName& log, uint32_t partitions) override {
    return logs_.Create(log, partitions);
  }
  absl::Status Remove(const LogName& log) override { return logs_.Remove(log); }
  absl::StatusOr<std::unique_ptr<LogWriter>> OpenWriter(const LogName& log) override {
    auto writer = logs_.OpenWriter(log);
    if (!writer.ok()) return writer.status();
    return std::make_unique<Writer>(*this, *std::move(writer));
  }
  absl::StatusOr<LogPosition> End(const LogName& log) override { return logs_.End(log); }
  absl::StatusOr<std::unique_ptr<LogReader>> OpenReader(const LogName& log,
                                                        const LogPosition& from) override {
    auto reader = logs_.OpenReader(log, from);
    if (!reader.ok()) return reader.status();
    return std::make_unique<Reader>(*this, *std::move(reader));
  }

 private:
  class Writer : public LogWriter {
   public:
    Writer(FaultyLogs& world, std::unique_ptr<LogWriter> writer)
        : world_(world), writer_(std::move(writer)) {
      world_.writers_.push_back(this);
    }
    ~Writer() override { std::erase(world_.writers_, this); }
    void Append(std::vector<LogEntry> batch, Done done) override {
      if (waiting_.empty() && !world_.chance_.Hits(world_.rates_.append_waits)) {
        return Send(std::move(batch), std::move(done));
      }
      waiting_.emplace_back(std::move(batch), std::move(done));
    }
    void Deliver(bool all) {
      do {
        if (waiting_.empty()) return;
        auto [batch, done] = std::move(waiting_.front());
        waiting_.pop_front();
        Send(std::move(batch), std::move(done));
      } while (all);
    }

   private:
    void Send(std::vector<LogEntry> batch, Done done) {
      if (world_.chance_.Hits(world_.rates_.append_fails)) {
        return done(absl::UnavailableError("the brokers cannot be reached"));
      }
      if (world_.chance_.Hits(world_.rates_.append_doubles)) {
        world_.Remember(batch);
        writer_->Append(batch, [](auto) {});
      }
      world_.Remember(batch);
      if (world_.chance_.Hits(world_.rates_.append_is_unsure)) {
        writer_->Append(std::move(batch), [](auto) {});
        return done(absl::UnavailableError("no answer of the brokers"));
      }
      writer_->Append(std::move(batch), std::move(done));
    }

    FaultyLogs& world_;
    const std::unique_ptr<LogWriter> writer_;
    std::deque<std::pair<std::vector<LogEntry>, Done>> waiting_;
  };

  class Reader : public LogReader {
   public:
    Reader(FaultyLogs& world, std::unique_ptr<LogReader> reader)
        : world_(world), reader_(std::move(reader)) {}
    absl::StatusOr<LogChunk> Read(std::chrono::milliseconds wait, uint64_t max_bytes) override {
      if (world_.chance_.Hits(world_.rates_.read_fails)) {
        return absl::UnavailableError("the brokers cannot be reached");
      }
      if (world_.chance_.Hits(world_.rates_.reader_forgets)) {
        return absl::OutOfRangeError("the log has gone on without us");
      }
      return reader_->Read(wait, max_bytes);
    }

   private:
    FaultyLogs& world_;
    const std::unique_ptr<LogReader> reader_;
  };

  void Remember(const std::vector<LogEntry>& batch) {
    for (const LogEntry& entry : batch) {
      history_[entry.id].push_back({++next_[PartitionOf(entry.id, partitions_)], entry.value});
    }
  }

  LogStore& logs_;
  const uint32_t partitions_;
  const FaultRates& rates_;
  std::vector<Writer*> writers_;
  std::map<std::string, std::vector<Entry>> history_;
  std::map<uint32_t, uint64_t> next_;  // by partition
  Chance chance_;
};

}  // namespace spoor::testing
