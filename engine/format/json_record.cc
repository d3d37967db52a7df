#include "engine/format/json_record.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr absl::string_view kTagsAllowed = "{name: string}, at most 64 tags";
constexpr absl::string_view kTagNameAllowed = "a name of 1 … 1024 bytes, each name once";
constexpr absl::string_view kTagValueAllowed = "a string of at most 1024 bytes";
static_assert(kMaxTags == 64 && kMaxTagBytes == 1024 && kMaxIdBytes == 256, "the texts say so");

// Passes over the value at the cursor and notes that it is not allowed.
void RejectValue(JsonCursor& in, std::string field, absl::string_view allowed, RecordDraft& draft) {
  absl::string_view value;
  if (in.Skip(&value)) draft.Reject(std::move(field), value, allowed);
}

bool HasTag(const Tags& tags, absl::string_view name) {
  return std::ranges::any_of(tags, [&](const auto& tag) { return tag.first == name; });
}

// [[lon, lat, t], …] into fixes, up to the first thing that is wrong.  A class for the sake of what
// would otherwise be handed from function to function for every number of the hottest loop.
class FixReader {
 public:
  FixReader(JsonCursor& in, ThirdNumber third, RecordDraft& draft)
      : in_(in),
        third_(third),
        options_(draft.options()),
        clean_(options_.clean),
        time_axis_(AxisOf(draft.options().time.unit)),
        fixes_(draft.trip.fixes),
        begin_(fixes_.size()),
        max_fixes_(draft.options().max_fixes) {}

  // False when something is wrong.  If the cursor is not broken, step(), value() and allowed() tell
  // what; an empty value() stands for the whole array.
  bool Read();

  const std::string& step() const { return step_; }
  absl::string_view value() const { return value_; }
  const std::string& allowed() const { return allowed_; }

 private:
  bool ReadFix(Fix& fix);
  bool ReadUnits(const Axis& axis, int64_t& units);
  bool ReadTime(Fix& fix);
  bool ReadIgnored();
  bool CheckTime(const Fix& fix);
  bool FailFix(absl::string_view allowed);
  bool FailNumber(absl::string_view value, absl::string_view allowed);

  JsonCursor& in_;
  const ThirdNumber third_;
  const ReadOptions& options_;
  const bool clean_;
  const Axis& time_axis_;
  std::vector<Fix>& fixes_;
  const size_t begin_;  // of this array in them
  const size_t max_fixes_;
  size_t fix_offset_ = 0;  // where the current fix is written
  int axis_ = 0;           // the number in it that is being read
  Decimal number_;
  absl::string_view lon_text_;
  std::string step_, allowed_;
  absl::string_view value_;
};

bool FixReader::Read() {
  allowed_ = std::string(third_ == ThirdNumber::kTime ? kFixesAllowed : "[[lon, lat], …]");
  if (!in_.Enter('[')) return false;
  while (in_.NextItem()) {
    if (fixes_.size() == max_fixes_) {
      allowed_ = absl::StrCat("1 … ", max_fixes_, " fixes");
      return false;
    }
    Fix fix;
    if (!ReadFix(fix)) return false;
    fixes_.push_back(fix);
  }
  const bool empty = fixes_.size() == begin_;
  if (empty) allowed_ = absl::StrCat("1 … ", max_fixes_, " fixes");
  return in_.ok() && !empty;
}

bool FixReader::ReadFix(Fix& fix) {
  fix_offset_ = in_.offset();
  const absl::string_view shape =
      third_ == ThirdNumber::kTime ? "[lon, lat] or [lon, lat, t]" : "[lon, lat, …]";
  int64_t lon = 0, lat = 0;
  if (clean_ && in_.Peek() == 'n') {  // null: a receiver without a fix
    fix = RecordDraft::OutOfRange();
    return in_.Skip();
  }
  axis_ = 0;
  if (!in_.Enter('[') || !in_.NextItem()) return FailFix(shape);
  if (!ReadUnits(kLonAxis, lon)) return false;
  axis_ = 1;
  if (!in_.NextItem()) return FailFix(shape);
  if (!ReadUnits(kLatAxis, lat)) return false;
  if (lon == kOutOfRange || lat == kOutOfRange) {
    fix = RecordDraft::OutOfRange();
  } else {
    fix.lon_e7 = static_cast<int32_t>(lon);
    fix.lat_e7 = static_cast<int32_t>(lat);
  }
  axis_ = 2;
  if (third_ == ThirdNumber::kIgnored) return ReadIgnored();
  bool more = in_.NextItem();
  if (more && third_ == ThirdNumber::kAltitudeTime) {
    if (!in_.ReadNumber(number_)) return FailNumber("", "a number");
    axis_ = 3;
    more = in_.NextItem();
  }
  if (more) {
    if (!ReadTime(fix)) return false;
    if (in_.NextItem()) return FailFix(shape);
  }
  return in_.ok() && CheckTime(fix);
}

