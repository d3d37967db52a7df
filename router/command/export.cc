#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/run_job.h"
#include "router/command/search.h"
#include "router/command/signal_watch.h"
#include "router/message/json_writer.h"

namespace spoor {
namespace {

// `spoor export` and `spoor stats`: a job of a selection, whose result is written.
struct SelectionJob {
  SearchOptions select;  // connection, filter
  std::string type;
  RunJobOptions run;
};

int RunSelectionJob(const SelectionJob& job, Terminal& terminal) {
  SignalWatch signals;  // before any thread is started
  JsonWriter w;
  w.BeginObject();
  w.Member("type", job.type);
  w.Key("select");
  w.BeginObject();
  if (absl::Status s = WriteFilter(job.select, w); !s.ok()) return Fail(terminal, s);
  w.EndObject();
  w.EndObject();
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(job.select.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  RunJobOptions run = job.run;
  run.collection_target = CollectionTarget(job.select.connection, "/jobs");
  run.body = w.Take();
  if (run.json) run.out = run.out == "-" ? "" : run.out;
  return RunJob(**client, terminal, signals, run);
}

void AddSelectionJob(CLI::App& command, SelectionJob& job) {
  AddConnection(command, job.select.connection);
  AddFilter(command, job.select);
  command
      .add_option("--out", job.run.out,
                  "Where the rows go, as the ending says: .geojson, .csv, of trips also .gpx and "
                  ".mfjson, else lines of JSON; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  command.add_flag("--detach", job.run.detach, "Only start the job, and print its id");
  command.add_flag("--quiet", job.run.quiet, "No progress");
  AddJson(command, job.run.json);
}

}  // namespace

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
