#include "router/command/selection_job.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/connection.h"
#include "router/command/signal_watch.h"
#include "router/message/json_writer.h"

namespace spoor {

int RunSelectionJob(const SelectionJob& job, Terminal& terminal) {
  SignalWatch signals;  // before any thread is started
  JsonWriter w;
  w.BeginObject();
  w.Member("type", job.type);
  w.Key("select");
  w.BeginObject();
  if (absl::Status s = WriteFilter(job.select, w); !s.ok()) return Fail(terminal, s);
  w.EndObject();
  if (!job.params.empty()) {
    w.Key("params");
    w.Raw(job.params);
  }
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

}  // namespace spoor