bool FixReader::ReadUnits(const Axis& axis, int64_t& units) {
  if (clean_ && in_.Peek() == 'n') {
    units = kOutOfRange;
    return in_.Skip();
  }
  if (!in_.ReadNumber(number_)) return FailNumber("", axis.allowed);
  units = ToUnits(number_, axis);
  if (axis_ == 0) lon_text_ = number_.text;
  if (units != kOutOfRange || clean_) return true;
  const std::string hint = axis_ > 1 ? TimeUnitHint(number_.text, options_)
                                     : CoordinateHint(number_.text, lon_text_, options_);
  return FailNumber(number_.text, absl::StrCat(axis.allowed, hint));
}

bool FixReader::ReadTime(Fix& fix) {
  int64_t time_ms = 0;
  if (!ReadUnits(time_axis_, time_ms)) return false;
  if (time_ms == kOutOfRange) {
    fix = RecordDraft::OutOfRange();
  } else {
    fix.time_ms = time_ms;
  }
  return true;
}

bool FixReader::ReadIgnored() {
  for (; in_.NextItem(); ++axis_) {
    if (!in_.ReadNumber(number_)) return FailNumber("", "a number");
  }
  return in_.ok();
}

bool FixReader::CheckTime(const Fix& fix) {
  if (fixes_.empty() || clean_) return true;
  const Fix& before = fixes_.back();
  if (fix.has_time() != before.has_time()) {
    return FailFix(fix.has_time() ? "[lon, lat], as the fixes before have no time"
                                  : "[lon, lat, t], as the fixes before have a time");
  }
  if (fix.time_ms >= before.time_ms) return true;
  return FailNumber(number_.text, absl::StrCat("at least ", ShownSeconds(before.time_ms),
                                               ", the time of the fix before"));
}

bool FixReader::FailFix(absl::string_view allowed) {
  if (!in_.ok()) return false;
  in_.Rewind(fix_offset_);
  if (!in_.Skip(&value_)) return false;
  step_ = absl::StrCat("/", fixes_.size() - begin_);
  allowed_ = std::string(allowed);
  return false;
}

bool FixReader::FailNumber(absl::string_view value, absl::string_view allowed) {
  if (!in_.ok()) return false;
  value_ = value;
  if (value.empty() && !in_.Skip(&value_)) return false;
  step_ = absl::StrCat("/", fixes_.size() - begin_, "/", axis_);
  allowed_ = std::string(allowed);
  return false;
}

// One time in milliseconds; kOutOfRange when the value is none.
int64_t ReadOneTime(JsonCursor& in, const TimeForm& form, absl::string_view& value) {
  if (!in.Skip(&value)) return kOutOfRange;
  JsonCursor again(value);
  Decimal number;
  std::string text;
  if (again.ReadNumber(number)) return ToUnits(number, AxisOf(form.unit));
  if (again.ReadString(text)) return ParseTimeText(text, form);
  return kOutOfRange;
}

// Puts the time of the n-th fix into the draft, or notes why not.
void PutTime(size_t n, int64_t time_ms, absl::string_view value, absl::string_view field,
             RecordDraft& draft) {
  std::vector<Fix>& fixes = draft.trip.fixes;
  const bool clean = draft.options().clean;
  // A number or null, as texts are never cleaned.
  if (time_ms == kOutOfRange && clean && value[0] != '"') {
    fixes[n] = RecordDraft::OutOfRange();
    time_ms = n == 0 ? 0 : fixes[n - 1].time_ms;
  }
  if (time_ms == kOutOfRange) {
    return draft.Reject(absl::StrCat(field, "/", n), value,
                        absl::StrCat(kTimeTextAllowed, TimeUnitHint(value, draft.options())));
  }
  fixes[n].time_ms = time_ms;
  if (n == 0 || clean || time_ms >= fixes[n - 1].time_ms) return;
  draft.Reject(absl::StrCat(field, "/", n), value,
               absl::StrCat("at least ", ShownSeconds(fixes[n - 1].time_ms),
                            ", the time of the fix before"));
}

}  // namespace

