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
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/table.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct JobsOptions {
  Connection connection;
  std::string id;
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

int ListJobs(const JobsOptions& options, Terminal& terminal) {
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
int AskJob(const JobsOptions& options, absl::string_view method, absl::string_view rest,
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

}  // namespace

RunCommand AddJobs(CLI::App& spoor) {
  auto options = std::make_shared<JobsOptions>();
  CLI::App& jobs = *spoor.add_subcommand("jobs", "List, show, cancel and resume jobs");
  jobs.footer(R"(
Examples:
  spoor jobs
  spoor jobs show join-01939fd6a1b2-5c2e91f0
  spoor jobs cancel join-01939fd6a1b2-5c2e91f0
  spoor jobs --json | jq -r 'select(.state == "failed") | .id')");
  AddServer(jobs, options->connection);
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
  return [=](Terminal& terminal) {
    if (show->parsed()) return AskJob(*options, "GET", "", terminal);
    if (cancel->parsed()) return AskJob(*options, "DELETE", "", terminal);
    if (resume->parsed()) return AskJob(*options, "POST", "/resume", terminal);
    return ListJobs(*options, terminal);
  };
}

}  // namespace spoor
