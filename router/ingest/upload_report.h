#pragma once

#include <cstdint>

#include "engine/format/reader.h"
#include "geo/trips/clean.h"
#include "router/message/json_writer.h"

namespace spoor {

// What an upload's answer says of its records: all of the rejected up to a limit, or every record.
class UploadReport {
 public:
  static constexpr uint64_t kMaxRejected = 1000;

  UploadReport(bool list_all, uint64_t max_bytes) : list_all_(list_all), max_bytes_(max_bytes) {
    results_.BeginArray();
  }

  void Add(const ParsedRecord& record);
  // Of a line that is a part of a record.
  struct Line {
    uint64_t line = 0;
    absl::string_view id;
    absl::string_view status;           // "accepted"
    const FieldError* error = nullptr;  // null: it was taken
  };
  void Add(const Line& line);
  uint64_t rejected() const { return rejected_; }
  uint64_t dropped_range() const { return dropped_range_; }
  const CleanCounts& cleaned() const { return cleaned_; }
  // Writes "results" and, where some are missing, "results_truncated"; once.
  void WriteMembers(JsonWriter& w);

 private:
  void List(const Line& line);

  const bool list_all_;
  const uint64_t max_bytes_;
  uint64_t rejected_ = 0;
  bool truncated_ = false;
  uint64_t dropped_range_ = 0;
  CleanCounts cleaned_;
  JsonWriter results_;
};

}  // namespace spoor
