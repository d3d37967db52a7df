#include <algorithm>
#include <string>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/jobs/cluster_rows.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"

namespace spoor {
namespace {

constexpr absl::string_view kClustersSteps[] = {"cluster"};
constexpr absl::string_view kLabelColumns[] = {"id", "label", "before", "outlier", "silhouette"};
constexpr absl::string_view kClusterColumns[] = {"label", "size", "medoid", "spread_m"};
constexpr absl::string_view kSegmentColumns[] = {"interval", "start", "end", "clusters",
                                                 "outliers"};
constexpr ResultPart kClustersParts[] = {
    {.name = "labels", .has_ids = true, .columns = kLabelColumns},
    {.name = "clusters", .has_geometry = true, .columns = kClusterColumns},
    {.name = "segments", .columns = kSegmentColumns},
    {.name = "events"},
    {.name = "decisions", .has_ids = true},
    {.name = "ranges"}};
constexpr absl::string_view kClustersSchema =
    R"({"type": "object", "properties": {)"
    R"("method": {"enum": ["stable_dbscan"], "default": "stable_dbscan"},)"
    R"( "eps_m": {"oneOf": [{"type": "number", "minimum": 0.001, "maximum": 10000000}, {"enum": ["auto"]}], "default": "auto"},)"
    R"( "min_samples": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 5},)"
    R"( "align": {"enum": ["clock", "normalized_time", "arc_length"], "default": "arc_length"},)"
    R"( "step_s": {"type": "number", "minimum": 0.001, "maximum": 1000000000, "default": 60},)"
    R"( "points": {"type": "integer", "minimum": 2, "maximum": 10000, "default": 50},)"
    R"( "mode": {"enum": ["whole", "sub"], "default": "whole"},)"
    R"( "window": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 10},)"
    R"( "step": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 5},)"
    R"( "rule": {"enum": ["exact", "component"], "default": "exact"},)"
    R"( "anchor": {"enum": ["member", "core"], "default": "member"},)"
    R"( "cap": {"oneOf": [{"type": "number", "minimum": 0, "maximum": 1000000}, {"type": "null"}], "default": 3},)"
    R"( "strict": {"type": "boolean", "default": false},)"
    R"( "stable": {"type": "boolean", "default": true},)"
    R"( "several": {"enum": ["silhouette", "mean"], "default": "silhouette"},)"
    R"( "min_overlap": {"type": "integer", "minimum": 1, "maximum": 1000000, "default": 1},)"
    R"( "silhouette": {"type": "boolean", "default": true},)"
    R"( "groups": {"type": "boolean", "default": false},)"
    R"( "truth": {"type": "string"})"
    R"(}, "additionalProperties": false})";
constexpr absl::string_view kClusterMethods[] = {"stable_dbscan"};
constexpr absl::string_view kAligns[] = {"clock", "normalized_time", "arc_length"};
constexpr absl::string_view kClusterModes[] = {"whole", "sub"};
constexpr absl::string_view kSegmentRules[] = {"exact", "component"};

struct ClustersParams {
  AlignTerms align;
  StableDbscanTerms terms;
  WindowTerms windows;
  std::string truth;
  bool groups = false;
};

// Trips whose steps go the same way at the same time (engine/cluster/stable_dbscan.h).  They come
// together here: what each is compared with lies anywhere.
class ClustersWork : public JobWork {
 public:
  explicit ClustersWork(ClustersParams params) : params_(std::move(params)) {}

  absl::Status Run(JobRun& run) const override {
    return run.Step(kClustersSteps[0], [&] { return Cluster(run); });
  }

 private:
  // Of a step: two ends, a label, and where it is found; and what the silhouette keeps.
  static constexpr uint64_t kPerStep = 48;

  absl::Status Cluster(JobRun& run) const {
    const bool timed = params_.align.align != Align::kArcLength;
    const bool clock = params_.align.align == Align::kClock;
    const auto trips =
        GatherToCluster(run, {.needs_times = timed,
                              .tag = params_.truth,
                              .bytes_of_trip = clock ? 0 : params_.align.points * kPerStep});
    if (!trips.ok()) return trips.status();
    if (trips->ids.empty() && !trips->skipped.empty()) {
      return absl::InvalidArgumentError(
          absl::StrCat("/params/align: '", kAligns[static_cast<size_t>(params_.align.align)],
                       "' needs times, which no selected trajectory has; allowed: arc_length"));
    }
    const auto aligned = AlignAll(trips->lines, params_.align, run.patience());
    if (!aligned.ok()) return aligned.status();
    if (aligned->steps() * kPerStep > run.limits().memory_bytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          trips->ids.size(), " trajectories have ", aligned->steps(), " steps, which take ",
          aligned->steps() * kPerStep, " bytes; allowed: ", run.limits().memory_bytes,
          " bytes (--job-memory); select fewer, take a longer step_s, or allow more"));
    }
    StableDbscanTerms terms = params_.terms;
    terms.threads = std::max<size_t>(1, std::thread::hardware_concurrency() - 1);
    const auto found = FindStableClusters(*aligned, terms, run.patience());
    if (!found.ok()) return found.status();
    return TellClusters(run,
                        {*trips, *aligned, *found, params_.align, params_.truth, params_.groups});
  }

