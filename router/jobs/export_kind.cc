#include "engine/store/log_value.h"
#include "router/jobs/job_run.h"
#include "router/jobs/kind.h"
#include "router/jobs/no_params.h"
#include "router/message/record_json.h"

namespace spoor {
namespace {

constexpr absl::string_view kExportSteps[] = {"write"};
constexpr absl::string_view kTrajectories = "trajectories";
constexpr ResultPart kExportParts[] = {
    {.name = kTrajectories, .has_geometry = true, .has_ids = true, .is_trips = true}};

// The selection itself, to be taken elsewhere: a map without exchange.
class ExportWork : public JobWork {
 public:
  absl::Status Run(JobRun& run) const override {
    return run.Step("write", [&] {
      return run.Map({.mapper = "records"}, [&](const MapAnswer& page) -> absl::Status {
        for (const MapRow& row : page.rows) {
          const auto record = DecodeLogValue(row.place.id, row.bytes);
          if (!record.ok()) return record.status();
          if (absl::Status s = run.Append(kTrajectories, RecordLine(*record)); !s.ok()) return s;
        }
        return absl::OkStatus();
      });
    });
  }
};

}  // namespace

const Kind& ExportKind() {
  static const Kind kind{.name = "export",
                         .what = "the selected trajectories, to be taken elsewhere",
                         .steps = kExportSteps,
                         .parts = kExportParts,
                         .schema = kNoParamsSchema,
                         .read = &ReadNoParams<ExportWork>};
  return kind;
}

}  // namespace spoor
