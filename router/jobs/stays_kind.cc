#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/jobs/job_run.h"
#include "router/jobs/journeys.h"
#include "router/jobs/kind.h"
#include "router/jobs/stay_rows.h"

namespace spoor {
namespace {

constexpr absl::string_view kStaysSteps[] = {"map", "reduce"};
constexpr absl::string_view kStays = "stays";
constexpr ResultPart kStaysParts[] = {
    {.name = kStays, .has_geometry = true, .columns = kStayColumns}};
constexpr absl::string_view kStaysSchema =
    R"({"type": "object", "properties": {)" SPOOR_STAY_PROPERTIES
    R"(}, "additionalProperties": false})";

// Finds the stays of journeys, and puts them in the order in which they are told.
class StaysReduce {
 public:
  StaysReduce(JobRun& run, const StayParams& params)
      : run_(run), params_(params), ordered_(run.MakeSpool("-ordered")) {}

  absl::Status Run(Spool& spool) {
    Journeys journeys(run_, params_.per_object, [this](const JourneyName& name, Journey& journey) {
      return Tell(name, journey);
    });
    absl::Status s = run_.EachRow(spool, [&](const MapRow& row) { return journeys.Add(row); });
    if (s.ok()) s = journeys.Finish();
    if (s.ok()) s = ordered_->Sort();
    if (!s.ok()) return s;
    uint64_t number = 0;
    s = run_.EachRow(*ordered_, [&](const MapRow& row) {
      return run_.Append(kStays, absl::StrCat("{\"stay\":", number++, row.bytes));
    });
    if (!s.ok()) return s;
    JsonWriter w;
    w.BeginObject();
    w.MemberUint("stays", stays_);
    w.MemberUint("single_fix", single_fix_);
    w.Key("dwell_h");
    w.Rounded(static_cast<double>(dwell_ms_) / 3'600'000, 3);
    journeys.WriteCounts(w);
    w.EndObject();
    run_.Summarise(w.Take());
    return absl::OkStatus();
  }

 private:
  absl::Status Tell(const JourneyName& name, Journey& journey) {
    const std::vector<JourneyFix> fixes = journey.Fixes();
    const auto stays = StaysOf(params_, fixes, run_.patience());
    if (!stays.ok()) return stays.status();
    for (const Stay& stay : *stays) {
      absl::Status s =
          ordered_->Add({.key = 0,
                         .place = {.home = 0, .id = StayOrder(name, stay)},
                         .bytes = StayRow(journey, fixes, stay, RegionOf(params_, fixes, stay))});
      if (!s.ok()) return s;
      ++stays_;
      single_fix_ += stay.first == stay.last ? 1 : 0;
      dwell_ms_ += static_cast<uint64_t>(stay.depart_ms - stay.arrive_ms);
    }
    return absl::OkStatus();
  }

  JobRun& run_;
  const StayParams& params_;
  const std::unique_ptr<Spool> ordered_;
  uint64_t stays_ = 0, single_fix_ = 0, dwell_ms_ = 0;
};

// Where objects stay (engine/stay/stay.h).
class StaysWork : public JobWork {
 public:
  explicit StaysWork(const StayParams& params) : params_(params) {}

  absl::Status Run(JobRun& run) const override {
    const auto spool = run.MakeSpool();
    absl::Status s = run.Exchange(
        "map", {.mapper = "journeys", .params = Journeys::ParamOf(params_.per_object)}, *spool);
    if (!s.ok()) return s;
    return run.Step("reduce", [&] { return StaysReduce(run, params_).Run(*spool); });
  }

 private:
  const StayParams params_;
};

std::unique_ptr<const JobWork> ReadStaysWork(const JsonValue* params, JsonWriter& filled,
                                             Problems& problems) {
  StayParams stay;
  if (params != nullptr) {
    ObjectReader object(*params, problems);
    ReadStayParams(object, stay);
    object.Finish();
  }
  filled.BeginObject();
  WriteStayParams(stay, filled);
  filled.EndObject();
  return std::make_unique<const StaysWork>(stay);
}

}  // namespace

const Kind& StaysKind() {
  static const Kind kind{.name = "stays",
                         .what = "where objects stay, and how long",
                         .steps = kStaysSteps,
                         .parts = kStaysParts,
                         .schema = kStaysSchema,
                         .read = &ReadStaysWork};
  return kind;
}

}  // namespace spoor
