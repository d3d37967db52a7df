#pragma once

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "geo/trajectory.h"
#include "tests/format/walks.h"

namespace spoor {

// The obvious way to write a trip in the formats of devices.

inline std::string XmlText(absl::string_view text) {
  std::string xml;
  for (const char c : text) {
    if (c == '<' || c == '&' || c == '"') {
      absl::StrAppend(&xml, "&#", static_cast<int>(c), ";");
    } else {
      xml += c;
    }
  }
  return xml;
}

inline std::string Rfc3339(int64_t time_ms) {
  return absl::FormatTime("%E4Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time_ms),
                          absl::UTCTimeZone());
}

inline std::string ToGpxTrack(const Trajectory& trip) {
  std::string xml = absl::StrCat("<trk><name>x</name><extensions>\n<spoor-record id=\"",
                                 XmlText(trip.id.value()), "\"");
  if (!trip.object.empty()) absl::StrAppend(&xml, " object=\"", XmlText(trip.object), "\"");
  absl::StrAppend(&xml, ">");
  for (const auto& [name, value] : trip.tags) {
    absl::StrAppend(&xml, "<tag name=\"", XmlText(name), "\" value=\"", XmlText(value), "\"/>");
  }
  absl::StrAppend(&xml, "</spoor-record></extensions><trkseg>\n");
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(&xml, "<trkpt lon=\"", DecimalText(fix.lon_e7, 7), "\" lat=\"",
                    DecimalText(fix.lat_e7, 7), "\">");
    if (fix.has_time()) absl::StrAppend(&xml, "<time>", Rfc3339(fix.time_ms), "</time>");
    absl::StrAppend(&xml, "</trkpt>\n");
  }
  return xml + "</trkseg></trk>\n";
}

inline std::string ToKmlTrack(const Trajectory& trip, absl::string_view name) {
  std::string xml = absl::StrCat("<Placemark><name>", XmlText(name), "</name><gx:Track>\n");
  for (const Fix& fix : trip.fixes) {
    if (fix.has_time()) absl::StrAppend(&xml, "<when>", Rfc3339(fix.time_ms), "</when>\n");
  }
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(&xml, "<gx:coord>", DecimalText(fix.lon_e7, 7), " ", DecimalText(fix.lat_e7, 7),
                    " 12.5</gx:coord>\n");
  }
  return xml + "</gx:Track></Placemark>\n";
}

inline std::string ToTcxActivity(const Trajectory& trip, absl::string_view name) {
  std::string xml = absl::StrCat("<Activity Sport=\"Running\"><Id>", XmlText(name), "</Id>\n");
  for (const Fix& fix : trip.fixes) {  // a lap each
    absl::StrAppend(&xml, "<Lap><Track><Trackpoint>");
    if (fix.has_time()) absl::StrAppend(&xml, "<Time>", Rfc3339(fix.time_ms), "</Time>");
    absl::StrAppend(&xml, "<Position><LatitudeDegrees>", DecimalText(fix.lat_e7, 7),
                    "</LatitudeDegrees><LongitudeDegrees>", DecimalText(fix.lon_e7, 7),
                    "</LongitudeDegrees></Position></Trackpoint></Track></Lap>\n");
  }
  return xml + "</Activity>\n";
}

inline std::string ToPlt(const Trajectory& trip) {
  std::string text =
      "Geolife trajectory\r\nWGS 84\r\nAltitude is in Feet\r\nReserved 3\r\n"
      "0,2,255,My Track,0,0,2,8421376\r\n0\r\n";
  for (const Fix& fix : trip.fixes) {
    std::string time = Rfc3339(fix.time_ms);
    time.pop_back();
    time[time.find('T')] = ',';
    absl::StrAppend(&text, DecimalText(fix.lat_e7, 7), ",", DecimalText(fix.lon_e7, 7),
                    ",0,492,39744.12,", time, "\r\n");
  }
  return text;
}

// 1e-7 degrees are 6e-6 minutes: six places are all that it takes.
inline std::string NmeaAngle(int32_t units, int width, absl::string_view sides) {
  const int64_t size = std::abs(int64_t{units});
  const std::string minutes = DecimalText(size % 10'000'000 * 6, 6);
  std::string text = absl::StrCat(size / 10'000'000);
  text.insert(0, static_cast<size_t>(width) - text.size(), '0');
  return absl::StrCat(text, minutes.find('.') == 1 ? "0" : "", minutes, ",",
                      sides.substr(units < 0 ? 1 : 0, 1));
}

inline std::string NmeaSentence(absl::string_view text) {
  unsigned sum = 0;
  for (const char c : text) sum ^= static_cast<unsigned char>(c);
  return absl::StrCat("$", text, "*", absl::Hex(sum, absl::kZeroPad2), "\r\n");
}

inline std::string ToNmea(const Trajectory& trip) {
  std::string text;
  for (const Fix& fix : trip.fixes) {
    const auto format = [&fix](const char* how) {
      return absl::FormatTime(how, absl::FromUnixMillis(fix.time_ms), absl::UTCTimeZone());
    };
    text += NmeaSentence(
        absl::StrCat("GPRMC,", format("%H%M%E3S"), ",A,", NmeaAngle(fix.lat_e7, 2, "NS"), ",",
                     NmeaAngle(fix.lon_e7, 3, "EW"), ",0.5,251.3,", format("%d%m%y"), ",,,A"));
    text += NmeaSentence("GPGSA,A,3,16,23,13,29,,,,,,,,,3.11,2.95,0.99");
  }
  return text;
}

inline std::string WireBytes(int field, absl::string_view bytes) {
  std::string size;
  for (size_t rest = bytes.size(); rest > 0 || size.empty(); rest >>= 7) {
    size += static_cast<char>((rest & 127) | (rest > 127 ? 128 : 0));
  }
  return absl::StrCat(std::string(1, static_cast<char>(field << 3 | 2)), size, bytes);
}

inline std::string WireNumber(int field, uint64_t number) {
  std::string text(1, static_cast<char>(field << 3));
  for (bool first = true; number > 0 || first; number >>= 7, first = false) {
    text += static_cast<char>((number & 127) | (number > 127 ? 128 : 0));
  }
  return text;
}

inline std::string WireFloat(int field, float number) {
  std::string text(1 + sizeof(number), static_cast<char>(field << 3 | 5));
  std::memcpy(text.data() + 1, &number, sizeof(number));
  return text;
}

// A vehicle where the trip begins.
inline std::string ToGtfsEntity(const Trajectory& trip) {
  const Fix& fix = trip.fixes[0];
  const std::string position = WireFloat(1, static_cast<float>(fix.lat_deg())) +
                               WireFloat(2, static_cast<float>(fix.lon_deg()));
  const std::string vehicle =
      absl::StrCat(WireBytes(2, position), WireNumber(5, static_cast<uint64_t>(fix.time_ms / 1000)),
                   WireBytes(8, WireBytes(1, trip.object)));
  return WireBytes(2, absl::StrCat(WireBytes(1, "e"), WireBytes(4, vehicle)));
}

}  // namespace spoor
