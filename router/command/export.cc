#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "router/command/commands.h"
#include "router/command/selection_job.h"

namespace spoor {

RunCommand AddExport(CLI::App& spoor) {
  auto job = std::make_shared<SelectionJob>();
  job->type = "export";
  CLI::App& command = *spoor.add_subcommand("export", "Write trajectories to a file");
  command.footer(R"(
A job of the server: what it writes can be loaded again by spoor ingest, and is the same.  CSV has
a line a fix, and the tags of its trip in a column tags_json.  GPX takes no control characters.

Examples:
  spoor export --out city.ndjson
  spoor export --bbox=-0.2,51.4,0.1,51.6 --out london.geojson
  spoor export --object taxi7 --out taxi7.gpx)");
  AddSelectionJob(command, *job);
  return [job](Terminal& terminal) { return RunSelectionJob(*job, terminal); };
}

RunCommand AddStats(CLI::App& spoor) {
  auto job = std::make_shared<SelectionJob>();
  job->type = "stats";
  CLI::App& command =
      *spoor.add_subcommand("stats", "Sum up trips, fixes and metres by object and by hour");
  command.footer(R"(
A job of the server: a row for each object, or for each hour.  A trip counts in every hour in which
it has a fix, its metres in the hour in which each step begins.

Examples:
  spoor stats --out objects.csv
  spoor stats --by hours --time 2024-03-01,2024-03-08)");
  AddSelectionJob(command, *job);
  job->run.part = "objects";
  command.add_option("--by", job->run.part, "What a row is of")
      ->check(CLI::IsMember({"objects", "hours"}))
      ->capture_default_str();
  return [job](Terminal& terminal) { return RunSelectionJob(*job, terminal); };
}

}  // namespace spoor
