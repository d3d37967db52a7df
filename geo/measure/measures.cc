#include <algorithm>
#include <array>
#include <limits>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/measure/measure.h"

namespace spoor {

#define MEASURE(name, make, ...) std::unique_ptr<Measure> make(const MeasureParams&);
#include "geo/measure/measures.def"
#undef MEASURE

namespace {

// How far apart fixes may be and still count as the same; no value suits every collection.
constexpr MeasureParam kToleranceM{.name = "tolerance_m", .least = 0, .most = 4e7};
// How far apart in time, since the starts of both trajectories; absent: times do not count.
constexpr MeasureParam kMaxTimeS{.name = "max_time_s",
                                 .least = 0,
                                 .most = 1e10,
                                 .absent = std::numeric_limits<double>::infinity()};

constexpr std::array kMeasures = {
#define MEASURE(name, make, ...) MeasureEntry{name, &(make), {__VA_ARGS__}},
#include "geo/measure/measures.def"
#undef MEASURE
};

std::string Names() {
  const auto append = [](std::string* out, const MeasureEntry& e) { absl::StrAppend(out, e.name); };
  return absl::StrJoin(kMeasures, ", ", append);
}

std::string ParamNames(absl::Span<const MeasureParam> params) {
  if (params.empty()) return "none";
  const auto append = [](std::string* out, const MeasureParam& p) { absl::StrAppend(out, p.name); };
  return absl::StrJoin(params, ", ", append);
}

absl::Status CheckNames(const MeasureEntry& measure, const MeasureParams& given) {
  const absl::Span<const MeasureParam> known = measure.params();
  for (auto param = given.begin(); param != given.end(); ++param) {
    const absl::string_view name = param->first;
    if (std::ranges::count(known, name, &MeasureParam::name) == 0) {
      return absl::InvalidArgumentError(absl::StrCat("measure '", measure.name,
                                                     "' has no parameter '", name,
                                                     "', known: ", ParamNames(known)));
    }
    if (std::count_if(given.begin(), param, [&](const auto& p) { return p.first == name; }) > 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("measure '", measure.name, "': parameter '", name, "' is given twice"));
    }
  }
  return absl::OkStatus();
}

// The value of one parameter of the measure, which may be absent.
absl::StatusOr<double> Value(const MeasureEntry& measure, const MeasureParam& param,
                             const MeasureParams& given) {
  const std::string allowed = absl::StrCat(param.least, " … ", param.most);
  const auto at = std::ranges::find(given, param.name,
                                    [](const auto& p) { return absl::string_view(p.first); });
  if (at == given.end()) {
    if (param.absent) return *param.absent;
    return absl::InvalidArgumentError(absl::StrCat("measure '", measure.name, "' needs parameter '",
                                                   param.name, "', allowed: ", allowed));
  }
  if (at->second >= param.least && at->second <= param.most) return at->second;
  return absl::InvalidArgumentError(absl::StrCat("measure '", measure.name, "': parameter '",
                                                 param.name, "' is ", at->second,
                                                 ", allowed: ", allowed));
}

}  // namespace

absl::Span<const MeasureEntry> AllMeasures() { return kMeasures; }

absl::StatusOr<std::unique_ptr<Measure>> MakeMeasure(absl::string_view name,
                                                     const MeasureParams& params) {
  const auto* measure = std::ranges::find(kMeasures, name, &MeasureEntry::name);
  if (measure == kMeasures.end()) {
    return absl::NotFoundError(absl::StrCat("unknown measure '", name, "', available: ", Names()));
  }
  if (absl::Status s = CheckNames(*measure, params); !s.ok()) return s;
  MeasureParams complete;
  for (const MeasureParam& param : measure->params()) {
    const absl::StatusOr<double> value = Value(*measure, param, params);
    if (!value.ok()) return value.status();
    complete.emplace_back(std::string(param.name), *value);
  }
  return measure->make(complete);
}

}  // namespace spoor
