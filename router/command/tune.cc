#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/job_follower.h"
#include "router/command/json_text.h"
#include "router/command/signal_watch.h"
#include "router/command/table.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct TuneCommandOptions {
  Connection connection;
  bool apply = false, quiet = false, json = false;
};

void PrintRows(const json::value& result, std::ostream& out) {
  TextTable table({"index", ">recall@10", ">recall@1000", ">mean rank", ">postings/query"});
  for (const json::value& row : ListMember(result, "rows")) {
    table.Add({ShowIndex(Member(row, "params")),
               absl::StrFormat("%.3f", NumberMember(row, "recall_at_10")),
               absl::StrFormat("%.3f", NumberMember(row, "recall_at_1000")),
               absl::StrFormat("%.1f", NumberMember(row, "mean_rank")),
               absl::StrFormat("%.0f", NumberMember(row, "postings_per_query"))});
  }
  table.Print(out);
  out << "best: " << ShowIndex(Member(result, "best"))
      << (BoolMember(result, "applied") ? "; the collection is indexed by it now\n"
                                        : "; spoor tune --apply re-indexes by it\n");
}

int Tune(const TuneCommandOptions& options, Terminal& terminal) {
  SignalWatch signals;  // before any thread is started
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  json::value job;
  int code = kDone;
  const ApiRequest start{.method = "POST",
                         .target = CollectionTarget(options.connection, "/tune"),
                         .headers = {{"content-type", "application/json"}},
                         .body = options.apply ? R"({"apply":true})" : R"({"apply":false})"};
  if (!CallJson(**client, start, terminal, &job, &code)) return code;
  JobFollower follower{.client = **client,
                       .terminal = terminal,
                       .signals = signals,
                       .id = TextMember(job, "id"),
                       .quiet = options.quiet,
                       .cancels = true};
  if (!follower.Follow(&job, &code)) return code;
  if (signals.signalled())
    return Fail(terminal, absl::CancelledError("interrupted; the job is cancelled"));
  if (options.json) terminal.out << JsonTextOf(job) << '\n';
  if (const int said = SayEnd(job, terminal); said != kDone) return said;
  const json::value* result = Member(job, "result");
  if (!options.json && result != nullptr) PrintRows(*result, terminal.out);
  return kDone;
}

}  // namespace

RunCommand AddTune(CLI::App& spoor) {
  auto options = std::make_shared<TuneCommandOptions>();
  CLI::App& tune =
      *spoor.add_subcommand("tune", "Measure index parameters on the collection itself");
  tune.footer(R"(
Half of the fixes of a sample of trips look for the other half, under several parameters, and the
best are shown first.  With --apply the collection is indexed anew by the best while it serves.

Examples:
  spoor tune
  spoor tune --collection taxis --apply)");
  AddConnection(tune, options->connection);
  tune.add_flag("--apply", options->apply, "Index the collection anew by the best parameters");
  tune.add_flag("--quiet", options->quiet, "No progress");
  AddJson(tune, options->json);
  return [options](Terminal& terminal) { return Tune(*options, terminal); };
}

}  // namespace spoor
