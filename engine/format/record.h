#pragma once

#include <cstdint>
#include <limits>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/format/reader.h"
#include "geo/trajectory.h"

namespace spoor {

inline constexpr absl::string_view kNameAllowed =
    "1 … 256 bytes of UTF-8 without control characters";
inline constexpr absl::string_view kFixesAllowed = "[[lon, lat], …] or [[lon, lat, t], …]";
inline constexpr size_t kMaxShownBytes = 100;

// Text fit for an error message: at most kMaxShownBytes bytes of well-formed UTF-8 without control
// characters; what is not is replaced by U+FFFD, white space by blanks.
std::string Shown(absl::string_view text);
// A cell of a table as JSON text: a number as it is, anything else as a string.
std::string CellAsJson(absl::string_view cell);
// One more step of a JSON Pointer (RFC 6901): "/a~1b" for "a/b".
std::string PointerStep(absl::string_view key);
// "1700000000.5" for milliseconds.
std::string ShownSeconds(int64_t time_ms);
// "1 … 1000000 fixes"
std::string FixCountAllowed(const ReadOptions& options);

// The id and the fixes as a format calls them in its errors.
struct FieldNames {
  absl::string_view id, fixes;
};

// A record while a format reads it: its parts, and the first thing that is wrong with it.  All
// formats build their trajectories here, so that all keep the same rules.
class RecordDraft {
 public:
  RecordDraft(const ReadOptions& options, uint64_t line) : options_(options) {
    record_.line = line;
  }

  // The parts.  Formats put them here as they come, checked one by one.
  Trajectory trip;

  // A place in trip.fixes that `clean` shall drop, because the position or the time is out of
  // range or absent.  It also drops fixes without a time beside others that have one.
  static Fix OutOfRange() { return {.lat_e7 = std::numeric_limits<int32_t>::min()}; }
  static bool IsOutOfRange(const Fix& fix) {
    return fix.lat_e7 == std::numeric_limits<int32_t>::min();
  }

  // Notes what is wrong.  The first call counts: one error a record.
  void Reject(std::string field, absl::string_view value, absl::string_view allowed);
  // Notes that the text is not JSON from a byte on.  Counts before everything else that is wrong.
  void RejectMalformed(absl::string_view field, absl::string_view text, size_t offset,
                       absl::string_view allowed);
  bool rejected() const { return rejected_; }

  const ReadOptions& options() const { return options_; }
  uint64_t line() const { return record_.line; }
  void set_line(uint64_t line) { record_.line = line; }

  // Takes the draft to its end: required parts, cleaning, and the record with either a trajectory
  // that keeps the invariants of geo/trajectory.h or the error.  The draft is empty afterwards.
  ParsedRecord Finish(const FieldNames& names);

 private:
  void Clean();

  const ReadOptions& options_;  // outlives the draft
  ParsedRecord record_;
  bool rejected_ = false;
};

// A record of which nothing is known but what is wrong with it.
ParsedRecord RejectedRecord(uint64_t line, FieldError error);
// The error of a record that is longer than the limit.
FieldError TooLong(absl::string_view text, const ReadOptions& options);
// The status that tells the same as the error.
absl::Status ErrorStatus(const FieldError& error);

}  // namespace spoor
