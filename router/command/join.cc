#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <fstream>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "geo/measure/measure.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/job_follower.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/command/signal_watch.h"
#include "router/message/json_writer.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr uint64_t kLinesAtOnce = 50'000;

struct JoinCommandOptions {
  SearchOptions select;  // connection, filter, direction, parameters of the measure
  std::optional<double> min_score, max_distance_m;
  std::string measure, resume, out = "-";
  bool quiet = false;
};

absl::Status WriteMeasure(const JoinCommandOptions& options, JsonWriter& w) {
  w.Member("measure", options.measure);
  if (options.max_distance_m) w.Key("max_distance_m"), w.Double(*options.max_distance_m);
  if (options.select.params.empty()) return absl::OkStatus();
  w.Key("params");
  w.BeginObject();
  for (const std::string& text : options.select.params) {
    const size_t at = text.find('=');
    double number = 0;
    if (at == std::string::npos || !absl::SimpleAtod(text.substr(at + 1), &number)) {
      return absl::InvalidArgumentError(absl::StrCat("--param ", text, " is not NAME=NUMBER"));
    }
    w.Key(text.substr(0, at));
    w.Double(number);
  }
  w.EndObject();
  return absl::OkStatus();
}

absl::StatusOr<std::string> JoinBody(const JoinCommandOptions& options) {
  JsonWriter w;
  w.BeginObject();
  w.Member("type", "join");
  w.Key("select");
  w.BeginObject();
  if (absl::Status s = WriteFilter(options.select, w); !s.ok()) return s;
  w.EndObject();
  w.Key("params");
  w.BeginObject();
  if (options.measure.empty()) {
    w.Key("min_score");
    w.Double(options.min_score.value_or(0.5));
    if (options.max_distance_m) w.Key("max_distance_m"), w.Double(*options.max_distance_m);
  } else if (absl::Status s = WriteMeasure(options, w); !s.ok()) {
    return s;
  }
  w.Member("direction", options.select.direction);
  w.EndObject();
  w.EndObject();
  return w.Take();
}

// The target of a result's next page, from its Link header; empty when there is none.
std::string NextPage(const ApiResponse& page, const std::string& target) {
  for (const auto& [name, value] : page.headers) {
    const size_t end = value.find('>');
    if (!absl::EqualsIgnoreCase(name, "link") || value.empty() || end == std::string::npos) {
      continue;
    }
    return absl::StrCat(target, value.substr(1, end - 1));
  }
  return "";
}

// Follows a join to its end, and writes its pairs as they come.
class JoinOutput {
 public:
  JoinOutput(Client& client, const JoinCommandOptions& options, Terminal& terminal,
             const SignalWatch& signals, std::string id)
      : client_(client),
        options_(options),
        terminal_(terminal),
        signals_(signals),
        id_(std::move(id)),
        target_(JobTarget(id_)),
        page_(absl::StrCat(target_, "/result?limit=", kLinesAtOnce)) {}

  int Run(std::ostream& out) {
    json::value job;
    int code = kDone;
    JobFollower follower{.client = client_,
                         .terminal = terminal_,
                         .signals = signals_,
                         .id = id_,
                         .quiet = options_.quiet,
                         .what = "joining"};
    follower.beside = [](const json::value& at) {
      return absl::StrCat(ShowCount(CountMember(at, "pairs")), " pairs");
    };
    follower.look = [&](const json::value& at, bool over, int* failed) {
      if (TextMember(at, "state") == "cancelled") return true;  // there is no result
      return Pull(out, over, failed);
    };
    if (!follower.Follow(&job, &code)) return code;
    return IsOverNow(job) ? Finish(job, TextMember(job, "state")) : Interrupted();
  }

 private:
  // Writes the pages that are there; of a job that is over, all of them.
  bool Pull(std::ostream& out, bool over, int* code) {
    while (!page_.empty() && !signals_.signalled()) {
      const auto page = client_.Call({.method = "GET",
                                      .target = page_,
                                      .headers = {{"accept", "application/x-ndjson"}},
                                      .body = ""});
      if (!page.ok() || page->status != 200) {
        *code = page.ok() ? Fail(terminal_, *page) : Fail(terminal_, page.status());
        return false;
      }
      if (!(out << page->body << std::flush)) {
        *code =
            Fail(terminal_, absl::UnavailableError(absl::StrCat("cannot write ", options_.out)));
        return false;
      }
      page_ = NextPage(*page, absl::StrCat(target_, "/result"));
      if (page->body.empty() && !over) break;
    }
    return true;
  }

  int Interrupted() {
    const bool local = !options_.select.connection.data.empty();
    return Fail(terminal_, absl::CancelledError(absl::StrCat(
                               local ? "interrupted" : "interrupted, but the job goes on",
                               "; its pairs, and those to come: spoor join --resume ", id_)));
  }

