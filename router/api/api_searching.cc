#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/api/asked_trips.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/explain.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_search.h"
#include "router/reads/similar.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Gets the fixes of a query by id.  Rounds that it took are added.
bool FillQuery(const ApiCall& call, const ClusterCollection& collection, SimilarRequest& request,
               uint32_t& rounds, ApiResponse* refusal) {
  if (request.query_id.empty()) return true;
  AskedTrip trip{.field = "/query", .id = request.query_id, .object = {}, .fixes = {}};
  const auto report =
      FetchTrips(call, collection, request.terms, absl::MakeSpan(&trip, 1), refusal);
  if (!report) return false;
  rounds += report->rounds;
  request.query.fixes = std::move(trip.fixes);
  request.query.filter.exclude.push_back(request.query_id);
  return true;
}

// A measure that compares times has nothing to say of a query that has none.
bool HasTheTimesItNeeds(const SimilarRequest& request, ApiResponse* refusal) {
  const Query& query = request.query;
  if (!query.rerank || !query.rerank->measure->needs_times()) return true;
  if (query.fixes.front().has_time()) return true;
  Problems problems;
  problems.Add(request.query_id.empty() ? "/query/coords" : "/query/id", "",
               absl::StrCat("a trajectory with times, for measure '", query.rerank->name,
                            "' as it is asked for here"));
  *refusal = problems.Response();
  return false;
}

// Of all distances of the answer; nothing where it has none, or one that has no bound.
std::optional<double> PlaneErrorOf(const SearchAnswer& answer) {
  std::optional<double> most;
  for (const Hit& hit : answer.hits) {
    if (!hit.plane_error || !std::isfinite(*hit.plane_error)) return std::nullopt;
    most = std::max(most.value_or(0), *hit.plane_error);
  }
  return most;
}

void WriteMatches(const std::vector<Match>& matches, JsonWriter& w) {
  w.Key("matches");
  w.BeginArray();
  for (const Match& match : matches) {
    w.BeginObject();
    w.Key("query");
    w.BeginArray();
    w.Uint(match.query_from);
    w.Uint(match.query_to);
    w.EndArray();
    w.Key("hit");
    w.BeginArray();
    w.Uint(match.hit_from);
    w.Uint(match.hit_to);
    w.EndArray();
    w.EndObject();
  }
  w.EndArray();
}

void WritePart(const std::pair<uint32_t, uint32_t>& part, JsonWriter& w) {
  w.Key("part");
  w.BeginObject();
  w.MemberUint("from", part.first);
  w.MemberUint("to", part.second);
  w.EndObject();
}

void WriteHitMembers(const SimilarRequest& request, const Hit& hit, JsonWriter& w) {
  w.Key("score");
  w.Double(hit.score);
  w.Member("direction", hit.direction == Direction::kOpposite ? "opposite" : "same");
  if (hit.distance_m) {
    w.Key("distance_m");
    w.Double(*hit.distance_m);  // in full: it has decided the order, and may be a cutoff
    w.Member("measure", request.query.rerank->name);
  }
  if (hit.part) WritePart(*hit.part, w);
  if (request.include.matches) WriteMatches(hit.matches, w);
}

void WriteHit(const SimilarRequest& request, const Hit& hit, JsonWriter& w) {
  w.BeginObject();
  w.Member("id", hit.id.value());
  WriteHitMembers(request, hit, w);
  if (hit.shown) {
    WriteShownMembers(*hit.shown, w);
    if (!hit.shown->fixes.empty()) {
      w.Key("geometry");
      WriteGeometry(hit.shown->fixes, w);
      WriteTimesMember(hit.shown->fixes, w);
    }
  }
  w.EndObject();
}

void WriteHitFeature(const SimilarRequest& request, const Hit& hit, size_t rank, JsonWriter& w) {
  const bool has_geometry = hit.shown && !hit.shown->fixes.empty();
  w.BeginObject();
  w.Member("type", "Feature");
  w.Member("id", hit.id.value());
  w.Key("geometry");
  if (has_geometry) {
    WriteGeometry(hit.shown->fixes, w);
  } else {
    w.Null();
  }
  w.Key("properties");
  w.BeginObject();
  w.MemberUint("rank", rank);
  WriteHitMembers(request, hit, w);
  if (hit.shown) WriteShownMembers(*hit.shown, w);
  if (has_geometry) WriteTimesMember(hit.shown->fixes, w);
  w.EndObject();
  w.EndObject();
}

// OutOfRange above max_answer_bytes, and errors of the patience.
absl::Status WriteHits(const ApiCall& call, const SimilarRequest& request,
                       const std::vector<Hit>& hits, JsonWriter& w) {
  constexpr size_t kBetweenLooks = 256;  // at the clock
  for (size_t i = 0; i < hits.size(); ++i) {
    if (call.wants_geojson()) {
      WriteHitFeature(request, hits[i], i + 1, w);
    } else {
      WriteHit(request, hits[i], w);
    }
    if (w.size() > call.limits.max_answer_bytes) return absl::OutOfRangeError("too large");
    if (i % kBetweenLooks != kBetweenLooks - 1) continue;
    if (const absl::Status in_time = call.patience.Check(); !in_time.ok()) return in_time;
  }
  return absl::OkStatus();
}

// Errors as WriteHits.
absl::StatusOr<std::string> WriteAnswer(const ApiCall& call, const SimilarRequest& request,
                                        const Read<SearchAnswer>& read, Clock::time_point start) {
  const SearchAnswer& answer = read.answer;
  JsonWriter w;
  w.BeginObject();
  if (call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(call.wants_geojson() ? "features" : "hits");
  w.BeginArray();
  const absl::Status written = WriteHits(call, request, answer.hits, w);
  if (!written.ok()) return written;
  w.EndArray();
  w.MemberBool("exact", answer.exact);
  if (const auto error = PlaneErrorOf(answer)) {
    w.Key("plane_error");
    w.Double(*error);
  }
  if (request.explain) WriteExplain(answer.cost, read.report, w);
  WriteServiceMembers(read.report, MsSince(start), w);
  w.EndObject();
  return w.Take();
}

}  // namespace

ApiResponse ServeSimilar(const ApiCall& call) {
  const auto start = Clock::now();
  SimilarRequest request;
  ApiResponse refusal;
  uint32_t rounds = 0;
  if (!ReadSimilar(*call.body, call.limits, request, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  if (!FillQuery(call, *collection, request, rounds, &refusal)) return refusal;
  if (!HasTheTimesItNeeds(request, &refusal)) return refusal;
  request.query.show = {.summary = request.include.summary,
                        .tags = request.include.tags,
                        .geometry = request.include.geometry || call.wants_geojson()};
  auto read = Search(*collection, request.query, request.terms, call.patience);
  if (!read.ok()) return ProblemFromRead(read.status(), &request.terms);
  read->report.rounds += rounds;
  auto body = WriteAnswer(call, request, *read, start);
  if (body.ok()) return AnswerOf(call, *std::move(body));
  if (body.status().code() == absl::StatusCode::kOutOfRange) {
    return Problem(413, "too-large",
                   "the answer is too large: ask for fewer hits, or without geometry");
  }
  return ProblemFromRead(body.status(), &request.terms);
}

ApiResponse ServeRange(const ApiCall& call) {
  RangeRequest request;
  ApiResponse refusal;
  if (!ReadRange(*call.body, call.names[0], request, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  return AnswerPage(call, *collection, request, {.list = "hits", .include = request.include});
}

}  // namespace spoor
