#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/change_in_flight.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_filter.h"
#include "router/message/request_search.h"
#include "router/message/token.h"
#include "router/message/written_to.h"
#include "router/reads/range.h"

namespace spoor {
namespace {

// Deleting where a filter is met goes page by page.
constexpr size_t kDoomedAtOnce = 1000;

// Whether a token that a write carries is of the collection.
bool IsOf(const std::optional<WrittenTo>& before, const ClusterCollection& collection) {
  return !before || before->position.log_id == collection.LogId();
}

struct Deleted {
  uint64_t count = 0;
  uint64_t damaged = 0;  // that may meet the filter and cannot be read, at least
  WrittenTo written;
};

// Deletes what meets the filter, in the versions that met it.
absl::StatusOr<Deleted> DeleteWhere(const ApiCall& call, ClusterCollection& collection,
                                    const Filter& filter, const ReadTerms& terms) {
  RangeQuery query{.filter = filter, .limit = kDoomedAtOnce, .after_id = ""};
  Deleted out;
  for (bool first = true, more = true; more; first = false) {
    const auto page = Range(collection, query, terms, call.patience);
    if (!page.ok()) return page.status();
    const RangeAnswer& found = page->answer;
    out.damaged = std::max(out.damaged, page->report.damaged);
    std::vector<Engine::Deletion> deletions;
    for (size_t i = 0; i < found.ids.size(); ++i) {
      deletions.push_back({.id = found.ids[i], .version = found.versions[i]});
    }
    more = found.more && !deletions.empty();
    if (more) query.after_id = found.ids.back().value();
    if (deletions.empty() && !first) break;  // the first may be empty: it makes the token
    out.count += deletions.size();
    auto written = ChangeInFlight(collection, std::move(deletions)).Wait(call.patience);
    if (!written.ok()) return written.status();
    if (first) {
      out.written = *std::move(written);
    } else {
      AddWritten(out.written, *written);
    }
  }
  return out;
}

}  // namespace

ApiResponse ServeListTrajectories(const ApiCall& call) {
  Problems problems;
  RangeRequest request;
  RangeQuery& query = request.query;
  query.filter = FilterFromParams(call.target, problems);
  query.limit = UintParam(call.target, "limit", {1, kMaxPage}, query.limit, problems);
  query.after_id = CursorParam(call.target, TrajectoriesList(call.names[0]), problems);
  request.terms = TermsFromParams(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const bool is_list = call.wanted == Representation::kDocument || call.wants_geojson();
  if (!is_list) return AnswerTrips(call, *collection, request, *FindTripText(call.wanted));
  return AnswerPage(call, *collection, request,
                    {.list = "trajectories", .include = {.summary = true, .tags = true}});
}

ApiResponse ServeDeleteWhere(const ApiCall& call) {
  const auto start = std::chrono::steady_clock::now();
  Problems problems;
  ObjectReader object(*call.body, problems);
  Filter filter;
  const auto given = object.Find("filter");
  if (given) filter = ReadFilter(*given, problems);
  ReadTerms terms;
  terms.written = ReadToken(object.Text("token"), "/token", problems);
  object.Finish();
  if (problems.ok() && filter.empty()) {  // a slip must not empty a collection
    problems.Add("/filter", "", "at least one condition; DELETE the collection to drop everything");
  }
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  if (!IsOf(terms.written, *collection)) return ForeignToken();
  const auto deleted = DeleteWhere(call, *collection, filter, terms);
  if (!deleted.ok()) return ProblemFromRead(deleted.status());
  JsonWriter w;
  w.BeginObject();
  w.MemberUint("deleted", deleted->count);
  if (deleted->damaged > 0) w.MemberUint("damaged", deleted->damaged);
  w.Member("token", EncodeToken(WithBefore(deleted->written, terms.written)));
  w.Key("took_ms");
  w.Rounded(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(),
      3);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
