#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/store/store.h"

namespace spoor {

// Who is told of the records of a store, in the order of their homes.
struct RecordVisitor {
  // Returns whether to go on.
  std::function<bool(uint64_t home, absl::string_view id, absl::string_view value)> visit;
  // Of a record that is known by its id and cannot be read; null: the first damage ends the scan.
  std::function<void(absl::string_view id, const absl::Status& why)> unreadable;
};

// Visits every record of a snapshot (null: the newest), also those behind damage: where it meets
// some, the ids tell which records there are, and each is read by itself until one can be. DataLoss
// when that is not enough, because the ids are damaged too; other errors of the store.
absl::Status ScanRecords(const Store& store, const Store::Snapshot* snapshot,
                         const RecordVisitor& visitor);

}  // namespace spoor
