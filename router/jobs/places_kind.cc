#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/places_run.h"

namespace spoor {
namespace {

constexpr absl::string_view kPlacesSteps[] = {"map", "reduce"};
constexpr absl::string_view kVisitColumns[] = {"object", "place", "enter", "leave"};
constexpr absl::string_view kDestinationColumns[] = {"destination", "visits",  "objects",
                                                     "dwell_s",     "area_m2", "shadowed"};
constexpr absl::string_view kPlaceColumns[] = {"place",  "destination", "area_m2",
                                               "visits", "objects",     "dwell_s"};
constexpr ResultPart kPlacesParts[] = {
    {.name = kPlacesStays, .has_geometry = true, .columns = kStayColumns},
    {.name = kPlacesDestinations, .has_geometry = true, .columns = kDestinationColumns},
    {.name = kPlacesVisits, .columns = kVisitColumns},
    {.name = kPlacesPlaces, .has_geometry = true, .columns = kPlaceColumns}};
constexpr absl::string_view kPlacesSchema =
    R"({"type": "object", "properties": {)" SPOOR_STAY_PROPERTIES
    R"(, "similarity": {"type": "number", "minimum": 0, "maximum": 1, "default": 0},)"
    R"( "order": {"enum": ["global", "paper"], "default": "global"},)"
    R"( "containment": {"oneOf": [{"type": "number", "minimum": 0.001, "maximum": 1}, {"type": "null"}], "default": 0.5},)"
    R"( "min_visits": {"type": "integer", "minimum": 1, "maximum": 1000000000, "default": 1},)"
    R"( "cell_m": {"type": "number", "minimum": 0.1, "maximum": 100000, "default": 5},)"
    R"( "assign": {"enum": ["similar", "nearest", "center"], "default": "similar"},)"
    R"( "shape": {"enum": ["hull", "density"], "default": "hull"},)"
    R"( "mass": {"type": "number", "minimum": 0.001, "maximum": 1, "default": 0.9},)"
    R"( "sigma_m": {"type": "number", "minimum": 0.1, "maximum": 10000, "default": 6},)"
    R"( "tau_cap_s": {"type": "number", "minimum": 0.001, "maximum": 1000000000, "default": 1800})"
    R"(}, "additionalProperties": false})";
constexpr absl::string_view kOrders[] = {"global", "paper"};
constexpr absl::string_view kAssigns[] = {"similar", "nearest", "center"};
constexpr absl::string_view kShapes[] = {"hull", "density"};
// A normal distribution so much wider than a cell takes thousands of cells for each fix.
constexpr double kMostSigmaOfCell = 20;

// Which places the stays of objects make, and who visits them (engine/place/).
class PlacesWork : public JobWork {
 public:
  explicit PlacesWork(const PlacesParams& params) : params_(params) {}

  absl::Status Run(JobRun& run) const override {
    const auto spool = run.MakeSpool();
    absl::Status s = run.Exchange(
        "map", {.mapper = "journeys", .params = Journeys::ParamOf(params_.stays.per_object)},
        *spool);
    if (!s.ok()) return s;
    return run.Step("reduce", [&] { return PlacesRun(run, params_).Run(*spool); });
  }

 private:
  const PlacesParams params_;
};

void ReadContainment(ObjectReader& object, std::optional<double>& out, Problems& problems) {
  const auto value = object.Find("containment");
  if (!value) return;
  const auto number = value->AsNumber();
  if (value->Json() == "null") {
    out.reset();
  } else if (number && *number >= 1e-3 && *number <= 1) {
    out = *number;
  } else {
    problems.Add(value->Pointer(), value->Text(), "null, or a number, 0.001 … 1");
  }
}

void ReadPlacesParams(const JsonValue& params, ObjectReader& object, PlacesParams& out,
                      Problems& problems) {
  ReadStayParams(object, out.stays);
  const auto number = [&object](absl::string_view name, double least, double most, double& to) {
    if (const auto v = object.Number(name, least, most)) to = *v;
  };
  number("similarity", 0, 1, out.destinations.similarity);
  if (const auto i = object.OneOf("order", kOrders)) {
    out.destinations.order =
        *i == 0 ? DestinationRules::Order::kGlobal : DestinationRules::Order::kPaper;
  }
  ReadContainment(object, out.destinations.containment, problems);
  if (const auto v = object.Uint("min_visits", 1, 1'000'000'000)) out.destinations.min_visits = *v;
  number("cell_m", .1, 1e5, out.cell_m);
  if (const auto i = object.OneOf("assign", kAssigns)) out.assign = static_cast<CellRule>(*i);
  if (const auto i = object.OneOf("shape", kShapes)) out.by_density = *i == 1;
  number("mass", 1e-3, 1, out.mass);
  number("sigma_m", .1, 1e4, out.sigma_m);
  number("tau_cap_s", 1e-3, 1e9, out.tau_cap_s);
  if (out.sigma_m > kMostSigmaOfCell * out.cell_m) {
    problems.Add(params.Pointer() + "/sigma_m", absl::StrCat(out.sigma_m),
                 absl::StrCat("at most ", kMostSigmaOfCell, " times cell_m"));
  }
}

void WritePlacesParams(const PlacesParams& params, JsonWriter& w) {
  const auto number = [&w](absl::string_view name, double value) {
    w.Key(name);
    w.Double(value);
  };
  WriteStayParams(params.stays, w);
  number("similarity", params.destinations.similarity);
  w.Member("order", kOrders[params.destinations.order == DestinationRules::Order::kGlobal ? 0 : 1]);
  w.Key("containment");
  params.destinations.containment ? w.Double(*params.destinations.containment) : w.Null();
  w.MemberUint("min_visits", params.destinations.min_visits);
  number("cell_m", params.cell_m);
  w.Member("assign", kAssigns[static_cast<size_t>(params.assign)]);
  w.Member("shape", kShapes[params.by_density ? 1 : 0]);
  number("mass", params.mass);
  number("sigma_m", params.sigma_m);
  number("tau_cap_s", params.tau_cap_s);
}

std::unique_ptr<const JobWork> ReadPlacesWork(const JsonValue* params, JsonWriter& filled,
                                              Problems& problems) {
  PlacesParams places;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    ReadPlacesParams(*params, object, places, problems);
    object.Finish();
  }
  filled.BeginObject();
  WritePlacesParams(places, filled);
  filled.EndObject();
  return std::make_unique<const PlacesWork>(places);
}

}  // namespace

const Kind& PlacesKind() {
  static const Kind kind{.name = "places",
                         .what = "which places stays make, and who visits them",
                         .steps = kPlacesSteps,
                         .parts = kPlacesParts,
                         .schema = kPlacesSchema,
                         .read = &ReadPlacesWork};
  return kind;
}

}  // namespace spoor
