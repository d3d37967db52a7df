#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "router/cluster.h"
#include "router/jobs/job_record.h"
#include "router/message/json_reader.h"
#include "router/message/json_writer.h"
#include "router/message/problem.h"

namespace spoor {

class JobRun;

// A part of a job's result: rows, each a JSON object.
struct ResultPart {
  absl::string_view name;
  bool has_geometry = false;  // a row can be shown as a GeoJSON Feature
  bool has_ids = false;       // a row has "id": a later job may select by it
  // Of CSV: the header's names, which are members of the rows; none: rows cannot be shown so.
  absl::Span<const absl::string_view> columns = {};
  // A row is a record as RecordLine writes it, and comes in all forms of trip_text.h.
  bool is_trips = false;
};

// What a job of a kind was asked to do.  Thread safety: const methods from any thread.
class JobWork {
 public:
  virtual ~JobWork() = default;
  // Whether it can be done there at all, asked before a job is made; FailedPrecondition.
  virtual absl::Status Check(const ClusterCollection& /*collection*/) const {
    return absl::OkStatus();
  }
  // Does it, or what a former run has left of it: steps that are done pass at once.  Deterministic:
  // the same rows whenever it runs, however often it was interrupted, wherever the records lie.
  virtual absl::Status Run(JobRun& run) const = 0;
};

// A kind of job: one file in this room that has a function returning one of these, and one line in
// kinds.def.  The framework knows nothing of any of them.
struct Kind {
  absl::string_view name;
  absl::string_view what;                     // a phrase for people
  absl::Span<const absl::string_view> steps;  // in the order in which they run
  absl::Span<const ResultPart> parts;         // the first is its /result
  absl::string_view schema;                   // JSON Schema of params
  // Reads params (null: none were sent) and writes them with all defaults, so that they read as the
  // same again.  Anything when there are problems.
  std::unique_ptr<const JobWork> (*read)(const JsonValue* params, JsonWriter& filled,
                                         Problems& problems) = nullptr;
  absl::string_view first_list = {};  // the name of /result's list in JSON; empty: "rows"
  bool one_at_a_time = false;         // of a collection
  bool selects_by_itself = false;     // "select" may be left out: all
  // Members of the open object beside those of all jobs; may be null.
  void (*write_more)(const JobRecord& record, JsonWriter& w) = nullptr;
};

absl::Span<const Kind* const> AllKinds();
const Kind* FindKind(absl::string_view name);  // null: there is none
// Null: the kind has no such part.
const ResultPart* FindPart(const Kind& kind, absl::string_view name);

// The work of a record.  InvalidArgument: what it says is not valid in this version.
absl::StatusOr<std::unique_ptr<const JobWork>> WorkOf(const JobRecord& record);

}  // namespace spoor
