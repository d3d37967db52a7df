#include <optional>
#include <string>
#include <utility>

#include "engine/motif/region.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/motif_rows.h"
#include "router/message/request_motif.h"
#include "router/reads/stretches.h"

namespace spoor {
namespace {

constexpr absl::string_view kStretchesSteps[] = {"stretches"};
constexpr absl::string_view kStretchesPart = "stretches";
constexpr absl::string_view kStretchColumns[] = {"length_m", "distance_m", "direction",
                                                 "trajectories", "objects"};
constexpr ResultPart kStretchesParts[] = {
    {.name = kStretchesPart, .has_geometry = true, .columns = kStretchColumns}};
constexpr absl::string_view kStretchesSchema =
    R"({"type": "object", "properties": {)"
    R"("min_length_m": {"type": "number", "minimum": 0, "default": 500},)"
    R"( "max_distance_m": {"oneOf": [{"const": "auto"}, {"type": "number", "exclusiveMinimum": 0}],)"
    R"( "default": "auto"},)"
    R"( "min_trajectories": {"type": "integer", "minimum": 1, "default": 2},)"
    R"( "min_objects": {"type": "integer", "minimum": 1, "default": 1},)"
    R"( "k": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 10},)"
    R"( "direction": {"enum": ["same", "either"], "default": "same"},)"
    R"( "occurrences": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 20})"
    R"(}, "additionalProperties": false})";

constexpr uint64_t kIndexBytesOfFix = 64;  // of an index of few trips, about

// The stretches of the selection that most trajectories travel (engine/motif/region.h), a row each.
class StretchesWork : public JobWork {
 public:
  explicit StretchesWork(MotifTerms terms) : terms_(std::move(terms)) {}

  absl::Status Run(JobRun& run) const override {
    return run.Step(kStretchesSteps[0], [&] { return Tell(run); });
  }

 private:
  absl::Status Tell(JobRun& run) const {
    const auto answer = run.selected().is_list ? OfList(run) : OfFilter(run);
    if (!answer.ok()) return answer.status();
    for (const Motif& motif : answer->motifs) {
      const auto row = MotifRow(motif, run.patience());
      if (!row.ok()) return row.status();
      if (absl::Status s = run.Append(kStretchesPart, *row); !s.ok()) return s;
    }
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("stretches", answer->motifs.size());
    w.Key("max_distance_m");
    w.Double(answer->max_distance_m);
    w.EndObject();
    run.Summarise(w.Take());
    run.Progress(answer->motifs.size(), answer->motifs.size());
    return absl::OkStatus();
  }

  absl::StatusOr<MotifAnswer> OfFilter(JobRun& run) const {
    const RegionQuery query{.terms = terms_, .filter = run.selected().filter};
    ReadTerms terms;
    if (run.record().as_of.log_id != 0) terms.written = WrittenTo{.position = run.record().as_of};
    auto read = RegionStretches(run.collection(), query, terms, run.patience());
    if (!read.ok()) return read.status();
    return std::move(read->answer);
  }

  // Of a list, which no segment knows: it comes together here and is indexed for itself.
  absl::StatusOr<MotifAnswer> OfList(JobRun& run) const {
    const auto trips = GatherTrips(run, kIndexBytesOfFix);
    if (!trips.ok()) return trips.status();
    std::optional<IndexParams> params = run.record().index;
    if (!params) {
      const auto counts = run.collection().Count(run.patience());
      if (!counts.ok()) return counts.status();
      params = counts->stats.params;
    }
    if (!params) return MotifAnswer();  // nothing was ever written
    const RegionQuery query{.terms = terms_, .filter = {}};
    return RegionMotifsOf(*trips, *params, query, run.patience());
  }

  const MotifTerms terms_;
};

std::unique_ptr<const JobWork> ReadStretchesWork(const JsonValue* params, JsonWriter& filled,
                                                 Problems& problems) {
  MotifTerms terms;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    ReadMotifTerms(object, terms, problems);
    object.Finish();
    if (terms.direction == Direction::kOpposite) {
      problems.Add(params->Pointer() + "/direction", "\"opposite\"", "same, either");
    }
  }
  filled.BeginObject();
  filled.Key("min_length_m");
  filled.Double(terms.min_length_m);
  filled.Key("max_distance_m");
  terms.max_distance_m ? filled.Double(*terms.max_distance_m) : filled.String("auto");
  filled.MemberUint("min_trajectories", terms.min_trajectories);
  filled.MemberUint("min_objects", terms.min_objects);
  filled.MemberUint("k", terms.k);
  filled.Member("direction", terms.direction == Direction::kEither ? "either" : "same");
  filled.MemberUint("occurrences", terms.occurrences);
  filled.EndObject();
  return std::make_unique<const StretchesWork>(std::move(terms));
}

}  // namespace

const Kind& StretchesKind() {
  static const Kind kind{.name = "stretches",
                         .what = "the stretches that most trajectories travel",
                         .steps = kStretchesSteps,
                         .parts = kStretchesParts,
                         .schema = kStretchesSchema,
                         .read = &ReadStretchesWork};
  return kind;
}

}  // namespace spoor
