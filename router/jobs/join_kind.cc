#include <string>

#include "router/jobs/job_run.h"
#include "router/jobs/join_run.h"
#include "router/jobs/kind.h"
#include "router/message/request_join.h"

namespace spoor {
namespace {

constexpr absl::string_view kJoinSteps[] = {kJoiningStep};
constexpr absl::string_view kPairColumns[] = {"a", "b", "score", "distance_m", "direction"};
constexpr ResultPart kJoinParts[] = {{.name = kPairsPart, .columns = kPairColumns}};
constexpr absl::string_view kJoinSchema =
    R"({"oneOf": [{"$ref": "#/components/schemas/JoinByScore"},)"
    R"( {"$ref": "#/components/schemas/JoinByMeasure"}]})";

// All pairs that are as alike as asked (engine/search/join.h).  A pair is told when both were
// there, in the versions that they had at as_of, when the first of the two asked.
class JoinJobWork : public JobWork {
 public:
  explicit JoinJobWork(JoinQuery query) : query_(std::move(query)) {}

  absl::Status Run(JobRun& run) const override {
    return run.Step(kJoiningStep, [&] { return Join(run); });
  }

 private:
  absl::Status Join(JobRun& run) const {
    auto at = DecodeJoinCheckpoint(run.checkpoint());
    if (!at.ok()) return at.status();
    at->done = run.record().done;
    JoinQuery query = query_;
    query.filter = run.selected().filter;
    absl::flat_hash_set<std::string> only;
    for (const HomePlace& place : run.selected().places) only.insert(place.id);
    const JoinWork work{.collection = run.collection(),
                        .query = query,
                        .as_of = run.record().as_of,
                        .params = run.record().index,
                        .since = run.terms().since,
                        .pace = run.limits().pace,
                        .only = run.selected().is_list ? &only : nullptr};
    const JoinSink sink = [&](absl::string_view lines, uint64_t pairs,
                              const JoinCheckpoint& reached) {
      if (absl::Status s = run.AppendLines(kPairsPart, lines, pairs); !s.ok()) return s;
      run.Progress(reached.done, run.record().total);
      return run.Checkpoint(EncodeJoinCheckpoint(reached));
    };
    return RunJoin(work, *at, sink, run.patience());
  }

  const JoinQuery query_;
};

std::unique_ptr<const JobWork> ReadJoinWork(const JsonValue* params, JsonWriter& filled,
                                            Problems& problems) {
  JoinQuery query = ReadJoinParams(params, problems);
  if (problems.ok()) WriteJoinParams(query, filled);
  return std::make_unique<const JoinJobWork>(std::move(query));
}

// As joins told them before there were other jobs.
void WritePairs(const JobRecord& record, JsonWriter& w) {
  const JobExtent pairs = ExtentOf(record, kPairsPart);
  w.MemberUint("pairs", pairs.rows);
  w.MemberUint("bytes", pairs.bytes);
}

}  // namespace

const Kind& JoinKind() {
  static const Kind kind{.name = "join",
                         .what = "all pairs of trajectories that are alike",
                         .steps = kJoinSteps,
                         .parts = kJoinParts,
                         .schema = kJoinSchema,
                         .read = &ReadJoinWork,
                         .first_list = kPairsPart,
                         .write_more = &WritePairs};
  return kind;
}

}  // namespace spoor
