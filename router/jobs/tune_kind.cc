#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "proto/map.pb.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/message/index_params_json.h"
#include "shard/tune/tune.h"

namespace spoor {
namespace {

constexpr absl::string_view kTuneSteps[] = {"measure", "reindex"};
constexpr absl::string_view kTuned = "rows";
constexpr ResultPart kTuneParts[] = {{.name = kTuned}};
constexpr absl::string_view kTuneSchema = R"({"$ref": "#/components/schemas/TuneOrder"})";

void WriteTuneRow(const TuneRow& row, JsonWriter& w) {
  w.BeginObject();
  w.Key("params");
  WriteIndexParams(row.params, w);
  w.Key("recall_at_10");
  w.Rounded(row.recall_at_10, 4);
  w.Key("recall_at_1000");
  w.Rounded(row.recall_at_1000, 4);
  w.Key("mean_rank");
  w.Rounded(row.mean_rank, 3);
  w.Key("postings_per_query");
  w.Rounded(row.postings_per_query, 1);
  w.EndObject();
}

// {"best", "applied", "rows"}
std::string TuneSummary(const TuneResult& result, bool applied) {
  JsonWriter w;
  w.BeginObject();
  w.Key("best");
  WriteIndexParams(result.best, w);
  w.MemberBool("applied", applied);
  w.Key("rows");
  w.BeginArray();
  for (const TuneRow& row : result.rows) WriteTuneRow(row, w);
  w.EndArray();
  w.EndObject();
  return w.Take();
}

// A sample of the selection, wherever it lies: the records whose hashes are the least.
absl::StatusOr<std::vector<Trajectory>> SampleOf(JobRun& run, const TuneOptions& options) {
  v1::RecordsParams params;
  params.set_seed(options.seed);
  const double share = 1.25 * static_cast<double>(options.sample) /
                       std::max<double>(1, static_cast<double>(run.record().total));
  if (share < 1) params.set_below(static_cast<uint64_t>(std::ldexp(share, 64)));
  std::vector<std::pair<uint64_t, Trajectory>> drawn;
  uint64_t bytes = 0;
  absl::Status s = run.MapAll({.mapper = "records", .params = params.SerializeAsString()},
                              [&](const MapAnswer& page) -> absl::Status {
                                for (const MapRow& row : page.rows) {
                                  auto record = DecodeLogValue(row.place.id, row.bytes);
                                  if (!record.ok()) return record.status();
                                  bytes += record->fixes.size() * sizeof(Fix);
                                  if (bytes < run.limits().memory_bytes)
                                    drawn.emplace_back(row.key, *std::move(record));
                                }
                                return absl::OkStatus();
                              });
  if (!s.ok()) return s;
  std::sort(drawn.begin(), drawn.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first, a.second.id) < std::pair(b.first, b.second.id);
  });
  if (drawn.size() > options.sample) drawn.resize(options.sample);
  std::vector<Trajectory> out;
  for (auto& [hash, record] : drawn) out.push_back(std::move(record));
  return out;
}

// Measures index parameters on the collection itself (shard/tune/tune.h) and, with apply, indexes
// it anew by the best.
class TuneWork : public JobWork {
 public:
  explicit TuneWork(bool apply) : apply_(apply) {}

  absl::Status Check(const ClusterCollection& collection) const override {
    return apply_ ? collection.CheckReindex() : absl::OkStatus();
  }
  absl::Status Run(JobRun& run) const override {
    absl::Status s = run.Step("measure", [&] { return Measure(run); });
    if (!s.ok()) return s;
    return run.Step("reindex", [&] { return apply_ ? Apply(run) : absl::OkStatus(); });
  }

 private:
  static absl::Status Measure(JobRun& run) {
    const TuneOptions options{.in_force = run.record().index};
    const auto sample = SampleOf(run, options);
    if (!sample.ok()) return sample.status();
    const auto result = Tune(*sample, options, run.patience(),
                             [&](uint64_t done, uint64_t total) { run.Progress(done, total); });
    if (!result.ok()) return result.status();
    run.Summarise(TuneSummary(*result, /*applied=*/false));
    for (const TuneRow& row : result->rows) {
      JsonWriter w;
      WriteTuneRow(row, w);
      if (absl::Status s = run.Append(kTuned, w.Take()); !s.ok()) return s;
    }
    return absl::OkStatus();
  }

  // By what an earlier step has left in the summary.
  static absl::Status Apply(JobRun& run) {
    JsonDocument document;
    if (absl::Status s = document.Parse(run.record().summary); !s.ok()) return s;
    Problems problems;
    ObjectReader summary(document.root(), problems);
    const auto best = summary.Find("best");
    if (!best) return absl::DataLossError("the job's summary is damaged");
    const std::optional<IndexParams> params = ReadIndexParams(*best, problems);
    if (!params || !problems.ok()) return absl::DataLossError("the job's summary is damaged");
    const auto counts = run.collection().Count(run.patience());
    if (!counts.ok()) return counts.status();
    if (counts->stats.params != params) {
      constexpr uint64_t kShares = 1000;
      absl::Status s = run.collection().Reindex(*params, run.patience(), [&](double share) {
        run.Progress(static_cast<uint64_t>(share * kShares), kShares);
      });
      if (!s.ok()) return s;
    }
    std::string done = run.record().summary;
    const std::string was = R"("applied":false)", is = R"("applied":true)";
    const size_t at = done.find(was);
    if (at != std::string::npos) done.replace(at, was.size(), is);
    run.Summarise(std::move(done));
    return absl::OkStatus();
  }

  const bool apply_;
};

std::unique_ptr<const JobWork> ReadTuneWork(const JsonValue* params, JsonWriter& filled,
                                            Problems& problems) {
  bool apply = false;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    apply = object.Bool("apply").value_or(false);
    object.Finish();
  }
  filled.BeginObject();
  filled.MemberBool("apply", apply);
  filled.EndObject();
  return std::make_unique<const TuneWork>(apply);
}

// As tunes told it before there were other jobs: the summary, once it is done.
void WriteTuned(const JobRecord& record, JsonWriter& w) {
  if (record.state != JobState::kDone) return;
  w.Key("result");
  w.Raw(record.summary);
}

}  // namespace

const Kind& TuneKind() {
  static const Kind kind{.name = "tune",
                         .what = "index parameters, measured on the collection itself",
                         .steps = kTuneSteps,
                         .parts = kTuneParts,
                         .schema = kTuneSchema,
                         .read = &ReadTuneWork,
                         .one_at_a_time = true,
                         .selects_by_itself = true,
                         .write_more = &WriteTuned};
  return kind;
}

}  // namespace spoor
