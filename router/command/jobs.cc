#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <cmath>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/job_result.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/run_job.h"
#include "router/command/signal_watch.h"
#include "router/command/table.h"
#include "router/message/json_writer.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct JobsFlags {
  Connection connection;
  std::string id, type, select = R"({"all":true})", params;
  RunJobOptions run;
  bool json = false;
};

std::vector<std::string> JobRow(const json::value& job) {
  const json::value* progress = Member(job, "progress");
  const double done = progress == nullptr ? 0 : NumberMember(*progress, "done");
  const double total = progress == nullptr ? 0 : NumberMember(*progress, "total");
  const std::string state = TextMember(job, "state");
  const std::string share =
      total > 0 && state == "running" ? absl::StrFormat("%.0f %%", 100 * done / total) : "";
  return {TextMember(job, "id"),
          TextMember(job, "type"),
          TextMember(job, "collection"),
          state,
          share,
          ShowTime(NumberMember(job, "created", NAN)),
          ShowTime(NumberMember(job, "ended", NAN)),
          TextMember(job, "error")};
}

TextTable Columns() {
  return TextTable(
      {"job", "type", "collection", "state", ">progress", "created", "ended", "error"});
}

int ListJobs(const JobsFlags& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  TextTable table = Columns();
  uint64_t count = 0;
  const auto take = [&](const json::value& page) {
    for (const json::value& job : ListMember(page, "jobs")) {
      if (options.json) terminal.out << JsonTextOf(job) << '\n';
      table.Add(JobRow(job));
      ++count;
    }
  };
  int code = kDone;
  if (!CallPages(**client, "/v1/jobs", terminal, take, &code)) return code;
  if (options.json) return kDone;
  if (count > 0) table.Print(terminal.out);
  terminal.err << ShowCount(count) << (count == 1 ? " job\n" : " jobs\n");
  return kDone;
}

// One request about one job, whose state is the answer.
int AskJob(const JobsFlags& options, absl::string_view method, absl::string_view rest,
           Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(options.connection, method == "GET" ? Access::kRead : Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  json::value job;
  std::string text;
  int code = kDone;
  const ApiRequest request{.method = std::string(method.data(), method.size()),
                           .target = absl::StrCat("/v1/jobs/", PercentEncode(options.id), rest),
                           .headers = {},
                           .body = ""};
  if (!CallJson(**client, request, terminal, &job, &code, &text)) return code;
  if (options.json) {
    terminal.out << text << '\n';
    return kDone;
  }
  TextTable table = Columns();
  table.Add(JobRow(job));
  table.Print(terminal.out);
  return kDone;
}

int StartJob(const JobsFlags& options, Terminal& terminal) {
  SignalWatch signals;  // before any thread is started
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  RunJobOptions run = options.run;
  run.json = options.json;
  run.collection_target = CollectionTarget(options.connection, "/jobs");
  JsonWriter type;
  type.String(options.type);
  run.body = absl::StrCat(R"({"type":)", type.Take(), R"(,"select":)", options.select,
                          options.params.empty() ? "" : R"(,"params":)", options.params, "}");
  return RunJob(**client, terminal, signals, run);
}

int WatchOne(const JobsFlags& options, Terminal& terminal) {
  SignalWatch signals;
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  RunJobOptions run = options.run;
  run.json = options.json;
  return WatchJob(**client, terminal, signals, options.id, run);
}

constexpr char kJobsExamples[] = R"(
Examples:
  spoor jobs
  spoor jobs show join-01939fd6a1b2-5c2e91f0
  spoor jobs start export --select '{"filter":{"objects":["taxi7"]}}' --out taxi7.geojson
  spoor jobs start motif_pairs --params '{"min_fixes":20,"k":50}' --out pairs.geojson
  spoor jobs start stays --params '{"duration_s":600}' --out stays.geojson
  spoor jobs watch stats-01939fd6a1b2-5c2e91f0
  spoor jobs result stats-01939fd6a1b2-5c2e91f0 hours --out hours.csv
  spoor jobs cancel join-01939fd6a1b2-5c2e91f0
  spoor jobs --json | jq -r 'select(.state == "failed") | .id')";

int WriteResultOf(const JobsFlags& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  return WriteJobResult(**client, terminal, options.id, options.run.part,
                        options.run.out.empty() ? "-" : options.run.out);
}

}  // namespace

RunCommand AddJobs(CLI::App& spoor) {
  auto options = std::make_shared<JobsFlags>();
  CLI::App& jobs = *spoor.add_subcommand("jobs", "List, start, follow and end jobs");
  jobs.footer(kJobsExamples);
  AddConnection(jobs, options->connection);
  options->run.out.clear();
  AddJson(jobs, options->json);
  jobs.require_subcommand(0, 1);
  jobs.fallthrough();
  const auto add = [&](const char* name, const char* what) {
    CLI::App* command = jobs.add_subcommand(name, what);
    command->fallthrough();
    command->allow_config_extras(CLI::config_extras_mode::error);
    return command;
  };
  add("list", "All of them, newest first; what `spoor jobs` alone does");
  const auto add_one = [&](const char* name, const char* what) {
    CLI::App* command = add(name, what);
    command->add_option("JOB", options->id, "Its id")->required();
    return command;
  };
  CLI::App* show = add_one("show", "One of them");
  CLI::App* cancel = add_one("cancel", "Stop it");
  CLI::App* resume = add_one("resume", "Let one go on that has failed or was stopped");
  CLI::App* remove =
      add_one("rm", "Remove one that has ended, with its result; stop one that runs");
  CLI::App* watch = add_one("watch", "Follow one to its end");
  CLI::App* result = add_one("result", "Write a part of its result");
  result->add_option("PART", options->run.part, "Which; the first when not given");
  CLI::App* start = add("start", "Start one, and follow it to its end");
  start->add_option("TYPE", options->type, "What it does")->required();
  start->add_option("--select", options->select, "Of which trajectories, as JSON")
      ->type_name("JSON")
      ->capture_default_str();
  start->add_option("--params", options->params, "Its parameters, as JSON")->type_name("JSON");
  start->add_option("--part", options->run.part, "Which part of the result --out gets");
  start->add_flag("--detach", options->run.detach, "Only start it, and print its id");
  for (CLI::App* one : {watch, result, start}) {
    one->add_option("--out", options->run.out,
                    "Where rows go, as the ending says: .geojson, .csv, else lines of JSON; - is "
                    "standard output")
        ->type_name("FILE");
  }
  for (CLI::App* one : {watch, start}) one->add_flag("--quiet", options->run.quiet, "No progress");
  return [=](Terminal& terminal) {
    if (show->parsed()) return AskJob(*options, "GET", "", terminal);
    if (cancel->parsed() || remove->parsed()) return AskJob(*options, "DELETE", "", terminal);
    if (resume->parsed()) return AskJob(*options, "POST", "/resume", terminal);
    if (start->parsed()) return StartJob(*options, terminal);
    if (watch->parsed()) return WatchOne(*options, terminal);
    if (result->parsed()) return WriteResultOf(*options, terminal);
    return ListJobs(*options, terminal);
  };
}

}  // namespace spoor
