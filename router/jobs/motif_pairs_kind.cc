#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/motif/closest_pairs.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/motif_rows.h"
#include "router/message/request_search.h"

namespace spoor {
namespace {

constexpr absl::string_view kClosestSteps[] = {"pairs"};
constexpr absl::string_view kClosestPart = "pairs";
constexpr absl::string_view kClosestColumns[] = {"length_m", "distance_m", "direction",
                                                 "trajectories", "objects"};
constexpr ResultPart kClosestParts[] = {
    {.name = kClosestPart, .has_geometry = true, .columns = kClosestColumns}};
constexpr absl::string_view kClosestSchema =
    R"({"type": "object", "properties": {)"
    R"("min_fixes": {"type": "integer", "minimum": 1, "maximum": 2895, "default": 20},)"
    R"( "k": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},)"
    R"( "direction": {"enum": ["same", "opposite", "either"], "default": "same"})"
    R"(}, "additionalProperties": false})";
constexpr size_t kSkippedShown = 100;

// {"pairs", "trajectories", "compared", "of", "proven_m", "skipped": {"count", "ids"}}
std::string ClosestSummary(const ClosestAnswer& answer) {
  JsonWriter w;
  w.BeginObject();
  w.MemberUint("pairs", answer.motifs.size());
  w.MemberUint("trajectories", answer.cost.trips);
  w.MemberUint("of", answer.cost.pairs);
  w.MemberUint("compared", answer.cost.opened);
  if (std::isfinite(answer.cost.within_m)) {
    w.Key("proven_m");
    w.Double(answer.cost.within_m);
  }
  w.Key("skipped");
  w.BeginObject();
  w.MemberUint("count", answer.too_long.size());
  w.Key("ids");
  w.BeginArray();
  for (size_t i = 0; i < std::min(kSkippedShown, answer.too_long.size()); ++i) {
    w.String(answer.too_long[i].value());
  }
  w.EndArray();
  w.EndObject();
  w.EndObject();
  return w.Take();
}

// Of all pairs of the selected trips those that have the nearest sub-trajectories
// (engine/motif/closest_pairs.h).  Trips come together here: what each is compared with lies
// anywhere.
class ClosestPairsWork : public JobWork {
 public:
  explicit ClosestPairsWork(const ClosestQuery& query) : query_(query) {}

  absl::Status Run(JobRun& run) const override {
    return run.Step(kClosestSteps[0], [&] { return Compare(run); });
  }

 private:
  absl::Status Compare(JobRun& run) const {
    const auto trips = GatherTrips(run, kClosestBytesOfFix);
    if (!trips.ok()) return trips.status();
    const auto answer =
        ClosestPairs(*trips, query_, run.patience(),
                     [&](uint64_t done, uint64_t total) { run.Progress(done, total); });
    if (!answer.ok()) return answer.status();
    for (const Motif& motif : answer->motifs) {
      const auto row = MotifRow(motif, run.patience());
      if (!row.ok()) return row.status();
      if (absl::Status s = run.Append(kClosestPart, *row); !s.ok()) return s;
    }
    run.Summarise(ClosestSummary(*answer));
    return absl::OkStatus();
  }

  const ClosestQuery query_;
};

std::unique_ptr<const JobWork> ReadClosestWork(const JsonValue* params, JsonWriter& filled,
                                               Problems& problems) {
  ClosestQuery query;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    constexpr uint64_t kMostSteps = ClosestQuery::kMostFixes - 1;
    query.steps =
        static_cast<uint32_t>(object.Uint("min_fixes", 1, kMostSteps).value_or(query.steps));
    query.k = object.Uint("k", 1, kMostMotifs).value_or(query.k);
    query.direction = static_cast<Direction>(object.OneOf("direction", kDirections).value_or(0));
    object.Finish();
  }
  filled.BeginObject();
  filled.MemberUint("min_fixes", query.steps);
  filled.MemberUint("k", query.k);
  filled.Member("direction", kDirections[static_cast<size_t>(query.direction)]);
  filled.EndObject();
  return std::make_unique<const ClosestPairsWork>(query);
}

}  // namespace

const Kind& MotifPairsKind() {
  static const Kind kind{.name = "motif_pairs",
                         .what = "the pairs of trajectories with the nearest sub-trajectories",
                         .steps = kClosestSteps,
                         .parts = kClosestParts,
                         .schema = kClosestSchema,
                         .read = &ReadClosestWork};
  return kind;
}

}  // namespace spoor
