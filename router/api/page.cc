#include "router/api/page.h"

#include <algorithm>
#include <chrono>

#include "router/message/explain.h"
#include "router/message/problem.h"
#include "router/message/token.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kListedAtOnce = 64;

void WriteListed(const ApiCall& call, const Engine::Found& found, const Include& include,
                 JsonWriter& w) {
  if (call.wants_geojson()) return WriteFeature(found, w);
  w.BeginObject();
  w.Member("id", found.trajectory.id.value());
  WriteRecordMembers(found, include, w);
  if (include.geometry) {
    w.Key("geometry");
    WriteGeometry(found.trajectory.view(), w);
    WriteTimesMember(found.trajectory.view(), w);
  }
  w.EndObject();
}

// What is listed, and how.
struct Listing {
  const ApiCall& call;
  const ClusterCollection& collection;
  const ReadTerms& terms;
  const Include& include;
};

// Writes records until the ids or the bytes are used up; returns how many ids are done.
// Those that cannot be read are left out and added to `damaged`.
absl::StatusOr<size_t> WriteRecords(const Listing& listing, absl::Span<const TrajectoryId> ids,
                                    uint64_t& damaged, JsonWriter& w) {
  const ApiCall& call = listing.call;
  size_t done = 0;
  while (done < ids.size() && w.size() < call.limits.max_answer_bytes) {
    if (const absl::Status in_time = call.patience.Check(); !in_time.ok()) return in_time;
    const auto chunk = ids.subspan(done, kListedAtOnce);
    const auto found = listing.collection.Get(chunk, listing.terms, call.patience);
    if (!found.ok()) return found.status();
    damaged += found->report.damaged;
    for (const auto& record : found->answer) {  // absent: deleted since the list was made
      if (record) WriteListed(call, *record, listing.include, w);
      ++done;
      if (w.size() >= call.limits.max_answer_bytes) break;
    }
  }
  return done;
}

}  // namespace

ApiResponse AnswerOf(const ApiCall& call, std::string body) {
  return {.status = 200,
          .content_type = std::string(ContentTypeOf(call.wanted)),
          .headers = {},
          .body = std::move(body)};
}

ApiResponse AnswerPage(const ApiCall& call, const ClusterCollection& collection,
                       const RangeRequest& request, const PageLook& look) {
  const auto start = Clock::now();
  auto read = collection.Range(request.query, request.terms, call.patience);
  const ReadTerms* const offered = call.body == nullptr ? nullptr : &request.terms;
  if (!read.ok()) return ProblemFromRead(read.status(), offered);
  const RangeAnswer& answer = read->answer;
  JsonWriter w;
  w.BeginObject();
  if (call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(call.wants_geojson() ? "features" : look.list);
  w.BeginArray();
  const auto done = WriteRecords({call, collection, request.terms, look.include}, answer.ids,
                                 read->report.damaged, w);
  if (!done.ok()) return ProblemFromRead(done.status(), offered);
  w.EndArray();
  if (*done < answer.ids.size() || answer.more) {
    w.Member("next", EncodeCursor(TrajectoriesList(call.names[0]), answer.ids[*done - 1].value()));
  }
  if (request.explain) WriteExplain(answer.cost, read->report, w);
  WriteServiceMembers(read->report,
                      std::chrono::duration<double, std::milli>(Clock::now() - start).count(), w);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
