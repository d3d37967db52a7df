#include "router/message/request_geometry.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/decimal.h"
#include "engine/format/time_text.h"

namespace spoor {
namespace {

constexpr size_t kMaxRingPositions = 100'000;  // of one polygon altogether

// The numbers of one position as they come; NaN where there is none.
struct RawPosition {
  double lon = NAN, lat = NAN, t = NAN;
  size_t size = 0;
};

// False when it is no list of two or three numbers.
bool ReadRaw(simdjson::dom::element element, RawPosition& raw) {
  simdjson::dom::array list;
  if (element.get_array().get(list) != simdjson::SUCCESS) return false;
  double* const places[] = {&raw.lon, &raw.lat, &raw.t};
  for (const simdjson::dom::element number : list) {
    if (raw.size == 3 || number.get_double().get(*places[raw.size]) != simdjson::SUCCESS)
      return false;
    ++raw.size;
  }
  return raw.size >= 2;
}

// Says which part of a bad position is bad.
void ReportPosition(const JsonValue& position, const RawPosition& raw, Problems& problems) {
  const auto list = position.AsArray();
  if (!list || raw.size < 2) {
    problems.Add(position.Pointer(), position.Text(), "[lon, lat] or [lon, lat, t], all numbers");
    return;
  }
  const auto report = [&](size_t i, absl::string_view allowed) {
    const JsonValue number(list->at(i).value_unsafe(), &position, i);
    problems.Add(number.Pointer(), number.Text(), std::string(allowed));
  };
  if (!(std::abs(raw.lon) <= 180)) report(0, kLonAxis.allowed);
  if (!(std::abs(raw.lat) <= 90)) report(1, kLatAxis.allowed);
  if (raw.size == 3 && !TimeFromSeconds(raw.t)) report(2, kTimeAxis.allowed);
}

// Checks a fix against the one before it and says what is wrong, or nothing.
absl::string_view WrongOrder(const Fix& before, const Fix& fix) {
  if (before.has_time() != fix.has_time()) return "a time in all positions or in none";
  if (fix.time_ms < before.time_ms) return "times that never go back";
  return "";
}

void ReadRing(const JsonValue& value, size_t& positions, Ring& ring, Problems& problems) {
  const auto list = value.AsArray();
  if (!list) return problems.Add(value.Pointer(), value.Text(), "a list of positions");
  for (const simdjson::dom::element element : *list) {
    RawPosition raw;
    const bool read = ReadRaw(element, raw);
    if (!read || !IsPosition(raw.lat, raw.lon)) {
      const JsonValue position(element, &value, ring.size());
      if (!read) raw.size = 0;
      raw.t = 0;  // GeoJSON's third number is a height
      ReportPosition(position, raw, problems);
      if (problems.full()) return;
    }
    if (read && !ring.empty() && std::abs(raw.lon - ring.back().second) > 180) {
      problems.Add(JsonValue(element, &value, ring.size()).Pointer(), "",
                   "a longitude at most 180 degrees from the one before: put positions between, or "
                   "cut the area at the antimeridian (RFC 7946, 3.1.9)");
      if (problems.full()) return;
    }
    if (++positions > kMaxRingPositions) {
      return problems.Add(value.Pointer(), "",
                          absl::StrCat("at most ", kMaxRingPositions, " positions"));
    }
    ring.emplace_back(raw.lat, raw.lon);
  }
}

void ReadPolygon(const JsonValue& value, size_t& positions, std::vector<PolygonRings>& polygons,
                 Problems& problems) {
  const auto list = value.AsArray();
  if (!list) return problems.Add(value.Pointer(), value.Text(), "a list of rings");
  PolygonRings& rings = polygons.emplace_back();
  for (const simdjson::dom::element element : *list) {
    const JsonValue ring(element, &value, rings.size());
    ReadRing(ring, positions, rings.emplace_back(), problems);
    if (problems.full() || positions > kMaxRingPositions) return;
  }
}

}  // namespace

std::vector<Fix> ReadCoords(const JsonValue& value, Problems& problems) {
  std::vector<Fix> fixes;
  const auto list = value.AsArray();
  if (!list || list->begin() == list->end()) {
    problems.Add(value.Pointer(), value.Text(), "a list of at least one position");
    return fixes;
  }
  for (const simdjson::dom::element element : *list) {
    RawPosition raw;
    const bool read = ReadRaw(element, raw);
    const auto time_ms = raw.size == 3 ? TimeFromSeconds(raw.t) : std::make_optional(kNoTime);
    const JsonValue position(element, &value, fixes.size());
    if (!read || !IsPosition(raw.lat, raw.lon) || !time_ms) {
      if (!read) raw.size = 0;
      ReportPosition(position, raw, problems);
      if (problems.full()) break;
      fixes.push_back(fixes.empty() ? Fix{} : fixes.back());  // keeps the count
      continue;
    }
    const Fix fix = FixFromDegrees(raw.lat, raw.lon, *time_ms);
    const absl::string_view wrong =
        fixes.empty() || !problems.ok() ? "" : WrongOrder(fixes.back(), fix);
    if (!wrong.empty()) {
      problems.Add(position.Pointer() + (fix.has_time() ? "/2" : ""), "", std::string(wrong));
    }
    fixes.push_back(fix);
  }
  return fixes;
}

std::optional<int64_t> TimeFromSeconds(double seconds) {
  if (!(seconds >= kMinTimeS && seconds <= kMaxTimeS)) return std::nullopt;  // also NaN
  return std::llround(seconds * 1000);
}

std::optional<int64_t> TimeFromText(absl::string_view text) {
  double seconds = 0;
  if (absl::SimpleAtod(text, &seconds)) return TimeFromSeconds(seconds);
  const int64_t ms = ParseTimeText(text);
  if (ms == kOutOfRange) return std::nullopt;
  return ms;
}

std::optional<std::pair<int64_t, int64_t>> ReadTimeSpan(const JsonValue& value,
                                                        Problems& problems) {
  const auto list = value.AsArray();
  if (!list || list->size() != 2) {
    problems.Add(value.Pointer(), value.Text(), "[from, to]");
    return std::nullopt;
  }
  std::optional<int64_t> ends[2];
  for (size_t i = 0; i < 2; ++i) {
    const JsonValue end(list->at(i).value_unsafe(), &value, i);
    const auto text = end.AsText();
    const auto number = end.AsNumber();
    if (text) ends[i] = TimeFromText(*text);
    if (number) ends[i] = TimeFromSeconds(*number);
    if (!ends[i]) problems.Add(end.Pointer(), end.Text(), std::string(kTimeTextAllowed));
  }
  if (!ends[0] || !ends[1]) return std::nullopt;
  if (*ends[0] > *ends[1]) {
    problems.Add(value.Pointer(), "", "[from, to] with from <= to");
    return std::nullopt;
  }
  return std::make_pair(*ends[0], *ends[1]);
}

std::optional<Box> BoxFromDegrees(const std::array<double, 4>& wsen) {
  const auto [west, south, east, north] = wsen;
  if (!IsPosition(south, west) || !IsPosition(north, east) || south > north) return std::nullopt;
  const Fix low = FixFromDegrees(south, west), high = FixFromDegrees(north, east);
  return Box{.south_e7 = low.lat_e7,
             .west_e7 = low.lon_e7,
             .north_e7 = high.lat_e7,
             .east_e7 = high.lon_e7};
}

std::optional<Box> ReadBox(const JsonValue& value, Problems& problems) {
  const auto list = value.AsArray();
  std::array<double, 4> wsen{};
  bool numbers = list && list->size() == 4;
  for (size_t i = 0; numbers && i < 4; ++i) {
    numbers = list->at(i).get_double().get(wsen[i]) == simdjson::SUCCESS;
  }
  const auto box = numbers ? BoxFromDegrees(wsen) : std::nullopt;
  if (!box) {
    const std::string text =
        numbers ? absl::StrCat("[", wsen[0], ",", wsen[1], ",", wsen[2], ",", wsen[3], "]")
                : value.Text();
    problems.Add(value.Pointer(), text, std::string(kBoxAllowed));
  }
  return box;
}

std::shared_ptr<const Region> ReadRegion(const JsonValue& value, Problems& problems) {
  static constexpr absl::string_view kTypes[] = {"Polygon", "MultiPolygon"};
  ObjectReader object(value, problems);
  const auto type = object.OneOf("type", kTypes);
  const auto coordinates = object.Find("coordinates");
  object.Finish();
  if (!type || !coordinates) {
    if (value.AsObject()) problems.Add(value.Pointer(), "", "a GeoJSON Polygon or MultiPolygon");
    return nullptr;
  }
  std::vector<PolygonRings> polygons;
  size_t positions = 0;
  if (*type == 0) {
    ReadPolygon(*coordinates, positions, polygons, problems);
  } else if (const auto list = coordinates->AsArray()) {
    for (const simdjson::dom::element element : *list) {
      ReadPolygon(JsonValue(element, &*coordinates, polygons.size()), positions, polygons,
                  problems);
      if (problems.full() || positions > kMaxRingPositions) break;
    }
  } else {
    problems.Add(coordinates->Pointer(), coordinates->Text(), "a list of polygons");
  }
  if (!problems.ok()) return nullptr;
  auto region = Region::Make(polygons);
  if (region.ok()) return *std::move(region);
  problems.Add(value.Pointer(), "", std::string(region.status().message()));
  return nullptr;
}

}  // namespace spoor
