#include "router/api/page.h"

#include <algorithm>
#include <chrono>

#include "engine/reader.h"
#include "router/message/explain.h"
#include "router/message/problem.h"
#include "router/message/token.h"
#include "router/reads/get.h"
#include "router/reads/range.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;
constexpr size_t kListedAtOnce = 64;

void WriteListed(const ApiCall& call, const TrajectoryId& id, const ShownRecord& shown,
                 JsonWriter& w) {
  if (call.wants_geojson()) return WriteShownFeature(id, shown, w);
  w.BeginObject();
  w.Member("id", id.value());
  WriteShownMembers(shown, w);
  if (!shown.fixes.empty()) {
    w.Key("geometry");
    WriteGeometry(shown.fixes, w);
    WriteTimesMember(shown.fixes, w);
  }
  w.EndObject();
}

// What is listed, and how.
struct Listing {
  const ApiCall& call;
  const ClusterCollection& collection;
  const ReadTerms& terms;
  const Show& show;
};

// Nodes of a version that did not show what they list, and trajectories with more fixes than fit,
// are asked for the records; from `from` on, some.  What cannot be read, and what was deleted since
// the list was made, stays as it is; the former is counted.
absl::Status ShowSome(const Listing& listing, size_t from, Read<RangeAnswer>& read) {
  RangeAnswer& answer = read.answer;
  answer.shown.resize(answer.ids.size());
  const size_t end = std::min(from + kListedAtOnce, answer.ids.size());
  std::vector<TrajectoryId> ids;
  std::vector<size_t> missing;
  for (size_t i = from; i < end; ++i) {
    const auto& shown = answer.shown[i];
    if (shown && (!listing.show.geometry || !shown->fixes.empty())) continue;
    ids.push_back(answer.ids[i]);
    missing.push_back(i);
    answer.shown[i] = std::nullopt;
  }
  if (ids.empty()) return absl::OkStatus();
  const auto found = Get(listing.collection, ids, listing.terms, listing.call.patience);
  if (!found.ok()) return found.status();
  read.report.damaged += found->report.damaged;
  read.report.rounds += found->report.rounds;
  for (size_t i = 0; i < missing.size(); ++i) {
    if (found->answer[i]) answer.shown[missing[i]] = ShownOf(*found->answer[i], listing.show);
  }
  return absl::OkStatus();
}

// Writes what is listed until it is all or the bytes are used up; returns how many ids are done.
absl::StatusOr<size_t> WriteListing(const Listing& listing, Read<RangeAnswer>& read,
                                    JsonWriter& w) {
  const ApiCall& call = listing.call;
  const RangeAnswer& answer = read.answer;
  size_t done = 0;
  for (; done < answer.ids.size() && w.size() < call.limits.max_answer_bytes; ++done) {
    if (done % kListedAtOnce == 0) {
      if (const absl::Status in_time = call.patience.Check(); !in_time.ok()) return in_time;
      if (const absl::Status s = ShowSome(listing, done, read); !s.ok()) return s;
    }
    if (answer.shown[done]) WriteListed(call, answer.ids[done], *answer.shown[done], w);
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
  RangeQuery query = request.query;
  query.show = {.summary = look.include.summary,
                .tags = look.include.tags || call.wants_geojson(),
                .geometry = look.include.geometry || call.wants_geojson()};
  auto read = Range(collection, query, request.terms, call.patience);
  const ReadTerms* const offered = call.body == nullptr ? nullptr : &request.terms;
  if (!read.ok()) return ProblemFromRead(read.status(), offered);
  const RangeAnswer& answer = read->answer;
  JsonWriter w;
  w.BeginObject();
  if (call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(call.wants_geojson() ? "features" : look.list);
  w.BeginArray();
  const auto done = WriteListing({call, collection, request.terms, *query.show}, *read, w);
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
