#include "engine/store/record_scan.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/store/codec.h"

namespace spoor {
namespace {

class RecordScan {
 public:
  RecordScan(const Store& store, const Store::Snapshot* snapshot, const RecordVisitor& visitor)
      : store_(store), snapshot_(snapshot), visitor_(visitor) {}

  absl::Status Run() {
    for (;;) {
      const absl::Status scanned = store_.Scan(
          Family::kRecords, from_, snapshot_,
          [this](absl::string_view key, absl::string_view value) { return Look(key, value); });
      if (!status_.ok() || over_ || scanned.ok()) return status_;
      if (!absl::IsDataLoss(scanned) || visitor_.unreadable == nullptr) return scanned;
      if (absl::Status s = GoBehind(scanned); !s.ok() || over_) return s;
    }
  }

 private:
  bool Look(absl::string_view key, absl::string_view value) {
    from_ = std::string(key) + '\0';  // behind it
    const auto split = SplitRecordKey(key);
    if (split.ok()) {
      over_ = !visitor_.visit(split->first, split->second, value);
    } else {
      status_ = split.status();
    }
    return status_.ok() && !over_;
  }

  // Reads what lies behind from_ one by one, up to the first that can be read.
  absl::Status GoBehind(const absl::Status& why) {
    if (keys_.empty()) {
      if (absl::Status s = ReadKeys(); !s.ok()) return s;
    }
    auto at = std::lower_bound(keys_.begin(), keys_.end(), from_);
    for (; at != keys_.end(); ++at) {
      const auto value = store_.Get(Family::kRecords, *at, snapshot_);
      if (!value.ok() && !absl::IsDataLoss(value.status())) return value.status();
      if (value.ok() && value->has_value()) {
        Look(*at, **value);
        return status_;
      }
      const auto split = SplitRecordKey(*at);
      if (split.ok()) visitor_.unreadable(split->second, value.ok() ? why : value.status());
    }
    over_ = true;  // nothing that is known lies behind
    return absl::OkStatus();
  }

  absl::Status ReadKeys() {
    absl::Status status;
    const absl::Status scanned = store_.Scan(Family::kIds, "", snapshot_,
                                             [&](absl::string_view id, absl::string_view value) {
                                               const auto entry = DecodeIdEntry(value);
                                               status.Update(entry.status());
                                               if (entry.ok())
                                                 keys_.push_back(RecordKey(entry->home, id));
                                               return status.ok();
                                             });
    std::sort(keys_.begin(), keys_.end());
    status.Update(scanned);
    return status;
  }

  const Store& store_;
  const Store::Snapshot* const snapshot_;
  const RecordVisitor& visitor_;
  std::string from_;               // everything before is done
  std::vector<std::string> keys_;  // of all records, once there was damage
  absl::Status status_;
  bool over_ = false;
};

}  // namespace

absl::Status ScanRecords(const Store& store, const Store::Snapshot* snapshot,
                         const RecordVisitor& visitor) {
  return RecordScan(store, snapshot, visitor).Run();
}

}  // namespace spoor
