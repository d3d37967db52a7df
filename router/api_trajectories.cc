#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "router/delete_in_flight.h"
#include "router/page.h"
#include "router/problem.h"
#include "router/record_json.h"
#include "router/request_filter.h"
#include "router/request_search.h"
#include "router/route.h"
#include "router/token.h"
#include "router/written_to.h"
#include "shard/log/log.h"

namespace spoor {
namespace {

// Whether the path names what could be an id; false with `refusal` set.
bool NamesTrajectory(const ApiCall& call, ApiResponse* refusal) {
  const std::string& id = call.names[1];
  if (IsValidName(id)) return true;
  Problems problems;
  problems.Add("{id}", id, std::string(kIdAllowed));
  *refusal = problems.Response();
  return false;
}

ApiResponse UnknownTrajectory() {
  return Problem(404, "unknown-trajectory", "the collection has no trajectory of this id");
}

// Deleting where a filter is met goes page by page.
constexpr size_t kDoomedAtOnce = 1000;

// Whether a token that a write carries is of the collection.
bool IsOf(const std::optional<WrittenTo>& before, const ClusterCollection& collection) {
  return !before || before->position.log_id == collection.LogId();
}

// A look at a record that is about to be deleted.  It only decides what the client is told, so that
// it takes what it gets in a moment.
class LookBefore {
 public:
  LookBefore(const ApiCall& call, const ClusterCollection& collection,
             const std::optional<WrittenTo>& before)
      : id_(call.names[1]), reads_are_current_(collection.ReadsAreCurrent()) {
    const ReadTerms terms{
        .written = before, .max_staleness_ms = std::nullopt, .allow_partial = true};
    Patience moment = call.patience;
    moment.deadline = std::min(moment.deadline, std::chrono::steady_clock::now() + kLookLimit);
    const auto found = collection.Get(absl::MakeConstSpan(&id_, 1), terms, moment);
    nothing_found_ =
        found.ok() && found->report.failed == 0 && found->report.damaged == 0 && !found->answer[0];
    if (found.ok()) seen_ = found->report.seen;
  }

  // It is known that there is none.
  bool IsNot() const { return nothing_found_ && reads_are_current_; }
  // It is known that there was none when this deletion entered the log: all who looked had seen the
  // id's partition up to there.
  bool WasNotBefore(const LogPosition& deleted) const {
    const size_t partitions = deleted.next.size();
    if (!nothing_found_ || partitions == 0 || seen_.log_id != deleted.log_id) return false;
    const uint32_t p = PartitionOf(id_.value(), static_cast<uint32_t>(partitions));
    return p < seen_.next.size() && seen_.next[p] + 1 >= deleted.next[p];
  }

 private:
  static constexpr std::chrono::milliseconds kLookLimit{500};
  const TrajectoryId id_;
  const bool reads_are_current_;
  bool nothing_found_ = false;
  LogPosition seen_;
};

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
    const auto page = collection.Range(query, terms, call.patience);
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
  query.after_id = CursorParam(call.target, TrajectoriesList(call.names[0]), problems);
  request.terms = TermsFromParams(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  return AnswerPage(call, *collection, request,
                    {.list = "trajectories", .include = {.summary = true, .tags = true}});
}

ApiResponse ServeGetTrajectory(const ApiCall& call) {
  Problems problems;
  const ReadTerms terms = TermsFromParams(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  if (!NamesTrajectory(call, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const TrajectoryId id(call.names[1]);
  const auto read = collection->Get(absl::MakeConstSpan(&id, 1), terms, call.patience);
  if (!read.ok()) return ProblemFromRead(read.status());
  if (read->report.damaged > 0) {
    return ProblemFromRead(absl::DataLossError("the record is damaged"));
  }
  const auto& found = read->answer[0];
  if (!found) return UnknownTrajectory();
  JsonWriter w;
  if (call.geojson) {
    WriteFeature(*found, w);
  } else {
    WriteRecord(*found, w);
  }
  return AnswerOf(call, w.Take());
}

// The deletion goes to the log whatever a read can tell: one that is late, or slots that are away,
// must not keep a record that somebody has deleted.
ApiResponse ServeDeleteTrajectory(const ApiCall& call) {
  Problems problems;
  const auto before = TokenParam(call.target, problems);
  if (!problems.ok()) return problems.Response();
  ApiResponse refusal;
  if (!NamesTrajectory(call, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  if (!IsOf(before, *collection)) return ForeignToken();
  const LookBefore look(call, *collection, before);
  if (look.IsNot()) return UnknownTrajectory();
  auto written = DeleteInFlight(*collection, {{.id = TrajectoryId(call.names[1]), .version = 0}})
                     .Wait(call.patience);
  if (!written.ok()) return ProblemFromStatus(written.status());
  ApiResponse response = {.status = 204, .content_type = "", .headers = {}, .body = ""};
  if (look.WasNotBefore(written->position)) response = UnknownTrajectory();
  response.headers.emplace_back("Spoor-Token",
                                EncodeToken(WithBefore(*std::move(written), before)));
  return response;
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
