#include "engine/format/csv_trips.h"

#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"

namespace spoor {
namespace {

constexpr size_t kTripBytes = 512;  // beside its fixes, about

uint64_t HashOf(absl::string_view id) { return absl::HashOf(id); }

size_t BytesOf(const HeldTrip& trip) {
  return kTripBytes + trip.draft.trip.fixes.capacity() * sizeof(Fix);
}

}  // namespace

void HeldTrip::Reject(uint64_t line, std::string field, absl::string_view value,
                      absl::string_view allowed) {
  if (draft.rejected()) return;
  draft.set_line(line);
  draft.Reject(std::move(field), value, allowed);
  std::vector<Fix>().swap(draft.trip.fixes);
}

HeldTrip* TripHold::TripOf(absl::string_view id, uint64_t line, const RecordSink& sink) {
  if (last_ != nullptr && last_->id == id) return last_;
  const auto held = held_.find(id);
  if (held == held_.end()) return last_ = Start(id, line, sink);
  in_turn_ = true;
  trips_.splice(trips_.end(), trips_, held->second);
  return last_ = &*held->second;
}

HeldTrip* TripHold::Start(absl::string_view id, uint64_t line, const RecordSink& sink) {
  const auto gone = gone_.find(HashOf(id));
  if (gone != gone_.end()) {
    if (std::exchange(gone->second, Gone::kLost) == Gone::kLost) return nullptr;
    ParsedRecord part = RejectedRecord(
        line, {.field = std::string(names_.id),
               .value = Shown(CellAsJson(id)),
               .allowed = "rows of one id together; what came of this one before is taken back: "
                          "sort the table by id and time"});
    part.id = IsValidName(id) ? std::string(id) : "";
    part.withdraws = true;
    sink(std::move(part));
    return nullptr;
  }
  if (refusing_) {
    Refuse(id, line, sink);
    return nullptr;
  }
  trips_.emplace_back(options_, line);
  held_.emplace(id, std::prev(trips_.end()));
  return &trips_.back();
}

void TripHold::Refuse(absl::string_view id, uint64_t line, const RecordSink& sink) {
  gone_[HashOf(id)] = Gone::kLost;
  RecordDraft draft(options_, line);
  if (IsValidName(id)) draft.trip.id = TrajectoryId(std::string(id));
  draft.Reject(std::string(names_.id), CellAsJson(id),
               absl::StrCat("rows of one id together in a table of more than ",
                            options_.max_held_bytes, " bytes of fixes: sort it by id and time"));
  sink(draft.Finish(names_));
}

void TripHold::GiveOutFirst(const RecordSink& sink) {
  HeldTrip& trip = trips_.front();
  ParsedRecord record = trip.draft.Finish(names_);
  gone_[HashOf(trip.id)] = record.trajectory.ok() ? Gone::kGivenOut : Gone::kLost;
  bytes_ -= trip.counted_bytes;
  held_.erase(trip.id);
  if (last_ == &trip) last_ = nullptr;
  trips_.pop_front();
  sink(std::move(record));
}

void TripHold::RefuseAll(const RecordSink& sink) {
  refusing_ = true;
  while (!trips_.empty()) {
    HeldTrip& trip = trips_.front();
    if (trip.draft.rejected()) {
      GiveOutFirst(sink);
      continue;
    }
    const std::string id = trip.id;
    const uint64_t line = trip.draft.line();
    held_.erase(id);
    trips_.pop_front();
    Refuse(id, line, sink);
  }
  last_ = nullptr;
  bytes_ = 0;
}

void TripHold::MakeRoom(const RecordSink& sink) {
  if (last_ == nullptr) return;
  const size_t bytes = BytesOf(*last_);
  bytes_ += bytes - last_->counted_bytes;
  last_->counted_bytes = bytes;
  if (bytes_ <= options_.max_held_bytes) return;
  if (in_turn_) return RefuseAll(sink);
  // Half of them at once, so that the room lasts for a while; never the one that grows.
  while (trips_.size() > 1 && bytes_ > options_.max_held_bytes / 2) GiveOutFirst(sink);
}

void TripHold::Finish(const RecordSink& sink) {
  while (!trips_.empty()) GiveOutFirst(sink);
}

}  // namespace spoor
