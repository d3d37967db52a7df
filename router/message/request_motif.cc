#include "router/message/request_motif.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "router/message/request_filter.h"

namespace spoor {
namespace {

// In the order of MotifForm.
constexpr absl::string_view kForms[] = {"between", "within", "stretch", "region"};
constexpr char kFormsAllowed[] = "one of between, within, stretch, region";
// Beyond any way, and beyond any distance on the Earth.
constexpr double kMostLengthM = 1e9, kMostApartM = 2.1e7;
constexpr uint64_t kMostFixes = 100'000'000;

// What is wrong, to be listed or at once.
struct MotifProblems {
  Problems& problems;
  ApiResponse* refusal;
};

bool ReadTrips(const JsonValue& value, const ApiLimits& limits, MotifRequest& request,
               const MotifProblems& out) {
  if (request.form != MotifForm::kBetween) {
    request.trips.resize(1);
    return ReadAskedTrip(value, limits, request.trips[0], out.problems, out.refusal);
  }
  const auto list = value.AsArray();
  if (!list || list->size() != 2) {
    out.problems.Add(value.Pointer(), value.Text(), "two of {\"id\"} or {\"coords\"}");
    return true;
  }
  request.trips.resize(2);
  for (size_t i = 0; i < 2; ++i) {
    const JsonValue item(list->at(i).value(), &value, i);
    if (!ReadAskedTrip(item, limits, request.trips[i], out.problems, out.refusal)) return false;
  }
  return true;
}

void ReadExact(const JsonValue& value, MotifRequest& request, Problems& problems) {
  ObjectReader object(value, problems);
  const auto min_fixes = object.Uint("min_fixes", 1, kMostFixes);
  object.Finish();
  if (!min_fixes && problems.ok()) {
    problems.Add(value.Pointer() + "/min_fixes", "", absl::StrCat("1 … ", kMostFixes));
  }
  request.exact_min_fixes = static_cast<uint32_t>(min_fixes.value_or(1));
}

void ReadMaxDistance(ObjectReader& object, MotifTerms& terms, Problems& problems) {
  const auto value = object.Find("max_distance_m");
  if (!value || value->AsText() == "auto") return;
  const auto number = value->AsNumber();
  if (number && *number > 0 && *number <= kMostApartM) {
    terms.max_distance_m = *number;
  } else {
    problems.Add(value->Pointer(), value->Text(),
                 absl::StrCat("\"auto\", or metres above 0, at most ", kMostApartM));
  }
}

// What goes with one form only.
struct FormMembers {
  std::optional<uint64_t> from, to;
  bool filter = false, exact = false;
};

void CheckForm(const MotifRequest& request, const FormMembers& given, Problems& problems) {
  const bool stretch = request.form == MotifForm::kStretch;
  if (given.from && !stretch) problems.Add("/from", "", "only with stretch");
  if (given.to && !stretch) problems.Add("/to", "", "only with stretch");
  if (given.filter && !stretch) problems.Add("/filter", "", "only with stretch");
  if (given.exact && (stretch || request.form == MotifForm::kRegion)) {
    problems.Add("/exact", "", "only with between or within");
  }
  if (request.form == MotifForm::kRegion && request.terms.direction == Direction::kOpposite) {
    problems.Add("/direction", "\"opposite\"", "same, either with region");
  }
  if (stretch && given.to && *given.to < given.from.value_or(0)) {
    problems.Add("/to", absl::StrCat(*given.to), "not before from");
  }
}

}  // namespace

void ReadMotifTerms(ObjectReader& object, MotifTerms& terms, Problems& problems) {
  terms.min_length_m = object.Number("min_length_m", 0, kMostLengthM).value_or(terms.min_length_m);
  ReadMaxDistance(object, terms, problems);
  terms.min_trajectories =
      object.Uint("min_trajectories", 1, kMostFixes).value_or(terms.min_trajectories);
  terms.min_objects = object.Uint("min_objects", 1, kMostFixes).value_or(terms.min_objects);
  terms.k = object.Uint("k", 1, kMostMotifs).value_or(terms.k);
  terms.direction = static_cast<Direction>(object.OneOf("direction", kDirections).value_or(0));
  terms.occurrences = object.Uint("occurrences", 1, kMostOccurrences).value_or(terms.occurrences);
}

bool ReadMotifs(const JsonValue& body, const ApiLimits& limits, MotifRequest& request,
                ApiResponse* refusal) {
  Problems problems;
  ObjectReader object(body, problems);
  std::optional<JsonValue> asked;
  size_t forms = 0;
  for (size_t i = 0; i < std::size(kForms); ++i) {
    const auto value = object.Find(kForms[i]);
    if (!value) continue;
    asked = value;
    request.form = static_cast<MotifForm>(i);
    ++forms;
  }
  if (forms != 1 && problems.ok()) problems.Add("", "", kFormsAllowed);
  if (forms == 1 && request.form == MotifForm::kRegion) {
    request.filter = ReadFilter(*asked, problems);
  } else if (forms == 1 &&
             !ReadTrips(*asked, limits, request, {.problems = problems, .refusal = refusal})) {
    return false;
  }
  ReadMotifTerms(object, request.terms, problems);
  FormMembers given{.from = object.Uint("from", 0, kMostFixes),
                    .to = object.Uint("to", 0, kMostFixes)};
  if (const auto filter = object.Find("filter")) {
    given.filter = true;
    const Filter read = ReadFilter(*filter, problems);
    if (request.form == MotifForm::kStretch) request.filter = read;
  }
  if (const auto exact = object.Find("exact")) {
    given.exact = true;
    ReadExact(*exact, request, problems);
  }
  request.read = ReadTermsMembers(object, problems);
  object.Finish();
  CheckForm(request, given, problems);
  request.from = static_cast<uint32_t>(given.from.value_or(0));
  if (given.to) request.to = static_cast<uint32_t>(*given.to);
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

}  // namespace spoor
