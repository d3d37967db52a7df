#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/fingerprint/index_params.h"
#include "geo/summary.h"
#include "geo/trajectory.h"

// The bytes of everything that the store keeps, engine/doc/storage_format.md.  Every value begins
// with a version byte.  Decoders take any bytes: what is cut, changed or of an unknown version is
// DataLoss. Nothing here is checksummed: the storage library does that for its blocks.

namespace spoor {

// --- Records: home key and id -> payload at a log position.

std::string RecordKey(uint64_t home, absl::string_view id);
// Splits a record key; DataLoss when it is too short.
absl::StatusOr<std::pair<uint64_t, absl::string_view>> SplitRecordKey(absl::string_view key);

// What a record says, without its position: equal payloads mean equal records.
std::string EncodePayload(const Trajectory& trajectory, const Summary& summary);
std::string RecordValue(uint64_t position, absl::string_view payload);

struct StoredRecord {
  uint64_t position = 0;
  Summary summary;
  std::string object;
  Tags tags;
  std::vector<Fix> fixes;
};
absl::StatusOr<StoredRecord> DecodeRecord(absl::string_view value);
// Only the fixes, into `fixes` (replaced): what refining needs.
absl::Status DecodeRecordFixes(absl::string_view value, std::vector<Fix>& fixes);
// The payload inside a record value.
absl::StatusOr<absl::string_view> RecordPayload(absl::string_view value);
// What the record value says of itself.
absl::StatusOr<uint64_t> RecordPosition(absl::string_view value);
// A payload alone; position is 0.
absl::StatusOr<StoredRecord> DecodePayload(absl::string_view payload);

// --- Ids: id -> where its record is.

struct IdEntry {
  uint64_t home = 0;
  uint64_t position = 0;
  friend bool operator==(const IdEntry&, const IdEntry&) = default;
};
std::string EncodeIdEntry(const IdEntry& entry);
absl::StatusOr<IdEntry> DecodeIdEntry(absl::string_view value);

// --- Journal: position -> what happened there, since the last seal.

struct JournalLine {
  uint64_t position = 0;             // the key
  uint64_t version = 0;              // of the record that was written, or that says it is gone
  bool insert = false;               // else a deletion
  uint64_t home = 0;                 // of the record that was written or deleted
  std::optional<uint64_t> old_home;  // of the record that was replaced
  std::string id;
  friend bool operator==(const JournalLine&, const JournalLine&) = default;
};
std::string JournalKey(uint64_t position);
std::string EncodeJournalLine(const JournalLine& line);
absl::StatusOr<JournalLine> DecodeJournalLine(absl::string_view key, absl::string_view value);

// --- Meta: one value each.

inline constexpr absl::string_view kHeaderKey = "header";
inline constexpr absl::string_view kManifestKey = "manifest";
inline constexpr absl::string_view kPositionKey = "position";  // of the last journal line
inline constexpr absl::string_view kFollowedKey = "followed";  // of a store that follows a log

struct StoreHeader {
  uint64_t log_id = 0;  // its own log's, or that of the log that it follows
};
std::string EncodeHeader(const StoreHeader& header);
absl::StatusOr<StoreHeader> DecodeHeader(absl::string_view value);

// The index generation and the files it is made of.
struct Manifest {
  uint64_t generation = 0;
  uint8_t fingerprint_version = 0;
  IndexParams params;
  bool auto_params = false;  // nobody has chosen them
  uint64_t next_file = 1;
  uint64_t sealed_position = 0;  // the journal holds what came after
  struct File {
    uint64_t number = 0;
    std::string deleted;  // OrdinalSet::Encode; empty: none
    friend bool operator==(const File&, const File&) = default;
  };
  std::vector<File> files;
  friend bool operator==(const Manifest&, const Manifest&) = default;
};
std::string EncodeIndexParams(const IndexParams& params);
absl::StatusOr<IndexParams> DecodeIndexParams(absl::string_view bytes);
std::string EncodeManifest(const Manifest& manifest);
absl::StatusOr<Manifest> DecodeManifest(absl::string_view value);

// The ids of records that are there, cannot be read, and are therefore in no segment.
inline constexpr absl::string_view kLostKey = "lost";
std::string EncodeLost(const std::set<std::string, std::less<>>& ids);
absl::StatusOr<std::set<std::string, std::less<>>> DecodeLost(absl::string_view value);

inline constexpr absl::string_view kNoteKey = "note";  // bytes of whoever owns the engine

// How far a store has followed its log (the header has its id), and when it was last known to have
// missed nothing, in ms since the epoch: when it was made, or had last seen the log's end.
struct Followed {
  std::vector<uint64_t> next;  // LogPosition::next
  int64_t time_ms = 0;
  friend bool operator==(const Followed&, const Followed&) = default;
};
std::string EncodeFollowed(const Followed& followed);
absl::StatusOr<Followed> DecodeFollowed(absl::string_view value);

std::string EncodePosition(uint64_t position);
absl::StatusOr<uint64_t> DecodePosition(absl::string_view value);

}  // namespace spoor
