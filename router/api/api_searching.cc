#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/explain.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_search.h"

namespace spoor {
namespace {

using Clock = std::chrono::steady_clock;

// Records are fetched so many at a time, so that a large answer does not hold them all decoded at
// once.
constexpr size_t kFetchAtOnce = 256;
// A record that was replaced between the search and the fetch makes us search again, so often.
constexpr int kMaxSearches = 3;

double MsSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// Gets the fixes of a query by id.
bool FillQuery(const ApiCall& call, const ClusterCollection& collection, SimilarRequest& request,
               ApiResponse* refusal) {
  if (request.query_id.empty()) return true;
  ReadTerms terms = request.terms;
  terms.allow_partial = false;  // the query is whole, or there is none
  const TrajectoryId id(request.query_id);
  auto found = collection.Get(absl::MakeConstSpan(&id, 1), terms, call.patience);
  if (!found.ok()) {
    *refusal = ProblemFromRead(found.status());
    return false;
  }
  if (found->report.damaged > 0) {
    *refusal = ProblemFromRead(absl::DataLossError("the record is damaged"));
    return false;
  }
  auto& record = found->answer[0];
  if (!record) {
    JsonWriter text;
    text.String(request.query_id);
    *refusal = Problem(404, "unknown-trajectory", "the query's trajectory does not exist",
                       {{"/query/id", text.Take(), "the id of a stored trajectory"}});
    return false;
  }
  request.query.fixes = std::move(record->trajectory.fixes);
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

void WriteHit(const SimilarRequest& request, const Hit& hit, const Engine::Found* found,
              JsonWriter& w) {
  w.BeginObject();
  w.Member("id", hit.id.value());
  WriteHitMembers(request, hit, w);
  if (found != nullptr) {
    WriteRecordMembers(*found, request.include, w);
    if (request.include.geometry) {
      w.Key("geometry");
      WriteGeometry(found->trajectory.view(), w);
      WriteTimesMember(found->trajectory.view(), w);
    }
  }
  w.EndObject();
}

struct Ranked {
  const Hit& hit;
  size_t rank;  // from 1
};

void WriteHitFeature(const SimilarRequest& request, Ranked ranked, const Engine::Found* found,
                     JsonWriter& w) {
  w.BeginObject();
  w.Member("type", "Feature");
  w.Member("id", ranked.hit.id.value());
  w.Key("geometry");
  if (found != nullptr) {
    WriteGeometry(found->trajectory.view(), w);
  } else {
    w.Null();
  }
  w.Key("properties");
  w.BeginObject();
  w.MemberUint("rank", ranked.rank);
  WriteHitMembers(request, ranked.hit, w);
  if (found != nullptr) {
    WriteRecordMembers(*found, request.include, w);
    WriteTimesMember(found->trajectory.view(), w);
  }
  w.EndObject();
  w.EndObject();
}

// One search and its answer.
struct Run {
  const ApiCall& call;
  const ClusterCollection& collection;
  const SimilarRequest& request;
  Clock::time_point start;
  bool
      settle;  // show a record that has changed since, without its fixes, as one that is damaged is
};

// Fetches the records of some hits and writes these; errors as in WriteHits.
absl::Status WriteSomeHits(const Run& run, absl::Span<const Hit> hits, size_t rank, JsonWriter& w) {
  std::vector<TrajectoryId> ids;
  for (const Hit& hit : hits) ids.push_back(hit.id);
  const auto found = run.collection.Get(ids, run.request.terms, run.call.patience);
  if (!found.ok()) return found.status();
  for (size_t i = 0; i < hits.size(); ++i) {
    const auto& record = found->answer[i];
    const bool current = record.has_value() && record->version == hits[i].version;
    const bool damaged = !record.has_value() && found->report.damaged > 0;
    if (!current && !damaged && !run.settle) return absl::AbortedError("a record has changed");
    const Engine::Found* shown = current ? &*record : nullptr;
    if (run.call.wants_geojson()) {
      WriteHitFeature(run.request, {hits[i], rank + i}, shown, w);
    } else {
      WriteHit(run.request, hits[i], shown, w);
    }
    if (w.size() > run.call.limits.max_answer_bytes) return absl::OutOfRangeError("too large");
  }
  return run.call.patience.Check();
}

// Aborted when a record has changed since the search and the run is not to settle for that;
// OutOfRange above max_answer_bytes.
absl::Status WriteHits(const Run& run, absl::Span<const Hit> hits, JsonWriter& w) {
  for (size_t at = 0; at < hits.size(); at += kFetchAtOnce) {
    const absl::Status written = WriteSomeHits(run, hits.subspan(at, kFetchAtOnce), at + 1, w);
    if (!written.ok()) return written;
  }
  return absl::OkStatus();
}

// Errors: those of the search and of WriteHits.
absl::StatusOr<std::string> SearchOnce(const Run& run) {
  const auto read = run.collection.Search(run.request.query, run.request.terms, run.call.patience);
  if (!read.ok()) return read.status();
  const SearchAnswer& answer = read->answer;
  JsonWriter w;
  w.BeginObject();
  if (run.call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(run.call.wants_geojson() ? "features" : "hits");
  w.BeginArray();
  if (const absl::Status written = WriteHits(run, answer.hits, w); !written.ok()) return written;
  w.EndArray();
  w.MemberBool("exact", answer.exact);
  if (const auto error = PlaneErrorOf(answer)) {
    w.Key("plane_error");
    w.Double(*error);
  }
  if (run.request.explain) WriteExplain(answer.cost, read->report, w);
  WriteServiceMembers(read->report, MsSince(run.start), w);
  w.EndObject();
  return w.Take();
}

}  // namespace

ApiResponse ServeSimilar(const ApiCall& call) {
  const auto start = Clock::now();
  SimilarRequest request;
  ApiResponse refusal;
  if (!ReadSimilar(*call.body, call.limits, request, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr || !FillQuery(call, *collection, request, &refusal)) return refusal;
  if (!HasTheTimesItNeeds(request, &refusal)) return refusal;
  absl::StatusOr<std::string> body = absl::AbortedError("");
  for (int i = 1; i <= kMaxSearches && body.status().code() == absl::StatusCode::kAborted; ++i) {
    body = SearchOnce({call, *collection, request, start, i == kMaxSearches});
  }
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

ApiResponse ServeMotifs(const ApiCall&) {
  return Problem(404, "not-in-this-version", "motif search is not in this version");
}

}  // namespace spoor