  int Finish(const json::value& job, const std::string& state) {
    if (signals_.signalled()) return Interrupted();
    if (state != "done") {
      const std::string error = TextMember(job, "error");
      return Fail(
          terminal_,
          absl::AbortedError(absl::StrCat(
              "the join ", state, error.empty() ? "" : ": ", error,
              state == "failed" ? absl::StrCat("; to go on: spoor join --resume ", id_) : "")));
    }
    if (!options_.quiet) {
      const json::value* at = Member(job, "progress");
      const double seconds = NumberMember(job, "ended") - NumberMember(job, "created");
      const uint64_t pairs = CountMember(job, "pairs");
      terminal_.err << ShowCount(pairs) << (pairs == 1 ? " pair among " : " pairs among ")
                    << ShowCount(at == nullptr ? 0 : CountMember(*at, "total"))
                    << " trajectories in " << ShowSeconds(seconds) << '\n';
    }
    return kDone;
  }

  Client& client_;
  const JoinCommandOptions& options_;
  Terminal& terminal_;
  const SignalWatch& signals_;
  const std::string id_, target_;
  std::string page_;  // of the result, to be asked for next; empty: there is no more
};

// Starts the job, or lets one go on; *id gets its name.
bool Begin(Client& client, const JoinCommandOptions& options, Terminal& terminal, std::string* id,
           int* code) {
  json::value job;
  if (!options.resume.empty()) {
    *id = options.resume;
    const std::string target = absl::StrCat("/v1/jobs/", PercentEncode(*id));
    if (!CallJson(client, {.method = "GET", .target = target, .headers = {}, .body = ""}, terminal,
                  &job, code)) {
      return false;
    }
    const std::string state = TextMember(job, "state");
    if (state == "done" || state == "cancelled") return true;  // there is a result to show
    return CallJson(client,
                    {.method = "POST", .target = target + "/resume", .headers = {}, .body = ""},
                    terminal, &job, code);
  }
  const auto body = JoinBody(options);
  if (!body.ok()) {
    *code = Fail(terminal, body.status());
    return false;
  }
  if (!CallJson(client,
                {.method = "POST",
                 .target = CollectionTarget(options.select.connection, "/jobs"),
                 .headers = {{"content-type", "application/json"}},
                 .body = *body},
                terminal, &job, code)) {
    return false;
  }
  *id = TextMember(job, "id");
  return true;
}

int Join(const JoinCommandOptions& options, Terminal& terminal) {
  SignalWatch signals;  // before any thread is started
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(options.select.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  std::ofstream file;
  if (options.out != "-") {  // emptied only when the server has taken the work
    file.open(options.out, std::ios::binary | std::ios::app);
    if (!file) {
      return Fail(terminal, absl::NotFoundError(absl::StrCat("cannot write ", options.out)));
    }
  }
  std::string id;
  int code = kDone;
  if (!Begin(**client, options, terminal, &id, &code)) return code;
  if (options.out != "-") file = std::ofstream(options.out, std::ios::binary | std::ios::trunc);
  return JoinOutput(**client, options, terminal, signals, id)
      .Run(options.out == "-" ? terminal.out : file);
}

}  // namespace

RunCommand AddJoin(CLI::App& spoor) {
  auto options = std::make_shared<JoinCommandOptions>();
  CLI::App& join = *spoor.add_subcommand("join", "Find all pairs of trajectories that are alike");
  join.footer(R"(
Writes a line of JSON for each pair, as they are found: {"a", "b", "score", "direction"}, or with a
measure {"a", "b", "distance_m", "direction"}.  The server keeps the result for a week.

Examples:
  spoor join > pairs.ndjson
  spoor join --min-score 0.8 --direction either --tag direction=forth --out pairs.ndjson
  spoor join --measure discrete_frechet --max-distance-m 50 --out near.ndjson
  spoor join --resume join-01939fd6a1b2-5c2e91f0 --out pairs.ndjson)");
  AddConnection(join, options->select.connection);
  constexpr char kHow[] = "How alike: by score, or by a measure";
  CLI::Option* score =
      join.add_option("--min-score", options->min_score, "Jaccard of the fingerprints; default 0.5")
          ->check(CLI::Range(0.0, 1.0))
          ->group(kHow);
  join.add_option("--measure", options->measure,
                  absl::StrCat("A measure: ",
                               absl::StrJoin(AllMeasures(), ", ",
                                             [](std::string* out, const MeasureEntry& measure) {
                                               absl::StrAppend(out, measure.name);
                                             })))
      ->type_name("NAME")
      ->excludes(score)
      ->group(kHow);
  join.add_option("--max-distance-m", options->max_distance_m,
                  "Only pairs at most so far apart by the measure: metres, if it has no other unit")
      ->type_name("DISTANCE")
      ->group(kHow);
  join.add_option("--param", options->select.params, "Of the measure")
      ->allow_extra_args(false)
      ->type_name("NAME=NUMBER")
      ->group(kHow);
  join.add_option("--direction", options->select.direction, "Of the two to each other")
      ->check(CLI::IsMember({"same", "opposite", "either"}))
      ->capture_default_str()
      ->group(kHow);
  AddFilter(join, options->select);
  join.add_option("--resume", options->resume, "Show this join, and let it go on where it was left")
      ->type_name("JOB");
  join.add_option("--out", options->out, "Where the pairs go; - is standard output")
      ->type_name("FILE")
      ->capture_default_str();
  join.add_flag("--quiet", options->quiet, "No progress");
  return [options](Terminal& terminal) { return Join(*options, terminal); };
}

}  // namespace spoor
