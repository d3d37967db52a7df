#include <algorithm>
#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/measure/measure.h"

namespace spoor {

#define MEASURE(name, make, ...) std::unique_ptr<Measure> make(const MeasureParams&);
#include "geo/measure/measures.def"
#undef MEASURE

namespace {

constexpr std::array kMeasures = {
#define MEASURE(name, make, ...) MeasureEntry{name, &(make), {__VA_ARGS__}},
#include "geo/measure/measures.def"
#undef MEASURE
};

// Names that the API knows and a later version will have.
constexpr std::array<absl::string_view, 5> kNotYet = {"edr", "edwp", "erp", "hausdorff", "lcss"};

std::string Names() {
  const auto append = [](std::string* out, const MeasureEntry& e) { absl::StrAppend(out, e.name); };
  return absl::StrJoin(kMeasures, ", ", append);
}

absl::Status CheckParams(const MeasureEntry& measure, const MeasureParams& params) {
  for (const auto& [name, value] : params) {
    if (!name.empty() && std::ranges::count(measure.takes, absl::string_view(name)) > 0) continue;
    const auto end = std::ranges::find(measure.takes, absl::string_view());
    const std::string known = absl::StrJoin(measure.takes.begin(), end, ", ");
    return absl::InvalidArgumentError(absl::StrCat("measure '", measure.name,
                                                   "' has no parameter '", name,
                                                   "', known: ", known.empty() ? "none" : known));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Span<const MeasureEntry> AllMeasures() { return kMeasures; }

absl::StatusOr<std::unique_ptr<Measure>> MakeMeasure(absl::string_view name,
                                                     const MeasureParams& params) {
  const auto* measure = std::ranges::find(kMeasures, name, &MeasureEntry::name);
  if (measure == kMeasures.end()) {
    const bool not_yet = std::ranges::count(kNotYet, name) > 0;
    return absl::NotFoundError(
        not_yet ? absl::StrCat("measure '", name,
                               "' is not available in this version, available: ", Names())
                : absl::StrCat("unknown measure '", name, "', available: ", Names()));
  }
  if (absl::Status s = CheckParams(*measure, params); !s.ok()) return s;
  return measure->make(params);
}

}  // namespace spoor
