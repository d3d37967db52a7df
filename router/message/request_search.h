#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/search/query.h"
#include "router/cluster.h"
#include "router/message/json_reader.h"
#include "router/message/record_json.h"
#include "router/message/request.h"
#include "router/message/target.h"

namespace spoor {

// The bodies of the search paths, read and checked.

inline constexpr absl::string_view kDirections[] = {"same", "opposite", "either"};

// A trip that is asked about.
struct AskedTrip {
  std::string field;       // where it stands in the body: a JSON Pointer
  std::string id;          // of a stored one; empty: the fixes came along
  std::string object;      // of a stored one that was fetched
  std::vector<Fix> fixes;  // empty: they are those of the record
};
// {"id"} or {"coords"}.  False, with `refusal` set, when it has too many fixes to look at.
bool ReadAskedTrip(const JsonValue& value, const ApiLimits& limits, AskedTrip& trip,
                   Problems& problems, ApiResponse* refusal);

struct SimilarRequest {
  Query query;
  std::string query_id;  // the query's fixes are those of this record; empty when they came along
  Include include;
  bool explain = false;
  ReadTerms terms;  // "consistency", "token", "allow_partial"
};
// False, with `refusal` set, when something is wrong.
bool ReadSimilar(const JsonValue& body, const ApiLimits& limits, SimilarRequest& request,
                 ApiResponse* refusal);

struct RangeRequest {
  RangeQuery query;
  Include include;
  bool explain = false;
  ReadTerms terms;  // "consistency", "token", "allow_partial"
};
bool ReadRange(const JsonValue& body, absl::string_view collection, RangeRequest& request,
               ApiResponse* refusal);
// The members of its body that every read has.
ReadTerms ReadTermsMembers(ObjectReader& object, Problems& problems);
// The same terms of reads from ?consistency=&token=&max_staleness_ms=.
ReadTerms TermsFromParams(const Target& target, Problems& problems);
// ?token=, of a write: what its answer's token is to cover as well.
std::optional<WrittenTo> TokenParam(const Target& target, Problems& problems);
// The same from a token's text; of none, nothing.
std::optional<WrittenTo> ReadToken(const std::optional<absl::string_view>& text,
                                   const std::string& field, Problems& problems);

// {"name": number, ...}
MeasureParams ReadMeasureParams(const JsonValue& value, Problems& problems);

inline constexpr uint64_t kMaxPage = 10'000;  // k, and limit of a page
// No measure of two trajectories is more: the most, edwp's, is below 1e22 square metres.
inline constexpr double kMaxDistance = 1e24;

}  // namespace spoor
