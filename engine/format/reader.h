#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "engine/format/time_text.h"
#include "geo/trajectory.h"
#include "geo/trips/clean.h"

namespace spoor {

// Why a record was rejected.
struct FieldError {
  std::string field;    // JSON Pointer into the record ("/coords/3/1"), or a column name for tables
  std::string value;    // as JSON text, cut at 100 bytes; empty when there is none
  std::string allowed;  // "-90 ... 90"
};

// One record of the input, good or bad.
struct ParsedRecord {
  // Where it starts, from 1; in a FeatureCollection the index of the feature, from 1; of a rejected
  // trip that a table spreads over rows the row that is wrong.
  uint64_t line = 0;
  std::string id;                         // as far as it is known, also of a rejected record
  absl::StatusOr<Trajectory> trajectory;  // or InvalidArgument
  FieldError error;                       // when not OK
  CleanCounts cleaned;
  uint64_t dropped_range = 0;  // fixes out of range, or absent, that `clean` dropped
  // A trip of this id has come before as if it were whole, and was not: it must not stay.
  bool withdraws = false;
};
using RecordSink = std::function<void(ParsedRecord)>;

// What a reader must know beside the bytes, and its limits.
struct ReadOptions {
  bool clean =
      false;  // repair instead of reject: see Clean; fixes out of range are dropped and counted
  double max_speed_mps = kMaxSpeedMps;  // with clean
  size_t max_record_bytes = size_t{64} << 20;
  size_t max_fixes = 1'000'000;  // of one trajectory
  std::string preset;            // "" or a name of AllPresets()
  // Of tables: which column (by header name, or by index from 0 where there is no header) holds
  // what. Keys: id, object, lat, lon, time, polyline, tags (a JSON
  // object); "tag.<name>".
  // A "+" between two columns joins them: "mmsi+day" into an id "219/0301", "date+clock" into a
  // time "2024-01-01 12:00:00".  "-" says that the table has no such column.
  std::map<std::string, std::string> columns;
  // Of tables without a column of ids: the one trip whose fixes all rows are, or else what the id
  // of each row, a trip of one fix, begins with; its line follows.
  std::string table_id, row_id_prefix;
  // What the bytes are called where they come from, such as a file's name without its ending: what
  // trips are called in formats that give them no ids.  Empty, or IsValidName().
  std::string source;
  char delimiter = 0;          // 0: the most frequent of comma, semicolon and tab in the first row
  bool decimal_comma = false;  // "47,1" is a number
  // A table's trips are held until it ends, since their rows may stand anywhere in it; beyond this
  // many bytes of fixes see TripHold.
  size_t max_held_bytes = size_t{64} << 20;
  TimeForm time;
};

// What a table's columns were taken for.
struct TableLayout {
  std::vector<std::pair<std::string, std::string>> taken;  // (role, column)
  std::vector<std::string> left;                           // columns that nobody asked for
  bool by_values = false;                                  // not only by names: see GuessColumns
};

// Turns bytes into records.  Feed it the stream in pieces of any size, then Finish.  A bad record
// never stops the good ones.  The calling thread calls the sink.
class Reader {
 public:
  virtual ~Reader() = default;
  // An error means that the stream as a whole cannot be read on (the sink has heard of it too, as a
  // rejected record with the line).
  virtual absl::Status Feed(absl::string_view bytes, const RecordSink& sink) = 0;
  virtual absl::Status Finish(const RecordSink& sink) = 0;
  // Of a table, once its first row has been read; null before, and of other formats.
  virtual const TableLayout* layout() const { return nullptr; }
};

// Where a file may be cut so that both sides hold whole units.
enum class RecordCut : uint8_t {
  kNowhere,    // it is one document
  kLine,       // after each line
  kSeparator,  // before each U+001E (RFC 8142); after each line where there are none
  kRow,        // after each row of a table, whose quoted cells may hold line breaks
};
// What stands between two cuts.
enum class RecordUnit : uint8_t {
  kTrip,  // a whole trajectory
  kFix,   // a fix, whose trip's other fixes may stand anywhere in the file
};

// One line of formats.def.
struct FormatEntry {
  absl::string_view name;        // "ndjson", "geojson", "geojson-seq", "csv"
  absl::string_view media_type;  // "application/x-ndjson", ...
  absl::string_view extensions;  // ".ndjson .jsonl", comma or space separated
  absl::StatusOr<std::unique_ptr<Reader>> (*make)(const ReadOptions& options);
  RecordCut cut;
  // Of a file that begins so (at least its first line) and is read with these options.
  RecordUnit (*unit)(absl::string_view head, const ReadOptions& options);
};
absl::Span<const FormatEntry> AllFormats();
// A named column mapping of CSV files that people have: "porto".
std::vector<absl::string_view> AllPresets();

// By name or media type (parameters after ';' ignored); NotFound lists the known ones.
absl::StatusOr<const FormatEntry*> FindFormat(absl::string_view name_or_media_type);
// By the file's name (after .gz or .zst is taken off) and its first bytes.
absl::StatusOr<const FormatEntry*> GuessFormat(absl::string_view file_name, absl::string_view head);

// Undoes gzip or zstd on the fly, with a limit on what may come out.
class Inflater {
 public:
  virtual ~Inflater() = default;
  // Calls out with pieces; InvalidArgument on broken bytes, ResourceExhausted above the limit.
  virtual absl::Status Feed(absl::string_view bytes,
                            const std::function<absl::Status(absl::string_view)>& out) = 0;
  virtual absl::Status Finish() = 0;  // InvalidArgument when the stream is cut
};
// coding: "identity", "gzip", "zstd"; InvalidArgument lists them for any other.
absl::StatusOr<std::unique_ptr<Inflater>> MakeInflater(absl::string_view coding,
                                                       uint64_t max_output_bytes);
// The whole text encoded; REQUIRES: coding is one of the above.
std::string Deflate(absl::string_view bytes, absl::string_view coding);

// Encodes a text that comes bit by bit, as one stream.
class Deflater {
 public:
  virtual ~Deflater() = default;
  // From what it returns, and before, all bytes that were fed can be had again.
  virtual std::string Feed(absl::string_view bytes) = 0;
  virtual std::string Finish() = 0;  // the end of the stream; nothing is fed after it
};
// coding: "gzip" or "zstd"; null for any other, or without memory.
std::unique_ptr<Deflater> MakeDeflater(absl::string_view coding);

}  // namespace spoor
