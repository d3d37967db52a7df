#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor {

inline constexpr char kSeparatorByte = '\x1e';

// Where a file may be cut so that both sides hold whole records.
enum class RecordCut {
  kNowhere,    // one document, or a table whose neighbouring rows make up one trajectory
  kLine,       // after each line
  kSeparator,  // before each U+001E (RFC 8142)
  kRow,        // after each row of a table, whose quoted cells may hold line breaks
};

// format: a name of AllFormats(); head: how the file begins, at least its first line.  A table is
// cut where its reader takes each row for a trip.
RecordCut RecordCutOf(absl::string_view format, absl::string_view head, const ReadOptions& options);

// The length of the longest part of the text's begin that is whole records.  The text begins with a
// record.
size_t WholeRecords(absl::string_view text, RecordCut cut);

// The length of the first row of a table, with its line end.
size_t FirstRow(absl::string_view table);

}  // namespace spoor
