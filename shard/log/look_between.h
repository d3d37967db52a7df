#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/search/query.h"
#include "shard/log/log.h"

namespace spoor {

// Two positions of a log, each of all its partitions.
struct LogStretch {
  const LogPosition& since;
  const LogPosition& written;
};

// Whether the log has a record of the id from `since` on, before the one that ends at `written`: to
// be asked while it keeps all records, which is for min.compaction.lag.ms.  Errors as
// LogStore::OpenReader and LogReader::Read, and of the patience.
absl::StatusOr<bool> HasRecordBetween(LogStore& logs, const LogName& log, absl::string_view id,
                                      const LogStretch& stretch, const Patience& patience);

}  // namespace spoor
