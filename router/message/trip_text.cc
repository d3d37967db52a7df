#include "router/message/trip_text.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/format/record.h"
#include "router/message/record_json.h"

namespace spoor {
namespace {

std::string DegreesText(int32_t units) {
  JsonWriter w;
  w.DegreesE7(units);
  return w.Take();
}

absl::Status AppendLine(const Trajectory& trip, std::string* out) {
  absl::StrAppend(out, RecordLine(trip), "\n");
  return absl::OkStatus();
}

absl::Status AppendFeature(const Trajectory& trip, std::string* out) {
  JsonWriter w;
  WriteTripFeature(trip, w);
  *out += w.Take();
  return absl::OkStatus();
}

// As a cell; nothing where there are none.
std::string TagsCell(const Tags& tags) {
  if (tags.empty()) return "";
  JsonWriter w;
  w.BeginObject();
  for (const auto& [name, value] : tags) w.Member(name, value);
  w.EndObject();
  return CsvCell(w.Take());
}

// A line for each fix.  Tags are one column, in the order of their names: trips may have any, which
// nobody knows before the last, and texts that a cell of their own would not give back.
absl::Status AppendCsv(const Trajectory& trip, std::string* out) {
  const std::string head = absl::StrCat(CsvCell(trip.id.value()), ",", CsvCell(trip.object), ",");
  const std::string tail = absl::StrCat(",", TagsCell(trip.tags), "\n");
  for (const Fix& fix : trip.fixes) {
    JsonWriter time;
    if (fix.has_time()) time.Seconds(fix.time_ms);
    absl::StrAppend(out, head, DegreesText(fix.lon_e7), ",", DegreesText(fix.lat_e7), ",",
                    time.Take(), tail);
  }
  return absl::OkStatus();
}

// Whether XML 1.0 has all its characters: it has no control characters but these three.
bool IsXmlText(absl::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 && c != '\t' && c != '\n' && c != '\r') return false;
  }
  return !absl::StrContains(text, "\xEF\xBF\xBE") && !absl::StrContains(text, "\xEF\xBF\xBF");
}

// As the value of an attribute, in which white space other than a blank must be numbered.
void AppendXml(absl::string_view text, std::string* out) {
  for (const char c : text) {
    if (c == '<' || c == '>' || c == '&' || c == '"' || static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(out, "&#", static_cast<int>(c), ";");
    } else {
      *out += c;
    }
  }
}

absl::Status AppendGpx(const Trajectory& trip, std::string* out) {
  for (const auto& [name, value] : trip.tags) {
    if (IsXmlText(name) && IsXmlText(value)) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("tag '", Shown(name), "' of ", trip.id.value(),
                     " has characters that XML has not; write ndjson instead"));
  }
  if (!IsXmlText(trip.id.value()) || !IsXmlText(trip.object)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "id or object of ", trip.id.value(), " has characters that XML has not; write ndjson"));
  }
  const auto add = [out](absl::string_view before, absl::string_view text,
                         absl::string_view after) {
    absl::StrAppend(out, before);
    AppendXml(text, out);
    absl::StrAppend(out, after);
  };
  add("<trk><name>", trip.id.value(), "</name><extensions>");
  add("<spoor-record xmlns=\"urn:spoor:record\" id=\"", trip.id.value(), "\"");
  if (!trip.object.empty()) add(" object=\"", trip.object, "\"");
  *out += '>';
  for (const auto& [name, value] : trip.tags) {
    add("<tag name=\"", name, "\"");
    add(" value=\"", value, "\"/>");
  }
  *out += "</spoor-record></extensions><trkseg>\n";
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(out, "<trkpt lat=\"", DegreesText(fix.lat_e7), "\" lon=\"",
                    DegreesText(fix.lon_e7), "\"");
    if (!fix.has_time()) *out += "/>\n";
    if (fix.has_time()) {
      absl::StrAppend(out, "><time>", DateTimeText(fix.time_ms), "</time></trkpt>\n");
    }
  }
  *out += "</trkseg></trk>\n";
  return absl::OkStatus();
}

