#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "engine/format/reader.h"
#include "geo/trajectory.h"

namespace spoor {

// Everything a reader says about a stream.
struct Outcome {
  std::vector<ParsedRecord> records;
  absl::Status status;  // of the first call that failed

  size_t good() const {
    size_t n = 0;
    for (const ParsedRecord& record : records) n += record.trajectory.ok() ? 1 : 0;
    return n;
  }
  size_t rejected() const { return records.size() - good(); }
};

// Reads a stream that comes in pieces; next_size says how long the next one is.
template <typename NextSize>
Outcome ReadInPieces(absl::string_view format, absl::string_view bytes, const ReadOptions& options,
                     NextSize next_size) {
  Outcome outcome;
  auto entry = FindFormat(format);
  if (!entry.ok()) return {.records = {}, .status = entry.status()};
  auto reader = (*entry)->make(options);
  if (!reader.ok()) return {.records = {}, .status = reader.status()};
  const RecordSink sink = [&](ParsedRecord record) {
    outcome.records.push_back(std::move(record));
  };
  while (!bytes.empty()) {
    // A copy of its own, so that a sanitizer sees whoever reads beyond the piece.
    const std::string piece(bytes.substr(0, next_size()));
    bytes.remove_prefix(piece.size());
    outcome.status.Update((*reader)->Feed(piece, sink));
  }
  outcome.status.Update((*reader)->Finish(sink));
  return outcome;
}

inline Outcome ReadWhole(absl::string_view format, absl::string_view bytes,
                         const ReadOptions& options = {}) {
  return ReadInPieces(format, bytes, options, [&] { return bytes.size(); });
}

inline std::string Render(const ParsedRecord& record) {
  std::string text = absl::StrCat(record.line, " ", record.id, " ");
  absl::StrAppend(&text, record.error.field, " ", record.error.value, " ", record.error.allowed);
  absl::StrAppend(&text, " ", record.dropped_range, " ", record.cleaned.dropped_speed, " ",
                  record.cleaned.sorted, " ", record.cleaned.merged);
  if (!record.trajectory.ok()) {
    return absl::StrCat(text, " ", record.trajectory.status().ToString(), "\n");
  }
  absl::StrAppend(&text, " ", record.trajectory->object);
  for (const auto& [name, value] : record.trajectory->tags) {
    absl::StrAppend(&text, " ", name, "=", value);
  }
  for (const Fix& fix : record.trajectory->fixes) {
    absl::StrAppend(&text, " ", fix.lat_e7, ",", fix.lon_e7, ",", fix.time_ms);
  }
  return text + "\n";
}

// All of an outcome as text, so that two can be compared and shown.
inline std::string Render(const Outcome& outcome) {
  std::string text;
  for (const ParsedRecord& record : outcome.records) text += Render(record);
  return text + outcome.status.ToString();
}

// What is wrong with a record that a reader gave, whatever it has read; empty when nothing is.
inline std::string BrokenPromise(const ParsedRecord& record, const ReadOptions& options) {
  if (record.line == 0) return "no line";
  if (!record.trajectory.ok()) {
    if (!absl::IsInvalidArgument(record.trajectory.status())) return "not InvalidArgument";
    if (!IsUtf8(record.error.field) || !IsUtf8(record.error.value)) return "error is not UTF-8";
    if (record.error.value.size() > 100) return "value too long";
    if (record.error.allowed.empty()) return "does not say what is allowed";
    return record.id.empty() || IsValidName(record.id) ? "" : "id is no name";
  }
  const Trajectory& trip = *record.trajectory;
  if (!IsValidName(trip.id.value()) || record.id != trip.id.value()) return "id is no name";
  if (!trip.object.empty() && !IsValidName(trip.object)) return "object is no name";
  if (trip.tags.size() > kMaxTags) return "too many tags";
  for (size_t i = 1; i < trip.tags.size(); ++i) {
    if (!(trip.tags[i - 1].first < trip.tags[i].first)) return "tags not in order";
  }
  if (trip.fixes.empty() || trip.fixes.size() > options.max_fixes) return "number of fixes";
  for (size_t i = 0; i < trip.fixes.size(); ++i) {
    const Fix& fix = trip.fixes[i];
    if (!IsPosition(fix.lat_deg(), fix.lon_deg())) return "out of range";
    if (fix.has_time() != trip.fixes[0].has_time()) return "times for some fixes only";
    if (i > 0 && fix.time_ms < trip.fixes[i - 1].time_ms) return "time goes back";
  }
  return "";
}

}  // namespace spoor
