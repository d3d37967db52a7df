#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/format/reader.h"
#include "router/ingest/archive.h"
#include "router/ingest/input_paths.h"
#include "router/ingest/part_reader.h"

namespace spoor {

struct LocalReading {
  PartOptions part;
  // Each row of a table of fixes is a record of its own, called kRowId and its line, whatever the
  // table calls its trips; their object is what it calls so, else what it calls trips.
  bool row_by_row = false;
  // After each piece: how much has been read, as stored.  An error ends the file.
  std::function<absl::Status(uint64_t stored_bytes)> on_bytes;
};
inline constexpr absl::string_view kRowId = "row ";

// What a file was taken for.
struct FileReading {
  std::string format;  // a name of AllFormats()
  std::optional<TableLayout> layout;
};

// Reads a file here, as a server would.  InvalidArgument when it cannot be read at all.
absl::StatusOr<FileReading> ReadRecords(const InputPath& file, Archive* archive, std::istream& in,
                                        const LocalReading& how, const RecordSink& sink);

}  // namespace spoor
