#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "shard/log/log.h"

// What tests of logs do again and again.
namespace spoor::testing {

using Appended = std::future<absl::StatusOr<LogPosition>>;

inline Appended StartAppend(LogWriter& writer, std::vector<LogEntry> batch) {
  auto promise = std::make_shared<std::promise<absl::StatusOr<LogPosition>>>();
  Appended appended = promise->get_future();
  writer.Append(std::move(batch),
                [promise](absl::StatusOr<LogPosition> p) { promise->set_value(std::move(p)); });
  return appended;
}

inline absl::StatusOr<LogPosition> Append(LogWriter& writer, std::vector<LogEntry> batch) {
  return StartAppend(writer, std::move(batch)).get();
}

inline LogEntry Entry(std::string id, std::string value) {
  return {std::move(id), std::move(value)};
}

// Everything up to the end of the log, which only an empty chunk knows.  Fails the test when that
// takes a minute.
inline std::vector<LogRecord> ReadToEnd(LogReader& reader, LogChunk* last = nullptr) {
  std::vector<LogRecord> records;
  const auto give_up = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (std::chrono::steady_clock::now() < give_up) {
    absl::StatusOr<LogChunk> chunk = reader.Read(std::chrono::milliseconds(100), 1 << 20);
    if (!chunk.ok() && absl::IsUnavailable(chunk.status())) continue;
    if (!chunk.ok()) {
      ADD_FAILURE() << chunk.status();
      return records;
    }
    const bool empty = chunk->records.empty();
    std::move(chunk->records.begin(), chunk->records.end(), std::back_inserter(records));
    if (last != nullptr) *last = {.next = chunk->next, .end = chunk->end};
    if (empty && chunk->next == chunk->end) return records;
  }
  ADD_FAILURE() << "the end was not reached";
  return records;
}

// "a=1 b=-": ids and values in the order given; - is a deletion.
inline std::string Show(const std::vector<LogRecord>& records) {
  std::string text;
  for (const LogRecord& r : records)
    text += (text.empty() ? "" : " ") + r.id + "=" + r.value.value_or("-");
  return text;
}

}  // namespace spoor::testing
