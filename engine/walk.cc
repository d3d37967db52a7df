#include <string>
#include <utility>

#include "engine/engine_impl.h"
#include "engine/store/home_set.h"

namespace spoor {
namespace {

// How many records one walk looks at, however few of them pass the filter.
constexpr uint64_t kMaxLookedAt = 50'000;
// Between two looks at the clock, of records, and what looking at one costs beside.
constexpr uint64_t kPatienceBytes = 1 << 18, kPerRecord = 1 << 12;

// One walk over the records of a snapshot.
class Walker {
 public:
  Walker(const WalkQuery& query, const Patience& patience)
      : query_(query),
        patience_(patience),
        homes_(query.filter.homes),
        decides_(!query.filter.only_homes()) {
    answer_.reached = query.after;
  }

  absl::StatusOr<WalkAnswer> Run(const Store& store, const Store::Snapshot& snapshot) {
    HomePlace from = query_.after;
    while (!answer_.more) {
      const HomeRange* const range = homes_.AtOrAfter(from.home);
      if (range == nullptr) break;
      if (from.home < range->first) from = {range->first, ""};
      range_ = *range;
      const absl::Status scanned = store.Scan(
          Family::kRecords, RecordKey(from.home, from.id), &snapshot,
          [this](absl::string_view key, absl::string_view value) { return Look(key, value); });
      status_.Update(scanned);
      if (!status_.ok()) return status_;
      if (range->last == UINT64_MAX) break;
      from = {range->last + 1, ""};
    }
    return std::move(answer_);
  }

 private:
  // Whether to go on in this range.
  bool Look(absl::string_view key, absl::string_view value) {
    auto split = SplitRecordKey(key);
    status_.Update(split.status());
    if (!status_.ok()) return false;
    HomePlace place{split->first, std::string(split->second)};
    if (place.home > range_.last) return false;
    if (place <= query_.after) return true;
    if (answer_.steps.size() == query_.limit || answer_.looked_at == kMaxLookedAt) {
      answer_.more = true;
      return false;
    }
    ++answer_.looked_at;
    unasked_ += value.size() + kPerRecord;
    if (unasked_ >= kPatienceBytes) {
      unasked_ = 0;
      status_.Update(patience_.CheckInTurn());
    }
    if (status_.ok()) status_.Update(Take(place, value));
    answer_.reached = std::move(place);
    return status_.ok();
  }

  absl::Status Take(const HomePlace& place, absl::string_view value) {
    auto record = DecodeRecord(value);
    if (!record.ok()) return record.status();
    Trajectory trajectory{.id = TrajectoryId(place.id),
                          .object = std::move(record->object),
                          .tags = std::move(record->tags),
                          .fixes = std::move(record->fixes)};
    if (decides_ && !query_.filter.Matches(trajectory)) return absl::OkStatus();
    answer_.steps.push_back(
        {.place = place, .version = record->position, .fixes = std::move(trajectory.fixes)});
    return absl::OkStatus();
  }

  const WalkQuery& query_;
  const Patience& patience_;
  const HomeSet& homes_;
  const bool decides_;                 // the filter asks for more than homes
  HomeRange range_;                    // the one that is being walked
  uint64_t unasked_ = kPatienceBytes;  // looked at since the last look at the clock
  absl::Status status_;
  WalkAnswer answer_;
};

}  // namespace

absl::StatusOr<WalkAnswer> Engine::Impl::Walk(const WalkQuery& query, const View& view,
                                              const Patience& patience) const {
  auto answer = Walker(query, patience).Run(*store_, *view.snapshot);
  if (!answer.ok()) return Told(answer.status());
  answer->position = view.log.total();
  return answer;
}

}  // namespace spoor
