#pragma once

#include <cstddef>

#include "absl/strings/string_view.h"
#include "engine/format/reader.h"

namespace spoor {

inline constexpr char kSeparatorByte = '\x1e';

// Where a file of this format that begins so may be cut into parts that are read by themselves:
// nowhere unless its units are trips.
RecordCut RecordCutOf(const FormatEntry& format, absl::string_view head,
                      const ReadOptions& options);
// The same by name; nowhere for one that AllFormats() does not have.
RecordCut RecordCutOf(absl::string_view format, absl::string_view head, const ReadOptions& options);

// The length of the longest part of the text's begin that is whole records.  The text begins with a
// record.
size_t WholeRecords(absl::string_view text, RecordCut cut);

// The length of the first row of a table, with its line end.
size_t FirstRow(absl::string_view table);

}  // namespace spoor
