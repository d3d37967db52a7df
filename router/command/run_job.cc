#include "router/command/run_job.h"

#include <boost/json.hpp>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/connection.h"
#include "router/command/job_follower.h"
#include "router/command/job_result.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"

namespace spoor {
namespace {

namespace json = boost::json;

// "stats: 3 objects, 12 hours in 2.1 s": the parts, for people.
void SaySummary(const json::value& job, Terminal& terminal) {
  std::string parts;
  for (const json::value& part : ListMember(job, "parts")) {
    absl::StrAppend(&parts, parts.empty() ? "" : ", ", ShowCount(CountMember(part, "rows")), " ",
                    TextMember(part, "name"));
  }
  const double seconds = NumberMember(job, "ended") - NumberMember(job, "created");
  terminal.err << TextMember(job, "type") << ": " << parts << " in " << ShowSeconds(seconds)
               << '\n';
}

}  // namespace

int WatchJob(Client& client, Terminal& terminal, const SignalWatch& signals, const std::string& id,
             const RunJobOptions& options) {
  json::value job;
  int code = kDone;
  JobFollower follower{
      .client = client, .terminal = terminal, .signals = signals, .id = id, .quiet = options.quiet};
  if (!follower.Follow(&job, &code)) return code;
  if (!IsOverNow(job)) {
    return Fail(terminal, absl::CancelledError(absl::StrCat(
                              "interrupted; to look after the job: spoor jobs watch ", id)));
  }
  code = SayEnd(job, terminal);
  if (options.json) terminal.out << JsonTextOf(job) << '\n';
  if (code != kDone) return code;
  if (!options.quiet) SaySummary(job, terminal);
  if (options.out.empty()) return kDone;
  return WriteJobResult(client, terminal, id, options.part, options.out);
}

int RunJob(Client& client, Terminal& terminal, const SignalWatch& signals,
           const RunJobOptions& options) {
  json::value job;
  int code = kDone;
  const ApiRequest start{.method = "POST",
                         .target = options.collection_target,
                         .headers = {{"content-type", "application/json"}},
                         .body = options.body};
  if (!CallJson(client, start, terminal, &job, &code)) return code;
  if (!options.detach) return WatchJob(client, terminal, signals, TextMember(job, "id"), options);
  terminal.out << (options.json ? JsonTextOf(job) : TextMember(job, "id")) << '\n';
  return kDone;
}

}  // namespace spoor
