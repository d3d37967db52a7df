#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/segment/filter.h"
#include "router/jobs/job_record.h"
#include "router/message/json_reader.h"
#include "router/message/request.h"
#include "router/message/request_search.h"

namespace spoor {

class JobStore;

// Which trajectories a job is about, as it is asked for:
//
//   {"all": true}                                     those that are there
//   {"filter": F}                                     of these, those that pass
//   {"ids": ["t1", …]}                                these
//   {"similar": S}                                    the hits of a search: what was found
//   {"job": id, "part": "labels", "where": {"label": [3, 7]}}   of an earlier result's rows
//
// The first two are a filter, which is asked at the nodes.  The others are frozen to a list of ids
// before the job begins.
struct Selection {
  Filter filter;
  std::vector<std::string> ids;
  uint64_t ids_apart = 0;  // how many lie in the job's part kIdsPart, and not in the record
  std::shared_ptr<SimilarRequest> similar;
  JobId job;  // empty: none
  std::string part;
  std::vector<std::pair<std::string, std::vector<std::string>>> where;  // member, values as JSON

  bool IsList() const {
    return !ids.empty() || ids_apart > 0 || similar != nullptr || !job.value().empty();
  }
  static constexpr size_t kMaxIds = 1'000'000;
  static constexpr size_t kMaxIdsInRecord = 1000;
};

// Where ids lie that are too many for a record, which is shown at every look: a part of the job
// that is no result, {"id"} a row.
inline constexpr absl::string_view kIdsPart = "_ids";
inline bool AreKeptApart(const std::vector<std::string>& ids) {
  return ids.size() > Selection::kMaxIdsInRecord;
}
// What the record says of such: {"ids": the first 100 of them, "of": how many there are}.  It
// cannot be asked for so.
std::string SelectOfMany(const std::vector<std::string>& ids);

// False, with `refusal` set, when something is wrong that Problems cannot tell.
bool ReadSelection(const JsonValue& value, const ApiLimits& limits, Selection& selection,
                   Problems& problems, ApiResponse* refusal);
// Of the text that a job has kept.  InvalidArgument.
absl::StatusOr<Selection> SelectionOf(const std::string& text);

// The ids of the rows of an earlier result that meet `where`, at most `most` of them, ascending,
// each once; *count is how many there are.  NotFound: the job; FailedPrecondition: it is not done,
// or that part has no ids.
absl::StatusOr<std::vector<std::string>> IdsOfPart(JobStore& store, const Selection& selection,
                                                   size_t most, uint64_t* count);
// The ids of the rows of a part, in their order.
absl::StatusOr<std::vector<std::string>> IdsInPart(JobStore& store, const JobRecord& record,
                                                   absl::string_view part);

}  // namespace spoor
