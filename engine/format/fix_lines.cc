#include "engine/format/fix_lines.h"

#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/coordinate_hint.h"
#include "engine/format/json_record.h"
#include "engine/format/splitter.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr absl::string_view kFixAllowed = "a JSON object with object, time, lon and lat";
constexpr absl::string_view kKeysOfFix =
    "object, time (or timestamp), lon and lat (or longitude, lng, latitude, or coordinates: [lon, "
    "lat]), accuracy, altitude, speed, heading";
constexpr FieldNames kFixFields{.id = "/object", .fixes = "/coordinates"};

// One number of a line, and whether it is there.
struct Axes {
  int64_t lon = kOutOfRange, lat = kOutOfRange, time_ms = kOutOfRange;
  absl::string_view lon_text, lat_text;
  std::string lon_field, lat_field;  // empty: not there
};

// One line into a fix, up to the first thing that is wrong.
class FixLine {
 public:
  FixLine(absl::string_view text, uint64_t line, const FixLineOptions& options)
      : options_(options), text_(text), in_(text), draft_(options.read, line) {}

  ParsedRecord Read();

 private:
  void ReadMember(const std::string& key);
  void ReadAxis(const std::string& field, bool is_lon);
  void ReadPosition();
  void ReadTime(const std::string& key);
  void ReadAccuracy(const std::string& key);
  void RejectNext(const std::string& field, absl::string_view allowed);
  void Check();
  bool CheckAxis(bool is_lon);

  const FixLineOptions& options_;
  const absl::string_view text_;
  JsonCursor in_;
  RecordDraft draft_;
  Axes axes_;
  bool has_time_ = false;
};

ParsedRecord FixLine::Read() {
  if (in_.Enter('{')) {
    std::string key;
    while (in_.NextKey(key)) ReadMember(key);
  } else if (in_.Skip()) {
    draft_.Reject("", text_, kFixAllowed);
  }
  if (!in_.AtEnd()) draft_.RejectMalformed("", text_, in_.offset(), kFixAllowed);
  Check();
  return draft_.Finish(kFixFields);
}

void FixLine::RejectNext(const std::string& field, absl::string_view allowed) {
  absl::string_view value;
  if (in_.Skip(&value)) draft_.Reject(field, value, allowed);
}

void FixLine::ReadMember(const std::string& key) {
  if (key == "object") {
    if (!draft_.trip.object.empty()) return RejectNext("/object", "each field once");
    return ReadName(in_, "/object", NameKind::kStringNumberOrNull, draft_, draft_.trip.object);
  }
  if (key == "lon" || key == "longitude" || key == "lng") return ReadAxis("/" + key, true);
  if (key == "lat" || key == "latitude") return ReadAxis("/" + key, false);
  if (key == "coordinates") return ReadPosition();
  if (key == "time" || key == "timestamp") return ReadTime(key);
  if (key == "accuracy" || key == "accuracy_m") return ReadAccuracy(key);
  if (key == "altitude" || key == "speed" || key == "heading") {
    in_.Skip();
    return;
  }
  RejectNext(PointerStep(key), kKeysOfFix);
}

void FixLine::ReadAxis(const std::string& field, bool is_lon) {
  std::string& known = is_lon ? axes_.lon_field : axes_.lat_field;
  const Axis& axis = is_lon ? kLonAxis : kLatAxis;
  Decimal number;
  if (!known.empty()) return RejectNext(field, "each field once");
  if (!in_.ReadNumber(number)) return RejectNext(field, axis.allowed);
  known = field;
  (is_lon ? axes_.lon : axes_.lat) = ToUnits(number, axis);
  (is_lon ? axes_.lon_text : axes_.lat_text) = number.text;
}

void FixLine::ReadPosition() {
  constexpr absl::string_view kPosition = "[lon, lat] or [lon, lat, altitude]";
  const size_t begin = in_.offset();
  if (!in_.Enter('[')) return RejectNext("/coordinates", kPosition);
  int numbers = 0;
  for (; in_.NextItem(); ++numbers) {
    if (numbers > 1) {
      in_.Skip();
    } else {
      ReadAxis(absl::StrCat("/coordinates/", numbers), numbers == 0);
    }
  }
  if (!in_.ok() || draft_.rejected() || numbers == 2 || numbers == 3) return;
  in_.Rewind(begin);
  RejectNext("/coordinates", kPosition);
}

