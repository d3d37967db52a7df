#include "engine/format/trip_text.h"

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "engine/format/record.h"

namespace spoor {
namespace {

void AppendDegrees(int32_t units, std::string* out) {
  const int64_t size = std::abs(int64_t{units});
  std::string fraction = absl::StrCat(absl::Dec(size % 10'000'000, absl::kZeroPad7));
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  absl::StrAppend(out, units < 0 ? "-" : "", size / 10'000'000, fraction.empty() ? "" : ".",
                  fraction);
}

void AppendTime(int64_t time_ms, std::string* out) {
  *out += absl::FormatTime("%E4Y-%m-%dT%H:%M:%E*SZ", absl::FromUnixMillis(time_ms),
                           absl::UTCTimeZone());
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
    *out += "<trkpt lat=\"";
    AppendDegrees(fix.lat_e7, out);
    *out += "\" lon=\"";
    AppendDegrees(fix.lon_e7, out);
    *out += fix.has_time() ? "\"><time>" : "\"/>\n";
    if (!fix.has_time()) continue;
    AppendTime(fix.time_ms, out);
    *out += "</time></trkpt>\n";
  }
  *out += "</trkseg></trk>\n";
  return absl::OkStatus();
}

void AppendJson(absl::string_view text, std::string* out) {
  *out += '"';
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppend(out, "\\u", absl::Hex(static_cast<int>(c), absl::kZeroPad4));
      continue;
    }
    if (c == '"' || c == '\\') *out += '\\';
    *out += c;
  }
  *out += '"';
}

void AppendPosition(const Fix& fix, std::string* out) {
  *out += '[';
  AppendDegrees(fix.lon_e7, out);
  *out += ',';
  AppendDegrees(fix.lat_e7, out);
  *out += ']';
}

void AppendPositions(const Trajectory& trip, std::string* out) {
  *out += '[';
  for (const Fix& fix : trip.fixes) {
    if (&fix != &trip.fixes[0]) *out += ',';
    AppendPosition(fix, out);
  }
  *out += ']';
}

absl::Status AppendMfJson(const Trajectory& trip, std::string* out) {
  *out += "{\"type\":\"Feature\",\"id\":";
  AppendJson(trip.id.value(), out);
  *out += ",\"properties\":{";
  if (!trip.object.empty()) {
    *out += "\"object\":";
    AppendJson(trip.object, out);
    *out += ',';
  }
  *out += "\"tags\":{";
  for (const auto& [name, value] : trip.tags) {
    if (&name != &trip.tags[0].first) *out += ',';
    AppendJson(name, out);
    *out += ':';
    AppendJson(value, out);
  }
  *out += "}},";
  if (!trip.fixes[0].has_time()) {
    const bool is_point = trip.fixes.size() == 1;
    absl::StrAppend(out, "\"geometry\":{\"type\":\"", is_point ? "Point" : "LineString",
                    "\",\"coordinates\":");
    is_point ? AppendPosition(trip.fixes[0], out) : AppendPositions(trip, out);
    *out += "}}";
    return absl::OkStatus();
  }
  *out += "\"temporalGeometry\":{\"type\":\"MovingPoint\",\"interpolation\":\"Linear\",";
  *out += "\"datetimes\":[";
  for (const Fix& fix : trip.fixes) {
    *out += &fix == &trip.fixes[0] ? "\"" : ",\"";
    AppendTime(fix.time_ms, out);
    *out += '"';
  }
  *out += "],\"coordinates\":";
  AppendPositions(trip, out);
  *out += "}}";
  return absl::OkStatus();
}

constexpr TripText kTripTexts[] = {
    {".gpx",
     "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<gpx version=\"1.1\" creator=\"spoor\" "
     "xmlns=\"http://www.topografix.com/GPX/1/1\">\n",
     "", "</gpx>\n", &AppendGpx},
    {".mfjson", "{\"type\":\"FeatureCollection\",\"features\":[\n", ",\n", "\n]}\n", &AppendMfJson},
};

}  // namespace

const TripText* FindTripText(absl::string_view file_name) {
  for (const TripText& text : kTripTexts) {
    if (absl::EndsWith(file_name, text.ending)) return &text;
  }
  return nullptr;
}

}  // namespace spoor
