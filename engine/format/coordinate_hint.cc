#include "engine/format/coordinate_hint.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/format/csv_cells.h"

namespace spoor {
namespace {

constexpr double kSlip = 95;         // a latitude up to here is rather a slip than a longitude
constexpr double kMostMetres = 3e7;  // of any projection that is in use: 20 037 508 m is Mercator's
constexpr double kFewestMetres = 1000;    // below, a number is rather a slip
constexpr double kRecentS = 631'152'000;  // 1990
constexpr double kSoonS = 4'102'444'800;  // 2100

bool IsMetres(double value) {
  return std::abs(value) >= kFewestMetres && std::abs(value) <= kMostMetres;
}

bool ReadNumber(absl::string_view text, const ReadOptions& options, double& out) {
  if (!IsNumber(text, options)) return false;
  std::string pointed(text);
  for (char& c : pointed) c = c == ',' ? '.' : c;
  return absl::SimpleAtod(pointed, &out) && std::isfinite(out);
}

}  // namespace

std::string CoordinateHint(absl::string_view lat, absl::string_view lon,
                           const ReadOptions& options) {
  double y = 0, x = 0;
  if (!ReadNumber(lat, options, y) || !ReadNumber(lon, options, x)) return "";
  if (std::abs(y) > kSlip && std::abs(y) <= 180 && std::abs(x) <= 90) {
    return "; lat and lon seem swapped: JSON has [lon, lat], of tables --columns lat=…,lon=… says";
  }
  if (IsMetres(x) && IsMetres(y)) {
    return "; these seem metres of a projection: convert them to degrees of WGS 84 first";
  }
  return "";
}

std::string TimeUnitHint(absl::string_view time, const ReadOptions& options) {
  double value = 0;
  if (options.time.unit != TimeUnit::kSeconds || !ReadNumber(time, options, value)) return "";
  constexpr absl::string_view kFiner[] = {"ms", "us", "ns"};
  for (const absl::string_view unit : kFiner) {
    value /= 1000;
    if (value >= kRecentS && value <= kSoonS) {
      return absl::StrCat("; this seems a time in ", unit, ": --time-unit ", unit, " says so");
    }
  }
  return "";
}

}  // namespace spoor
