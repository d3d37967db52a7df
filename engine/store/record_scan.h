#pragma once

#include <cstdint>
#include <functional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/store/codec.h"
#include "engine/store/home_key.h"
#include "engine/store/home_set.h"
#include "engine/store/store.h"
#include "engine/wait/patience.h"

namespace spoor {

// A record as a scan meets it: still packed, and decoded where somebody asks.  Valid during the
// call.  DataLoss where its bytes are damaged.
struct PackedRecord {
  uint64_t home = 0;
  absl::string_view id, value;

  HomePlace place() const { return {home, std::string(id)}; }
  absl::StatusOr<uint64_t> version() const { return RecordPosition(value); }
  // What a log has of it (engine/store/log_value.h).
  absl::StatusOr<absl::string_view> payload() const { return RecordPayload(value); }
  absl::StatusOr<StoredRecord> Decode() const { return DecodeRecord(value); }
};

// The one way through the records of a store, in the order of home and id.
struct RecordScan {
  HomeSet homes = HomeSet::All();
  HomePlace after = {};  // begins behind it
  // Asked before each record, and whether others want a turn each quarter of a megabyte; null:
  // for ever.
  const Patience* patience = nullptr;
  // Of a record that is known by its id and cannot be read.  Where the scan meets damage, the ids
  // tell which records there are, and each is read by itself until one can be.  Null: the first
  // damage ends the scan.
  std::function<void(absl::string_view id, const absl::Status& why)> unreadable = nullptr;
};

// Whether to go on; an error ends the scan, and is what it returns.
using RecordVisit = std::function<absl::StatusOr<bool>(const PackedRecord& record)>;

// Visits the records of a snapshot (null: the newest).  Errors: those of `visit` and of the
// patience; DataLoss for damage that ends it, because nobody hears of what is unreadable, or the
// ids are damaged too; other errors of the store.
absl::Status ScanRecords(const Store& store, const Store::Snapshot* snapshot,
                         const RecordScan& scan, const RecordVisit& visit);

}  // namespace spoor
