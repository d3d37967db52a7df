#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/signal_watch.h"
#include "router/command/table.h"
#include "router/command/watched_job.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct TuneCommandOptions {
  Connection connection;
  bool apply = false, quiet = false, json = false;
};

// Follows the job to its end, or cancels it after a signal.  *job is its last state.
bool Follow(Client& client, const TuneCommandOptions& options, Terminal& terminal,
            const SignalWatch& signals, json::value* job, int* code) {
  const std::string target = absl::StrCat("/v1/jobs/", PercentEncode(TextMember(*job, "id")));
  bool cancelled = false;
  std::unique_ptr<Progress> progress;
  std::string step;
  while (!IsOver(TextMember(*job, "state"))) {
    const bool stop = signals.WaitFor(cancelled ? std::chrono::milliseconds(0) : kPollEvery);
    if (stop && !cancelled) {  // refused where it has ended meanwhile, which its state tells
      client.Call({.method = "DELETE", .target = target, .headers = {}, .body = ""})
          .status()
          .IgnoreError();
    }
    cancelled = cancelled || stop;
    const ApiRequest request{.method = "GET", .target = target, .headers = {}, .body = ""};
    if (!CallJson(client, request, terminal, job, code)) return false;
    if (cancelled) break;
    const json::value* at = Member(*job, "progress");
    if (at == nullptr) continue;
    if (progress == nullptr || TextMember(*at, "step") != step) {
      step = TextMember(*at, "step");
      progress = std::make_unique<Progress>(terminal, step.empty() ? "tuning" : step,
                                            CountMember(*at, "total"), options.quiet);
    }
    progress->Update(CountMember(*at, "done"), "");
  }
  return true;
}

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
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(options.connection, options.apply ? Access::kWrite : Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  json::value job;
  int code = kDone;
  const ApiRequest start{.method = "POST",
                         .target = CollectionTarget(options.connection, "/tune"),
                         .headers = {{"content-type", "application/json"}},
                         .body = options.apply ? R"({"apply":true})" : R"({"apply":false})"};
  if (!CallJson(**client, start, terminal, &job, &code)) return code;
  if (!Follow(**client, options, terminal, signals, &job, &code)) return code;
  if (signals.signalled())
    return Fail(terminal, absl::CancelledError("interrupted; the job is cancelled"));
  if (options.json) terminal.out << JsonTextOf(job) << '\n';
  const std::string state = TextMember(job, "state");
  if (state != "done") {
    const std::string error = TextMember(job, "error");
    return Fail(terminal,
                absl::AbortedError(absl::StrCat("tune ", state, error.empty() ? "" : ": ", error)));
  }
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