  const ClustersParams params_;
};

void ReadEps(ObjectReader& object, Problems& problems, ClustersParams& out) {
  const auto eps = object.Find("eps_m");
  if (!eps || eps->AsText() == absl::string_view("auto")) return;
  const auto number = eps->AsNumber();
  if (number && *number >= 1e-3 && *number <= 1e7) {
    out.terms.eps_m = *number;
  } else {
    problems.Add(eps->Pointer(), eps->Text(), "auto, or a number, 0.001 … 10000000");
  }
}

void ReadCap(ObjectReader& object, Problems& problems, ClustersParams& out) {
  const auto cap = object.Find("cap");
  if (!cap) return;
  const auto number = cap->AsNumber();
  if (cap->Json() == "null") {
    out.terms.step.cap.reset();
  } else if (number && *number >= 0 && *number <= 1e6) {
    out.terms.step.cap = *number;
  } else {
    problems.Add(cap->Pointer(), cap->Text(), "null, or a number, 0 … 1000000");
  }
}

void ReadClustersParams(ObjectReader& object, Problems& problems, ClustersParams& out) {
  constexpr uint64_t kMostCount = 1'000'000;
  const auto count = [&](absl::string_view name, uint64_t least, uint64_t most, uint32_t& to) {
    if (const auto v = object.Uint(name, least, most)) to = static_cast<uint32_t>(*v);
  };
  const auto flag = [&](absl::string_view name, bool& to) { to = object.Bool(name).value_or(to); };
  object.OneOf("method", kClusterMethods);
  ReadEps(object, problems, out);
  count("min_samples", 1, kMostCount, out.terms.min_samples);
  if (const auto i = object.OneOf("align", kAligns)) out.align.align = static_cast<Align>(*i);
  if (const auto v = object.Number("step_s", 1e-3, 1e9)) out.align.step_s = *v;
  count("points", 2, 10'000, out.align.points);
  const bool sub = object.OneOf("mode", kClusterModes).value_or(0) == 1;
  count("window", 1, kMostCount, out.windows.window);
  count("step", 1, kMostCount, out.windows.step);
  if (const auto i = object.OneOf("rule", kSegmentRules)) {
    out.terms.rule = static_cast<SegmentRule>(*i);
  }
  StableTerms& step = out.terms.step;
  if (const auto i = object.OneOf("anchor", kAnchors)) step.anchor = static_cast<StrayAnchor>(*i);
  step.several = static_cast<Several>(object.OneOf("several", kSeverals).value_or(0));
  ReadCap(object, problems, out);
  flag("strict", step.strict);
  flag("stable", out.terms.stable);
  count("min_overlap", 1, kMostCount, step.min_overlap);
  out.windows.min_overlap = step.min_overlap;
  if (sub) out.terms.windows = out.windows;
  flag("silhouette", out.terms.silhouette);
  flag("groups", out.groups);
  if (const auto tag = object.Text("truth")) out.truth = std::string(*tag);
}

void WriteClustersParams(const ClustersParams& p, JsonWriter& w) {
  const StableTerms& step = p.terms.step;
  w.BeginObject();
  w.Member("method", kClusterMethods[0]);
  w.Key("eps_m");
  p.terms.eps_m ? w.Double(*p.terms.eps_m) : w.String("auto");
  w.MemberUint("min_samples", p.terms.min_samples);
  w.Member("align", kAligns[static_cast<size_t>(p.align.align)]);
  w.Key("step_s");
  w.Double(p.align.step_s);
  w.MemberUint("points", p.align.points);
  w.Member("mode", kClusterModes[p.terms.windows ? 1 : 0]);
  w.MemberUint("window", p.windows.window);
  w.MemberUint("step", p.windows.step);
  w.Member("rule", kSegmentRules[static_cast<size_t>(p.terms.rule)]);
  w.Member("anchor", kAnchors[static_cast<size_t>(step.anchor)]);
  w.Key("cap");
  step.cap ? w.Double(*step.cap) : w.Null();
  w.MemberBool("strict", step.strict);
  w.MemberBool("stable", p.terms.stable);
  w.Member("several", kSeverals[static_cast<size_t>(step.several)]);
  w.MemberUint("min_overlap", step.min_overlap);
  w.MemberBool("silhouette", p.terms.silhouette);
  w.MemberBool("groups", p.groups);
  if (!p.truth.empty()) w.Member("truth", p.truth);
  w.EndObject();
}

std::unique_ptr<const JobWork> ReadClustersWork(const JsonValue* params, JsonWriter& filled,
                                                Problems& problems) {
  ClustersParams out;
  out.terms.step.several = Several::kSilhouette;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    ReadClustersParams(object, problems, out);
    object.Finish();
  }
  WriteClustersParams(out, filled);
  return std::make_unique<const ClustersWork>(std::move(out));
}

}  // namespace

const Kind& ClustersKind() {
  static const Kind kind{.name = "clusters",
                         .what = "which trajectories move together",
                         .steps = kClustersSteps,
                         .parts = kClustersParts,
                         .schema = kClustersSchema,
                         .read = &ReadClustersWork};
  return kind;
}

}  // namespace spoor
