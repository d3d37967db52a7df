#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "router/api/api_jobs.h"
#include "router/api/job_json.h"
#include "router/message/body_source.h"
#include "router/message/event_stream.h"
#include "router/message/representation.h"

namespace spoor {
namespace {

// How often the job is looked at, and how often it is told where nothing has changed.
constexpr std::chrono::milliseconds kLookPause(100), kTellPause(1000);

// The job at each change, and at least every second, until it is over.
class JobEvents : public BodySource {
 public:
  JobEvents(const Jobs& jobs, JobId id) : jobs_(jobs), id_(std::move(id)) {}

  absl::StatusOr<Piece> Next(const Wake& /*wake*/) override {
    if (over_) return End();
    const auto job = jobs_.Find(id_);
    if (absl::IsNotFound(job.status())) return End();  // somebody has removed it
    if (!job.ok()) return job.status();
    JsonWriter w;
    WriteJob(*job, w);
    std::string now = w.Take();
    over_ = IsOver(job->state);
    const auto time = Clock::now();
    if (!over_ && now == told_ && time < told_at_ + kTellPause) return NotYet(time + kLookPause);
    told_ = std::move(now);
    told_at_ = time;
    return Bytes(EventText(told_));
  }

 private:
  const Jobs& jobs_;
  const JobId id_;
  bool over_ = false;
  std::string told_;
  Clock::time_point told_at_ = Clock::time_point::min();
};

}  // namespace

ApiResponse ServeJobEvents(const ApiCall& call) {
  const ApiResponse job = AnswerJob(call, JobId(call.names[0]), 200);
  if (job.status != 200) return job;
  ApiResponse response{.status = 200,
                       .content_type = std::string(ContentTypeOf(Representation::kEvents))};
  response.rest = std::make_shared<JobEvents>(*call.jobs, JobId(call.names[0]));
  return response;
}

}  // namespace spoor
