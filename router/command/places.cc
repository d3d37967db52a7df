#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>

#include "router/command/command.h"
#include "router/command/selection_job.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

// What `spoor stays` and `spoor places` ask; the rest is as the server has it by default.
struct PlacesOptions {
  SelectionJob job;
  std::string method = "centroid", per = "object", shape = "hull", assign = "similar";
  double distance_m = 100, duration_s = 1200, buffer_m = 7.8, similarity = 0, cell_m = 5;
  std::optional<double> max_gap_s;
  uint64_t min_visits = 1;
};

void AddStayOptions(CLI::App& command, PlacesOptions& o) {
  constexpr char kStay[] = "What a stay is";
  command.add_option("--distance-m", o.distance_m, "Within so much of its centre")
      ->capture_default_str()
      ->group(kStay);
  command.add_option("--duration-s", o.duration_s, "For so long, at least")
      ->capture_default_str()
      ->group(kStay);
  command.add_option("--method", o.method, "How its centre is meant")
      ->check(CLI::IsMember({"centroid", "reference", "diameter"}))
      ->capture_default_str()
      ->group(kStay);
  command.add_option("--max-gap-s", o.max_gap_s, "A longer time without a fix ends it; none is")
      ->group(kStay);
  command.add_option("--buffer-m", o.buffer_m, "By so much its ground is wider than its fixes")
      ->capture_default_str()
      ->group(kStay);
  command.add_option("--per", o.per, "Whose fixes are gone along")
      ->check(CLI::IsMember({"object", "trajectory"}))
      ->capture_default_str()
      ->group(kStay);
}

void WriteStays(const PlacesOptions& o, JsonWriter& w) {
  const auto number = [&w](absl::string_view name, double value) {
    w.Key(name);
    w.Double(value);
  };
  w.Member("method", o.method);
  number("distance_m", o.distance_m);
  number("duration_s", o.duration_s);
  if (o.max_gap_s) number("max_gap_s", *o.max_gap_s);
  number("buffer_m", o.buffer_m);
  w.Member("per", o.per);
}

void WritePlaces(const PlacesOptions& o, JsonWriter& w) {
  w.Key("similarity");
  w.Double(o.similarity);
  w.MemberUint("min_visits", o.min_visits);
  w.Key("cell_m");
  w.Double(o.cell_m);
  w.Member("assign", o.assign);
  w.Member("shape", o.shape);
}

int RunPlaces(PlacesOptions& o, Terminal& terminal) {
  JsonWriter w;
  w.BeginObject();
  WriteStays(o, w);
  if (o.job.type == "places") WritePlaces(o, w);
  w.EndObject();
  o.job.params = w.Take();
  return RunSelectionJob(o.job, terminal);
}

}  // namespace

RunCommand AddStays(CLI::App& spoor) {
  auto options = std::make_shared<PlacesOptions>();
  options->job.type = "stays";
  CLI::App& command = *spoor.add_subcommand("stays", "Find where objects stay, and how long");
  command.footer(R"(
A job of the server: a row for each stay, by object and time.  Trips of one object are one journey.

Examples:
  spoor stays --duration-s 600 --out stays.geojson
  spoor stays --object taxi7 --distance-m 50 --out -
  spoor stays --bbox=-122.52,37.70,-122.35,37.83 --method diameter --out stays.csv)");
  AddSelectionJob(command, options->job);
  AddStayOptions(command, *options);
  return [options](Terminal& terminal) { return RunPlaces(*options, terminal); };
}

RunCommand AddPlaces(CLI::App& spoor) {
  auto options = std::make_shared<PlacesOptions>();
  options->job.type = "places";
  options->job.run.part = "places";
  CLI::App& command = *spoor.add_subcommand("places",
                                            "Find the places that stays make, and who "
                                            "visits them");
  command.footer(R"(
A job of the server: stays that overlap are a destination, and destinations become places, no two of
which have ground in common; with --part visits, who was in which from when to when.

Examples:
  spoor places --duration-s 600 --min-visits 5 --out places.geojson
  spoor places --shape density --cell-m 2 --out places.geojson
  spoor places --object taxi7 --part visits --out visits.csv)");
  AddSelectionJob(command, options->job);
  AddStayOptions(command, *options);
  constexpr char kPlace[] = "What a place is";
  command
      .add_option("--similarity", options->similarity,
                  "Stays of which two have that share in common are one; 0: all that overlap")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str()
      ->group(kPlace);
  command.add_option("--min-visits", options->min_visits, "Of so many stays, at least")
      ->capture_default_str()
      ->group(kPlace);
  command.add_option("--cell-m", options->cell_m, "Places are sets of squares so wide")
      ->capture_default_str()
      ->group(kPlace);
  command.add_option("--assign", options->assign, "Whose a square is that several meet")
      ->check(CLI::IsMember({"similar", "nearest", "center"}))
      ->capture_default_str()
      ->group(kPlace);
  command.add_option("--shape", options->shape, "Around all fixes, or where most of the time went")
      ->check(CLI::IsMember({"hull", "density"}))
      ->capture_default_str()
      ->group(kPlace);
  command.add_option("--part", options->job.run.part, "Which part of the result is written")
      ->check(CLI::IsMember({"stays", "destinations", "places", "visits"}))
      ->capture_default_str();
  return [options](Terminal& terminal) { return RunPlaces(*options, terminal); };
}

}  // namespace spoor
