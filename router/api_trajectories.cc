#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/page.h"
#include "router/problem.h"
#include "router/record_json.h"
#include "router/request_filter.h"
#include "router/request_search.h"
#include "router/route.h"
#include "router/token.h"
#include "router/written_to.h"

namespace spoor {
namespace {

ApiResponse UnknownTrajectory() {
  return Problem(404, "unknown-trajectory", "the collection has no trajectory of this id");
}

// Deleting where a filter is met goes page by page.
constexpr size_t kDoomedAtOnce = 1000;

// What a callback will bring, from whatever thread, also after nobody waits any more.
class DeleteInFlight {
 public:
  explicit DeleteInFlight(ClusterCollection& collection, std::vector<Engine::Doomed> items) {
    auto promise = std::make_shared<std::promise<absl::StatusOr<WrittenTo>>>();
    written_ = promise->get_future();
    collection.Delete(std::move(items), [promise](absl::StatusOr<WrittenTo> written) {
      promise->set_value(std::move(written));
    });
  }
  absl::StatusOr<WrittenTo> Wait(const Patience& patience) {
    if (patience.deadline == std::chrono::steady_clock::time_point::max()) return written_.get();
    if (written_.wait_until(patience.deadline) == std::future_status::ready) return written_.get();
    return absl::DeadlineExceededError("the log has not answered; it may delete all the same");
  }

 private:
  std::future<absl::StatusOr<WrittenTo>> written_;
};

// One record; a null where there is none.
absl::StatusOr<std::optional<Engine::Found>> GetOne(const ApiCall& call,
                                                    const ClusterCollection& collection) {
  const TrajectoryId id(call.names[1]);
  auto found = collection.Get(absl::MakeConstSpan(&id, 1), {}, call.patience);
  if (!found.ok()) return found.status();
  if (found->report.damaged > 0) return absl::DataLossError("the record is damaged");
  return std::move(found->answer[0]);
}

struct Deleted {
  uint64_t count = 0;
  uint64_t damaged = 0;  // that may meet the filter and cannot be read, at least
  WrittenTo written;
};

// Deletes what meets the filter, in the versions that met it.
absl::StatusOr<Deleted> DeleteWhere(const ApiCall& call, ClusterCollection& collection,
                                    const Filter& filter) {
  RangeQuery query{.filter = filter, .limit = kDoomedAtOnce, .after_id = ""};
  Deleted out;
  for (bool first = true, more = true; more; first = false) {
    const auto page = collection.Range(query, {}, call.patience);
    if (!page.ok()) return page.status();
    const RangeAnswer& found = page->answer;
    out.damaged = std::max(out.damaged, page->report.damaged);
    std::vector<Engine::Doomed> doomed;
    for (size_t i = 0; i < found.ids.size(); ++i) {
      doomed.push_back({.id = found.ids[i], .version = found.versions[i]});
    }
    more = found.more && !doomed.empty();
    if (more) query.after_id = found.ids.back().value();
    if (doomed.empty() && !first) break;  // the first may be empty: it makes the token
    out.count += doomed.size();
    auto written = DeleteInFlight(collection, std::move(doomed)).Wait(call.patience);
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
  query.after_id = CursorParam(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  return AnswerPage(call, *collection, request,
                    {.list = "trajectories", .include = {.summary = true, .tags = true}});
}

ApiResponse ServeGetTrajectory(const ApiCall& call) {
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto found = GetOne(call, *collection);
  if (!found.ok()) return ProblemFromRead(found.status());
  if (!*found) return UnknownTrajectory();
  JsonWriter w;
  if (call.geojson) {
    WriteFeature(**found, w);
  } else {
    WriteRecord(**found, w);
  }
  return AnswerOf(call, w.Take());
}

ApiResponse ServeDeleteTrajectory(const ApiCall& call) {
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto found = GetOne(call, *collection);
  const bool damaged = absl::IsDataLoss(found.status());  // then it is there, and may go
  if (!found.ok() && !damaged) return ProblemFromRead(found.status());
  if (!damaged && !*found) return UnknownTrajectory();
  const auto written =
      DeleteInFlight(*collection, {{.id = TrajectoryId(call.names[1]), .version = 0}})
          .Wait(call.patience);
  if (!written.ok()) return ProblemFromStatus(written.status());
  return {.status = 204,
          .content_type = "",
          .headers = {{"Spoor-Token", EncodeToken(*written)}},
          .body = ""};
}

ApiResponse ServeDeleteWhere(const ApiCall& call) {
  const auto start = std::chrono::steady_clock::now();
  Problems problems;
  ObjectReader object(*call.body, problems);
  Filter filter;
  const auto given = object.Find("filter");
  if (given) filter = ReadFilter(*given, problems);
  object.Finish();
  if (problems.ok() && filter.empty()) {  // a slip must not empty a collection
    problems.Add("/filter", "", "at least one condition; DELETE the collection to drop everything");
  }
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto deleted = DeleteWhere(call, *collection, filter);
  if (!deleted.ok()) return ProblemFromRead(deleted.status());
  JsonWriter w;
  w.BeginObject();
  w.MemberUint("deleted", deleted->count);
  if (deleted->damaged > 0) w.MemberUint("damaged", deleted->damaged);
  w.Member("token", EncodeToken(deleted->written));
  w.Key("took_ms");
  w.Rounded(
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(),
      3);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
