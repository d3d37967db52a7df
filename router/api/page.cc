#include "router/api/page.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/reader.h"
#include "router/message/explain.h"
#include "router/message/problem.h"
#include "router/message/target.h"
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

ApiResponse CannotHold(const absl::Status& why) {
  return Problem(406, "not-acceptable", why.message());
}

}  // namespace

ApiResponse AnswerOf(const ApiCall& call, std::string body) {
  return {.status = 200,
          .content_type = std::string(ContentTypeOf(call.wanted)),
          .headers = {},
          .body = std::move(body)};
}

absl::StatusOr<ListedPage> ListPage(const ApiCall& call, const ClusterCollection& collection,
                                    const RangeRequest& request, const PageWriter& writer) {
  const RangeQuery& query = request.query;
  auto read = Range(collection, query, request.terms, call.patience);
  if (!read.ok()) return read.status();
  RangeAnswer& answer = read->answer;
  ListedPage page;
  size_t done = 0;
  const auto has_room = [&] { return done == 0 || writer.size() < call.limits.max_answer_bytes; };
  for (; done < answer.ids.size() && has_room(); ++done) {
    if (done % kListedAtOnce == 0) {
      if (const absl::Status in_time = call.patience.Check(); !in_time.ok()) return in_time;
      const absl::Status s = ShowSome({call, collection, request.terms, *query.show}, done, *read);
      if (!s.ok()) return s;
    }
    if (!answer.shown[done]) continue;
    if (const absl::Status s = writer.write(answer.ids[done], *answer.shown[done]); !s.ok()) {
      return s;
    }
    ++page.shown;
  }
  if (done < answer.ids.size() || answer.more) {
    page.next = EncodeCursor(TrajectoriesList(call.names[0]), answer.ids[done - 1].value());
  }
  page.report = std::move(read->report);
  page.cost = answer.cost;
  return page;
}

ApiResponse AnswerPage(const ApiCall& call, const ClusterCollection& collection,
                       const RangeRequest& request, const PageLook& look) {
  const auto start = Clock::now();
  RangeRequest shown = request;
  shown.query.show = {.summary = look.include.summary,
                      .tags = look.include.tags || call.wants_geojson(),
                      .geometry = look.include.geometry || call.wants_geojson()};
  JsonWriter w;
  w.BeginObject();
  if (call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(call.wants_geojson() ? "features" : look.list);
  w.BeginArray();
  const auto page = ListPage(call, collection, shown,
                             {.size = [&w] { return w.size(); },
                              .write =
                                  [&](const TrajectoryId& id, const ShownRecord& record) {
                                    WriteListed(call, id, record, w);
                                    return absl::OkStatus();
                                  }});
  const ReadTerms* const offered = call.body == nullptr ? nullptr : &request.terms;
  if (!page.ok()) return ProblemFromRead(page.status(), offered);
  w.EndArray();
  if (!page->next.empty()) w.Member("next", page->next);
  if (request.explain) WriteExplain(page->cost, page->report, w);
  WriteServiceMembers(page->report,
                      std::chrono::duration<double, std::milli>(Clock::now() - start).count(), w);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse AnswerTrips(const ApiCall& call, const ClusterCollection& collection,
                        const RangeRequest& request, const TripText& text) {
  RangeRequest shown = request;
  shown.query.show = {.tags = true, .geometry = true};
  TripDocument document(text);
  absl::Status held;
  const auto page = ListPage(call, collection, shown,
                             {.size = [&document] { return document.size(); },
                              .write =
                                  [&](const TrajectoryId& id, ShownRecord& record) {
                                    held = document.Add({.id = id,
                                                         .object = std::move(record.object),
                                                         .tags = std::move(record.tags),
                                                         .fixes = std::move(record.fixes)});
                                    return held;
                                  }});
  if (!held.ok()) return CannotHold(held);
  if (!page.ok()) return ProblemFromRead(page.status());
  document.End();
  ApiResponse response = AnswerOf(call, document.Take());
  if (!page->next.empty()) response.headers.emplace_back("Link", NextLink(call, page->next));
  if (page->report.damaged > 0) {
    response.headers.emplace_back("Spoor-Damaged", absl::StrCat(page->report.damaged));
  }
  return response;
}

ApiResponse AnswerTrip(const ApiCall& call, const Trajectory& trip, const TripText& text) {
  TripDocument document(text);
  if (absl::Status s = document.Add(trip); !s.ok()) return CannotHold(s);
  document.End();
  return AnswerOf(call, document.Take());
}

std::string NextLink(const ApiCall& call, absl::string_view cursor) {
  std::string query = absl::StrCat("?cursor=", cursor);
  for (const auto& [name, value] : call.target.params) {
    if (name != "cursor") absl::StrAppend(&query, "&", name, "=", PercentEncode(value));
  }
  return absl::StrCat("<", query, ">; rel=\"next\"");
}

}  // namespace spoor
