#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iterator>
#include <random>
#include <string>

#include "absl/strings/str_cat.h"
#include "geo/trajectory.h"

namespace spoor {

using Rng = std::mt19937_64;

inline int64_t Between(Rng& rng, int64_t low, int64_t high) {
  return std::uniform_int_distribution<int64_t>(low, high)(rng);
}

// A text of letters that every format must escape, quote or count right.
inline std::string RandomName(Rng& rng) {
  static constexpr const char* kLetters[] = {"a", "Z", "7", "\"", "\\", ",", ";", "/", "~",
                                             "é", "…", "𝄞", "{",  "]",  "'", " ", ":"};
  std::string name = "n";
  for (int64_t i = Between(rng, 0, 12); i > 0; --i) {
    name += kLetters[static_cast<size_t>(Between(rng, 0, std::size(kLetters) - 1))];
  }
  return name + "e";
}

// Any valid trajectory, with fixes at the borders of the world now and then.
inline Trajectory RandomTrip(Rng& rng, size_t max_fixes) {
  Trajectory trip;
  trip.id = TrajectoryId(RandomName(rng));
  if (Between(rng, 0, 1) == 0) trip.object = RandomName(rng);
  for (int64_t i = Between(rng, 0, 3); i > 0; --i) {
    trip.tags.emplace_back(absl::StrCat("tag", i % 2 == 0 ? "\"/~" : "…", 9 - i), RandomName(rng));
  }
  std::sort(trip.tags.begin(), trip.tags.end());
  const bool has_times = Between(rng, 0, 3) > 0;
  int64_t time_ms = Between(rng, -62'167'219'200'000, 253'402'200'000'000);
  for (int64_t i = Between(rng, 1, static_cast<int64_t>(max_fixes)); i > 0; --i) {
    const bool at_border = Between(rng, 0, 15) == 0;
    Fix fix;
    fix.lat_e7 = at_border ? kMaxLatE7 : static_cast<int32_t>(Between(rng, -kMaxLatE7, kMaxLatE7));
    fix.lon_e7 = at_border ? -kMaxLonE7 : static_cast<int32_t>(Between(rng, -kMaxLonE7, kMaxLonE7));
    if (has_times) fix.time_ms = time_ms += Between(rng, 0, 3) * 700;
    trip.fixes.push_back(fix);
  }
  return trip;
}

// An integer of units as a decimal: 15, 7 -> "0.0000015".
inline std::string DecimalText(int64_t units, size_t places) {
  const auto size = static_cast<uint64_t>(units);
  std::string digits = absl::StrCat(units < 0 ? 0 - size : size);
  if (digits.size() <= places) digits.insert(0, places + 1 - digits.size(), '0');
  digits.insert(digits.size() - places, 1, '.');
  return (units < 0 ? "-" : "") + digits;
}

inline std::string JsonText(absl::string_view text) {
  std::string json = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') json += '\\';
    json += c;
  }
  return json + "\"";
}

inline std::string TagsJson(const Tags& tags) {
  std::string json = "{";
  for (const auto& [name, value] : tags) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", JsonText(name), ":", JsonText(value));
  }
  return json + "}";
}

inline std::string PositionsJson(const Trajectory& trip, bool with_times) {
  std::string json = "[";
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "[", DecimalText(fix.lon_e7, 7), ",",
                    DecimalText(fix.lat_e7, 7));
    if (with_times && fix.has_time()) absl::StrAppend(&json, ",", DecimalText(fix.time_ms, 3));
    absl::StrAppend(&json, "]");
  }
  return json + "]";
}

inline std::string ToNdjson(const Trajectory& trip) {
  return absl::StrCat(
      "{\"id\":", JsonText(trip.id.value()),
      trip.object.empty() ? "" : absl::StrCat(",\"object\":", JsonText(trip.object)),
      ",\"tags\":", TagsJson(trip.tags), ",\"coords\":", PositionsJson(trip, true), "}\n");
}

inline std::string ToFeature(const Trajectory& trip) {
  std::string times;
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(&times, times.empty() ? "" : ",", DecimalText(fix.time_ms, 3));
  }
  return absl::StrCat(
      "{\"type\":\"Feature\",\"id\":", JsonText(trip.id.value()),
      ",\"properties\":{\"speed\":null,\"tags\":", TagsJson(trip.tags),
      trip.object.empty() ? "" : absl::StrCat(",\"object\":", JsonText(trip.object)),
      trip.fixes[0].has_time() ? absl::StrCat(",\"coordTimes\":[", times, "]") : "",
      "},\"geometry\":{\"type\":\"LineString\",\"coordinates\":", PositionsJson(trip, false), "}}");
}

inline std::string CsvCell(absl::string_view text) {
  std::string cell = "\"";
  for (const char c : text) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + "\"";
}

// Rows of a table with the columns id, lat, lon, time, object.
inline std::string ToCsvRows(const Trajectory& trip) {
  std::string rows;
  for (const Fix& fix : trip.fixes) {
    absl::StrAppend(&rows, CsvCell(trip.id.value()), ",", DecimalText(fix.lat_e7, 7), ",",
                    DecimalText(fix.lon_e7, 7), ",");
    absl::StrAppend(&rows, fix.has_time() ? DecimalText(fix.time_ms, 3) : "", ",",
                    CsvCell(trip.object), "\r\n");
  }
  return rows;
}

}  // namespace spoor
