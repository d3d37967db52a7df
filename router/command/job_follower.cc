#include "router/command/job_follower.h"

#include <chrono>
#include <memory>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/message/target.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr std::chrono::milliseconds kPollEvery(200);

}  // namespace

std::string JobTarget(const std::string& id, absl::string_view rest) {
  return absl::StrCat("/v1/jobs/", PercentEncode(id), rest);
}

bool IsOverNow(const json::value& job) {
  const std::string state = TextMember(job, "state");
  return state == "done" || state == "failed" || state == "cancelled";
}

bool JobFollower::Follow(json::value* job, int* code) {
  std::unique_ptr<Progress> progress;
  std::string step;
  for (;;) {
    const ApiRequest get{.method = "GET", .target = JobTarget(id), .headers = {}, .body = ""};
    if (!CallJson(client, get, terminal, job, code)) return false;
    const json::value* at = Member(*job, "progress");
    if (at != nullptr && !IsOverNow(*job)) {
      if (progress == nullptr || TextMember(*at, "step") != step) {
        step = TextMember(*at, "step");
        const std::string shown = !what.empty() ? what : step.empty() ? "waiting" : step;
        progress = nullptr;  // before the next one draws
        progress = std::make_unique<Progress>(terminal, shown, CountMember(*at, "total"), quiet);
      }
      const std::string waits = TextMember(*at, "waits");
      progress->Update(CountMember(*at, "done"), !waits.empty() ? absl::StrCat("waits: ", waits)
                                                 : beside == nullptr ? ""
                                                                     : beside(*job));
    }
    if (look != nullptr && !look(*job, IsOverNow(*job), code)) return false;
    if (IsOverNow(*job)) return true;
    if (!signals.WaitFor(kPollEvery)) continue;
    if (cancels) {  // refused where it has ended meanwhile, which its state tells
      client.Call({.method = "DELETE", .target = JobTarget(id), .headers = {}, .body = ""})
          .status()
          .IgnoreError();
    }
    return true;
  }
}

int SayEnd(const json::value& job, Terminal& terminal) {
  const std::string state = TextMember(job, "state"), error = TextMember(job, "error");
  if (state == "done") return kDone;
  return Fail(terminal, absl::AbortedError(absl::StrCat(TextMember(job, "type"), " ", state,
                                                        error.empty() ? "" : ": ", error)));
}

}  // namespace spoor
