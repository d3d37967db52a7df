#include "router/ingest/open_trips.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/strip.h"
#include "router/ingest/open_record.h"
#include "router/reads/get.h"
#include "router/reads/range.h"

namespace spoor {
namespace {

// Objects whose open trips are in memory at once, and the fixes of these where a log takes what has
// ended before what is open.
constexpr size_t kObjectsAtOnce = 256;
constexpr size_t kOpenFixesAtOnce = size_t{1} << 20;

}  // namespace

FeedSums& FeedSums::operator+=(const FeedSums& more) {
  accepted += more.accepted;
  repeated += more.repeated;
  late += more.late;
  sealed += more.sealed;
  held += more.held;
  return *this;
}

// All that was acknowledged before is seen.
absl::StatusOr<ReadTerms> OpenTrips::TermsNow() const {
  ReadTerms terms;
  if (collection_.ReadsAreCurrent()) return terms;
  const auto end = collection_.End();
  if (!end.ok()) return end.status();
  if (end->log_id != 0) terms.written = WrittenTo{.position = *end, .homes = HomeSet::All()};
  return terms;
}

absl::StatusOr<bool> OpenTrips::FindOpen(std::string* after,
                                         std::vector<ObjectFixes>* objects) const {
  const auto terms = TermsNow();
  if (!terms.ok()) return terms.status();
  RangeQuery query{.limit = kObjectsAtOnce, .after_id = *after};
  query.filter.tags = TagsOfOpenTrips();
  auto page = Range(collection_, query, *terms, patience_);
  if (!page.ok()) return page.status();
  for (const TrajectoryId& id : page->answer.ids) {
    *after = id.value();
    absl::string_view object = id.value();
    if (!absl::ConsumeSuffix(&object, OpenTripName(""))) continue;  // somebody else's tag
    objects->push_back({.object = std::string(object), .fixes = {}});
  }
  return page->answer.more;
}

absl::StatusOr<std::vector<OpenState>> OpenTrips::Read(
    absl::Span<const ObjectFixes> objects) const {
  const auto terms = TermsNow();
  if (!terms.ok()) return terms.status();
  std::vector<TrajectoryId> ids;
  for (const ObjectFixes& one : objects) ids.emplace_back(OpenTripName(one.object));
  auto read = Get(collection_, ids, *terms, patience_);
  if (!read.ok()) return read.status();
  if (read->report.damaged > 0) return absl::DataLossError("an open trip is damaged");
  std::vector<OpenState> states(objects.size());
  for (size_t i = 0; i < states.size() && i < read->answer.size(); ++i) {
    if (!read->answer[i]) continue;
    if (auto state = ReadOpenRecord(std::move(read->answer[i]->trajectory))) {
      states[i] = *std::move(state);
    }
  }
  return states;
}

void OpenTrips::AddOne(const ObjectFixes& object, OpenState state, const Told& told) {
  uint64_t accepted = 0;
  OpenTrip trip(terms_.rules, std::move(state), [&](std::vector<Fix> fixes) {
    const int64_t first_ms = fixes[0].time_ms;
    sealed_.push_back({.id = TrajectoryId(TripName(object.object, first_ms)),
                       .object = object.object,
                       .tags = {},
                       .fixes = std::move(fixes)});
  });
  const auto held_before = static_cast<int64_t>(trip.held());
  for (const LineFix& one : object.fixes) {
    const FixTaken taken = trip.Add(one.fix);
    ++(taken == FixTaken::kAccepted   ? accepted
       : taken == FixTaken::kRepeated ? sums_.repeated
                                      : sums_.late);
    told(object, one, taken, trip.late_before_ms());
  }
  sums_.accepted += accepted;
  if (trip.newest_ms() == kNoTime || (accepted == 0 && !terms_.ends)) return;
  terms_.ends ? trip.End() : trip.Settle();
  sums_.sealed += trip.counts();
  sums_.held += static_cast<int64_t>(trip.held()) - held_before;
  open_.push_back(OpenRecord(object.object, trip.state()));
  open_fixes_ += open_.back().fixes.size();
}

absl::Status OpenTrips::SendOpen() {
  if (open_.empty()) return absl::OkStatus();
  open_fixes_ = 0;
  return window_.Send(std::exchange(open_, {}));
}

// One process commits a batch as a whole.  A log has many partitions, so that what has ended must
// be durable before what it was a part of is replaced.
absl::Status OpenTrips::SendSome() {
  if (collection_.ReadsAreCurrent()) {
    std::move(sealed_.begin(), sealed_.end(), std::back_inserter(open_));
    sealed_.clear();
    return SendOpen();
  }
  if (!sealed_.empty()) {
    if (absl::Status s = window_.Send(std::exchange(sealed_, {})); !s.ok()) return s;
  }
  if (open_fixes_ < kOpenFixesAtOnce) return absl::OkStatus();
  if (absl::Status s = window_.Drain(); !s.ok()) return s;
  return SendOpen();
}

absl::Status OpenTrips::AddSome(absl::Span<const ObjectFixes> objects, const Told& told) {
  auto states = Read(objects);
  if (!states.ok()) return states.status();
  for (size_t i = 0; i < objects.size(); ++i) AddOne(objects[i], std::move((*states)[i]), told);
  return SendSome();
}

absl::Status OpenTrips::Add(absl::Span<const ObjectFixes> objects, const Told& told,
                            FeedSums* sums) {
  sums_ = FeedSums();
  for (size_t i = 0; i < objects.size(); i += kObjectsAtOnce) {
    if (absl::Status s = AddSome(objects.subspan(i, kObjectsAtOnce), told); !s.ok()) return s;
  }
  if (!open_.empty() && !collection_.ReadsAreCurrent()) {
    if (absl::Status s = window_.Drain(); !s.ok()) return s;
  }
  if (absl::Status s = SendOpen(); !s.ok()) return s;
  if (absl::Status s = window_.Drain(); !s.ok()) return s;
  *sums += sums_;
  return absl::OkStatus();
}

}  // namespace spoor