void WriteFlatPositions(TrajectoryView fixes, JsonWriter& w) {
  w.Key("coordinates");
  w.BeginArray();
  for (const Fix& fix : fixes) w.Position(fix, false);
  w.EndArray();
}

// Without times it does not move: a geometry, that is not cut at 180 degrees as GeoJSON wants it,
// because positions of a MovingPoint are not either.
void WriteStill(TrajectoryView fixes, JsonWriter& w) {
  w.Key("geometry");
  w.BeginObject();
  w.Member("type", fixes.size() == 1 ? "Point" : "LineString");
  if (fixes.size() == 1) {
    w.Key("coordinates");
    w.Position(fixes[0], false);
  } else {
    WriteFlatPositions(fixes, w);
  }
  w.EndObject();
}

absl::Status AppendMfJson(const Trajectory& trip, std::string* out) {
  JsonWriter w;
  w.BeginObject();
  w.Member("type", "Feature");
  w.Member("id", trip.id.value());
  w.Key("properties");
  w.BeginObject();
  WriteShownMembers({.object = trip.object, .tags = trip.tags}, w);
  w.EndObject();
  if (trip.fixes[0].has_time()) {
    w.Key("temporalGeometry");
    w.BeginObject();
    WriteMovingPointMembers(trip.view(), "Linear", w);
    w.EndObject();
  } else {
    WriteStill(trip.view(), w);
  }
  w.EndObject();
  *out += w.Take();
  return absl::OkStatus();
}

constexpr absl::string_view kFeaturesHead = "{\"type\":\"FeatureCollection\",\"features\":[\n";
constexpr absl::string_view kFeaturesTail = "\n]}\n";

constexpr TripText kTripTexts[] = {
    {Representation::kLines, ".ndjson", "", "", "", &AppendLine},
    {Representation::kGeoJson, ".geojson", kFeaturesHead, ",\n", kFeaturesTail, &AppendFeature},
    {Representation::kCsv, ".csv", "id,object,lon,lat,time,tags_json\n", "", "", &AppendCsv},
    {Representation::kGpx, ".gpx",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"spoor\" "
     "xmlns=\"http://www.topografix.com/GPX/1/1\">\n",
     "", "</gpx>\n", &AppendGpx},
    {Representation::kMfJson, ".mfjson", kFeaturesHead, ",\n", kFeaturesTail, &AppendMfJson},
};

}  // namespace

std::string CsvCell(absl::string_view text) {
  if (text.find_first_of(",\"\r\n") == absl::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

std::string DateTimeText(int64_t time_ms) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(time_ms),
                          absl::UTCTimeZone());
}

void WriteMovingPointMembers(TrajectoryView fixes, absl::string_view interpolation, JsonWriter& w) {
  w.Member("type", "MovingPoint");
  w.Key("datetimes");
  w.BeginArray();
  for (const Fix& fix : fixes) w.String(DateTimeText(fix.time_ms));
  w.EndArray();
  WriteFlatPositions(fixes, w);
  w.Member("interpolation", interpolation);
}

absl::Span<const TripText> AllTripTexts() { return kTripTexts; }

const TripText* FindTripText(absl::string_view file_name) {
  for (const TripText& text : kTripTexts) {
    if (absl::EndsWith(file_name, text.ending)) return &text;
  }
  return nullptr;
}

const TripText* FindTripText(Representation representation) {
  for (const TripText& text : kTripTexts) {
    if (text.representation == representation) return &text;
  }
  return nullptr;
}

absl::Status TripDocument::Add(const Trajectory& trip) {
  const size_t before = out_.size();
  if (any_) out_.append(text_.between.data(), text_.between.size());
  if (absl::Status s = text_.append(trip, &out_); !s.ok()) {
    out_.resize(before);
    return s;
  }
  any_ = true;
  return absl::OkStatus();
}

}  // namespace spoor