void FixLine::ReadTime(const std::string& key) {
  const std::string field = "/" + key;
  if (std::exchange(has_time_, true)) return RejectNext(field, "each field once");
  absl::string_view value;
  if (!in_.Skip(&value)) return;
  const TimeForm& form = options_.read.time;
  JsonCursor again(value);
  Decimal number;
  std::string text;
  if (again.ReadNumber(number)) {
    axes_.time_ms = ToUnits(number, AxisOf(form.unit));
  } else if (again.ReadString(text)) {
    axes_.time_ms = ParseTimeText(text, form);
  }
  if (axes_.time_ms != kOutOfRange) return;
  draft_.Reject(field, value, absl::StrCat(kTimeTextAllowed, TimeUnitHint(value, options_.read)));
}

void FixLine::ReadAccuracy(const std::string& key) {
  Decimal number;
  double metres = 0;
  if (in_.Peek() == 'n') {  // null: the device does not know
    in_.Skip();
    return;
  }
  if (!in_.ReadNumber(number) || !absl::SimpleAtod(number.text, &metres)) {
    return RejectNext("/" + key, "metres");
  }
  if (!options_.max_accuracy_m || metres <= *options_.max_accuracy_m) return;
  draft_.Reject("/" + key, number.text,
                absl::StrCat("at most ", *options_.max_accuracy_m, " m, as max_accuracy_m says"));
}

bool FixLine::CheckAxis(bool is_lon) {
  const std::string& field = is_lon ? axes_.lon_field : axes_.lat_field;
  const Axis& axis = is_lon ? kLonAxis : kLatAxis;
  if (field.empty()) {
    draft_.Reject(is_lon ? "/lon" : "/lat", "", axis.allowed);
    return false;
  }
  if ((is_lon ? axes_.lon : axes_.lat) != kOutOfRange) return true;
  draft_.Reject(
      field, is_lon ? axes_.lon_text : axes_.lat_text,
      absl::StrCat(axis.allowed, CoordinateHint(axes_.lat_text, axes_.lon_text, options_.read)));
  return false;
}

void FixLine::Check() {
  draft_.trip.id = TrajectoryId(draft_.trip.object);
  if (draft_.rejected()) return;
  if (draft_.trip.object.empty()) return draft_.Reject("/object", "", kNameAllowed);
  if (!has_time_) return draft_.Reject("/time", "", kTimeTextAllowed);
  if (!CheckAxis(true) || !CheckAxis(false)) return;
  draft_.trip.fixes = {{.lat_e7 = static_cast<int32_t>(axes_.lat),
                        .lon_e7 = static_cast<int32_t>(axes_.lon),
                        .time_ms = axes_.time_ms}};
}

class FixLineReader : public Reader {
 public:
  explicit FixLineReader(FixLineOptions options)
      : options_(std::move(options)), lines_('\n', options_.read.max_record_bytes) {}

  absl::Status Feed(absl::string_view bytes, const RecordSink& sink) override {
    lines_.Feed(skip_bom_(bytes), [&](const auto& line) { Take(line, sink); });
    return absl::OkStatus();
  }
  absl::Status Finish(const RecordSink& sink) override {
    lines_.Finish([&](const auto& line) { Take(line, sink); });
    return absl::OkStatus();
  }

 private:
  void Take(const RecordSplitter::Text& line, const RecordSink& sink) {
    sink(line.too_long ? RejectedRecord(line.line, TooLong(line.bytes, options_.read))
                       : FixLine(line.bytes, line.line, options_).Read());
  }

  const FixLineOptions options_;
  BomSkipper skip_bom_;
  RecordSplitter lines_;
};

}  // namespace

std::unique_ptr<Reader> MakeFixLineReader(const FixLineOptions& options) {
  return std::make_unique<FixLineReader>(options);
}

}  // namespace spoor