void ReadName(JsonCursor& in, absl::string_view field, NameKind kind, RecordDraft& draft,
              std::string& out) {
  absl::string_view value;
  if (!in.Skip(&value)) return;
  JsonCursor again(value);
  std::string name;
  Decimal number;
  if (kind == NameKind::kStringNumberOrNull) {
    if (value == "null") return;
    if (again.ReadNumber(number)) name = std::string(value);
  }
  if (name.empty()) again.ReadString(name);
  if (!IsValidName(name)) {
    draft.Reject(std::string(field), value, kNameAllowed);
    return;
  }
  out = std::move(name);
}

void AddTag(absl::string_view name, absl::string_view value, absl::string_view field,
            RecordDraft& draft) {
  Tags& tags = draft.trip.tags;
  if (name.empty() || name.size() > kMaxTagBytes || HasTag(tags, name)) {
    return draft.Reject(std::string(field), value, kTagNameAllowed);
  }
  std::string text;
  if (!JsonCursor(value).ReadString(text)) text = std::string(value);
  if (text.size() > kMaxTagBytes) return draft.Reject(std::string(field), value, kTagValueAllowed);
  if (tags.size() == kMaxTags) {
    return draft.Reject(std::string(field), value, "at most 64 tags, properties among them");
  }
  const auto behind = std::ranges::find_if(tags, [&](const auto& tag) { return tag.first > name; });
  tags.emplace(behind, name, text);
}

void ReadTags(JsonCursor& in, absl::string_view field, RecordDraft& draft) {
  const size_t begin = in.offset();
  if (!in.Enter('{')) return RejectValue(in, std::string(field), kTagsAllowed, draft);
  Tags& tags = draft.trip.tags;
  std::string name, text;
  while (in.NextKey(name)) {
    const std::string pointer = absl::StrCat(field, PointerStep(name));
    if (name.empty() || name.size() > kMaxTagBytes || HasTag(tags, name)) {
      RejectValue(in, pointer, kTagNameAllowed, draft);
    } else if (tags.size() == kMaxTags) {
      in.Rewind(begin);
      return RejectValue(in, std::string(field), kTagsAllowed, draft);
    } else if (in.Peek() != '"') {
      RejectValue(in, pointer, kTagValueAllowed, draft);
    } else {
      absl::string_view value;
      if (!in.Skip(&value)) return;
      JsonCursor(value).ReadString(text);
      if (text.size() > kMaxTagBytes) draft.Reject(pointer, value, kTagValueAllowed);
      tags.emplace_back(name, text);
    }
  }
  std::ranges::sort(tags);
}

void ReadTagsText(absl::string_view text, absl::string_view field, RecordDraft& draft) {
  JsonCursor in(text);
  ReadTags(in, field, draft);
  if (!in.AtEnd()) draft.RejectMalformed(field, text, in.offset(), kTagsAllowed);
}

void ReadCoords(JsonCursor& in, absl::string_view field, ThirdNumber third, RecordDraft& draft) {
  const size_t begin = in.offset();
  FixReader reader(in, third, draft);
  if (reader.Read() || !in.ok()) return;
  in.Rewind(begin);
  absl::string_view whole;
  if (!in.Skip(&whole)) return;
  draft.Reject(absl::StrCat(field, reader.step()), reader.value().empty() ? whole : reader.value(),
               reader.allowed());
}

void ReadTimes(JsonCursor& in, absl::string_view field, RecordDraft& draft) {
  const size_t begin = in.offset();
  const size_t fixes = draft.trip.fixes.size();
  const std::string allowed = absl::StrCat("[time, …], one for each of ", fixes, " fixes");
  if (!in.Enter('[')) return RejectValue(in, std::string(field), allowed, draft);
  size_t n = 0;
  const auto read_one = [&] {
    absl::string_view value;
    const int64_t time_ms = ReadOneTime(in, draft.options().time, value);
    if (in.ok() && n < fixes) PutTime(n, time_ms, value, field, draft);
    ++n;
  };
  while (in.NextItem()) {
    if (!in.Enter('[')) {
      read_one();
      continue;
    }
    while (in.NextItem()) read_one();
  }
  if (n == fixes || !in.ok()) return;
  in.Rewind(begin);
  RejectValue(in, std::string(field), allowed, draft);
}

}  // namespace spoor
