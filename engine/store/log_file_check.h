#pragma once

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace spoor {

// Reads a file in the storage library's log format, which its write-ahead logs and its manifest
// have, and says whether a record in it is damaged: DataLoss names the file and the byte.
//
// The library itself cannot be left to find that.  What it reads first of a record, its length and
// its kind, is not what it checks first: a flipped bit there looks like the end of the log, and all
// that was written behind it is silently gone.  The end of a log that was being written when the
// power went is sound: there the bytes that a record's checksum needs are not all there.  Where
// they are, the record was whole and its length is what is damaged.
//
// first_part, which may be null, gets each record, or the begin of one that crosses blocks.
absl::Status CheckLogFile(const std::string& path,
                          const std::function<void(absl::string_view)>& first_part = nullptr);

// The same of all such files of the store in the directory, and that none is missing of those
// without which the library would make the store anew, or go on without its newest log and all that
// was in it: DataLoss.
absl::Status CheckLogs(const std::string& store_dir);

}  // namespace spoor
