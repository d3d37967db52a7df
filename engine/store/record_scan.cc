#include "engine/store/record_scan.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace spoor {
namespace {

// Between two looks at whether others want a turn, of records, and what looking at one costs
// beside.
constexpr uint64_t kTurnBytes = 1 << 18, kPerRecord = 1 << 12;

class Scanning {
 public:
  Scanning(const Store& store, const Store::Snapshot* snapshot, const RecordScan& scan,
           const RecordVisit& visit)
      : store_(store), snapshot_(snapshot), scan_(scan), visit_(visit) {}

  absl::Status Run() {
    from_ = RecordKey(scan_.after.home, scan_.after.id);
    if (!scan_.after.id.empty()) from_ += '\0';  // behind it
    while (GoToRange()) {
      const absl::Status scanned = store_.Scan(
          Family::kRecords, from_, snapshot_,
          [this](absl::string_view key, absl::string_view value) { return Look(key, value); });
      if (!status_.ok() || over_) return status_;
      if (scanned.ok()) {
        if (range_.last == UINT64_MAX) break;
        GoBehindRange();
      } else if (!absl::IsDataLoss(scanned) || scan_.unreadable == nullptr) {
        return scanned;
      } else if (absl::Status s = GoBehind(scanned); !s.ok() || over_) {
        return s;
      }
    }
    return absl::OkStatus();
  }

 private:
  // Sets range_ to the one that from_ lies in, or else before; false when there is none.
  bool GoToRange() {
    const auto split = SplitRecordKey(from_ + '\0');  // also where no id stands behind the home
    const HomeRange* const range = scan_.homes.AtOrAfter(split->first);
    if (range == nullptr) return false;
    range_ = *range;
    if (split->first < range_.first) from_ = RecordKey(range_.first, "");
    return true;
  }
  void GoBehindRange() { from_ = std::max(from_, RecordKey(range_.last + 1, "")); }

  // Whether to go on in this range.
  bool Look(absl::string_view key, absl::string_view value) {
    const auto split = SplitRecordKey(key);
    status_.Update(split.status());
    if (!status_.ok()) return false;
    const auto& [home, id] = *split;
    if (home > range_.last) return false;
    if (!KeepPatience(value.size())) return false;
    from_.assign(key.data(), key.size());
    from_ += '\0';  // behind it
    const auto more = visit_({.home = home, .id = id, .value = value});
    status_.Update(more.status());
    over_ = more.ok() && !*more;
    return status_.ok() && !over_;
  }

  bool KeepPatience(size_t bytes) {
    if (scan_.patience == nullptr) return true;
    unasked_ += bytes + kPerRecord;
    if (unasked_ < kTurnBytes) {
      status_.Update(scan_.patience->Check());
    } else {
      unasked_ = 0;
      status_.Update(scan_.patience->CheckInTurn());
    }
    return status_.ok();
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
      const auto split = SplitRecordKey(*at);
      if (!split.ok()) return split.status();
      if (value.ok() && value->has_value()) {
        range_ = *scan_.homes.AtOrAfter(split->first);
        Look(*at, **value);
        return status_;
      }
      scan_.unreadable(split->second, value.ok() ? why : value.status());
    }
    over_ = true;  // nothing that is known lies behind
    return absl::OkStatus();
  }

  absl::Status ReadKeys() {
    absl::Status status;
    const absl::Status scanned = store_.Scan(
        Family::kIds, "", snapshot_, [&](absl::string_view id, absl::string_view value) {
          const auto entry = DecodeIdEntry(value);
          status.Update(entry.status());
          if (entry.ok() && scan_.homes.Contains(entry->home)) {
            keys_.push_back(RecordKey(entry->home, id));
          }
          return status.ok();
        });
    std::sort(keys_.begin(), keys_.end());
    status.Update(scanned);
    return status;
  }

  const Store& store_;
  const Store::Snapshot* const snapshot_;
  const RecordScan& scan_;
  const RecordVisit& visit_;
  std::string from_;               // everything before is done
  HomeRange range_;                // the one that is being read
  uint64_t unasked_ = kTurnBytes;  // looked at since the last look at whose turn it is
  std::vector<std::string> keys_;  // of all records that are meant, once there was damage
  absl::Status status_;
  bool over_ = false;
};

}  // namespace

absl::Status ScanRecords(const Store& store, const Store::Snapshot* snapshot,
                         const RecordScan& scan, const RecordVisit& visit) {
  return Scanning(store, snapshot, scan, visit).Run();
}

}  // namespace spoor
