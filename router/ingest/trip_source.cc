#include "router/ingest/trip_source.h"

#include <algorithm>
#include <utility>

#include "absl/container/node_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "geo/trips/open_trip.h"
#include "router/ingest/local_read.h"
#include "router/message/record_json.h"

namespace spoor {
namespace {

// How often a signal is looked for, in fixes that are cut.
constexpr uint64_t kLookEvery = 1 << 16;

}  // namespace

class TripSource::Numbers {
 public:
  uint32_t Of(absl::string_view text) {
    const auto [at, is_new] = numbers_.try_emplace(text, static_cast<uint32_t>(texts_.size()));
    if (is_new) texts_.push_back(&at->first);
    return at->second;
  }
  const std::string& Text(uint32_t number) const { return *texts_[number]; }

 private:
  absl::node_hash_map<std::string, uint32_t> numbers_;
  std::vector<const std::string*> texts_;
};

TripSource::TripSource(std::vector<InputPath> inputs, std::istream& in, TripSourceOptions options,
                       Reject reject, std::function<bool()> stopped)
    : inputs_(std::move(inputs)),
      in_(in),
      options_(std::move(options)),
      reject_(std::move(reject)),
      stopped_(std::move(stopped)),
      sort_(options_.work_dir, options_.memory_bytes),
      objects_(std::make_unique<Numbers>()),
      states_(std::make_unique<Numbers>()) {}

TripSource::~TripSource() = default;

absl::Status TripSource::ReadAll() {
  for (const InputPath& input : inputs_) {
    if (absl::Status s = ReadInput(input); !s.ok()) return s;
  }
  return sort_.Sort();
}

absl::Status TripSource::ReadInput(const InputPath& input) {
  return ForEachFile(input, in_, [this](const InputPath& file, Archive* archive) {
    const absl::Status read = ReadFile(file, archive);
    const bool ask = absl::IsInvalidArgument(read) && file.found && on_unreadable != nullptr;
    return ask ? on_unreadable(file, read) : read;
  });
}

absl::Status TripSource::ReadFile(const InputPath& file, Archive* archive) {
  absl::Status status;
  const uint64_t read_before = bytes_read_;
  const auto read =
      ReadRecords(file, archive, in_,
                  {.part = options_.part,
                   .row_by_row = true,
                   .on_bytes =
                       [&](uint64_t stored_bytes) {
                         bytes_read_ = read_before + stored_bytes;
                         if (on_read) on_read();
                         return stopped_() ? absl::CancelledError("interrupted") : status;
                       }},
                  [&](ParsedRecord record) {
                    if (status.ok()) status = Take(file, std::move(record));
                  });
  return read.ok() ? status : read.status();
}

absl::Status TripSource::Take(const InputPath& file, ParsedRecord record) {
  if (!record.trajectory.ok()) {
    ++counts_.rejected;
    reject_({.file = file.path, .line = record.line}, record);
    return absl::OkStatus();
  }
  const Trajectory& trip = *record.trajectory;
  const bool is_row = absl::StartsWith(trip.id.value(), kRowId);
  const absl::string_view source = file.path == "-" ? "stdin" : absl::string_view(file.source);
  const uint32_t object = objects_->Of(!trip.object.empty() ? absl::string_view(trip.object)
                                       : is_row             ? source
                                                            : trip.id.value());
  const auto tag = std::find_if(trip.tags.begin(), trip.tags.end(),
                                [this](const auto& t) { return t.first == options_.state; });
  const uint32_t state = tag == trip.tags.end() ? states_->Of("") : states_->Of(tag->second);
  counts_.fixes += trip.fixes.size();
  for (const Fix& fix : trip.fixes) {
    if (!fix.has_time()) {
      ++counts_.without_time;
      continue;
    }
    if (absl::Status s = sort_.Add({.object = object, .state = state, .fix = fix}); !s.ok()) {
      return s;
    }
  }
  return absl::OkStatus();
}

void TripSource::BeginObject(uint32_t object) {
  if (cutter_ != nullptr) {
    cutter_->End();
    counts_.cut += cutter_->counts();
  }
  object_ = object;
  cutter_ = std::make_unique<TripCutter>(
      options_.rules, [this](std::vector<Fix> trip) { GiveOut(std::move(trip)); });
}

void TripSource::GiveOut(std::vector<Fix> fixes) {
  Trajectory trip{.id = {}, .object = objects_->Text(object_), .tags = {}, .fixes = {}};
  trip.id = TrajectoryId(TripName(trip.object, fixes[0].time_ms));
  trip.fixes = std::move(fixes);
  if (const std::string& state = states_->Text(state_); !state.empty()) {
    trip.tags.emplace_back(options_.state, state);
  }
  absl::StrAppend(&lines_, RecordLine(trip), "\n");
}

absl::Status TripSource::CutMore() {
  ObjectFix fix;
  for (uint64_t step = 1; lines_.size() < options_.part.part_bytes; ++step) {
    if (step % kLookEvery == 0 && stopped_()) return absl::CancelledError("interrupted");
    const absl::StatusOr<bool> more = sort_.Next(&fix);
    if (!more.ok()) return more.status();
    if (!*more) {
      if (cutter_ != nullptr) BeginObject(object_);  // the last one ends
      ended_ = true;
      return absl::OkStatus();
    }
    if (cutter_ == nullptr || fix.object != object_) {
      BeginObject(fix.object);
    } else if (fix.state != state_) {
      cutter_->End();
    }
    state_ = fix.state;
    cutter_->Add(fix.fix);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> TripSource::Next(Part* part) {
  if (!std::exchange(read_, true)) {
    if (absl::Status s = ReadAll(); !s.ok()) return s;
  }
  if (!ended_) {
    if (absl::Status s = CutMore(); !s.ok()) return s;
  }
  if (lines_.empty()) return false;
  *part = {.bytes = std::exchange(lines_, {}), .first_line = line_};
  line_ += LineEnds(part->bytes);
  return true;
}

}  // namespace spoor
