#include <algorithm>
#include <chrono>
#include <optional>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/page.h"
#include "router/problem.h"
#include "router/record_json.h"
#include "router/request_search.h"
#include "router/route.h"

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

// Whether the collection has what the token proves; else `refusal` is set.
bool Guarantee(const Engine& engine, const ReadGuarantee& guarantee, ApiResponse* refusal) {
  if (!guarantee.written_to) return true;
  const EngineStats stats = engine.Stats();
  if (guarantee.written_to->log_id != stats.log_id) {
    *refusal = Problem(409, "foreign-token",
                       "the token is of another collection, or of one that was dropped");
    return false;
  }
  if (guarantee.written_to->position <= stats.position) return true;
  // On one machine a write is answered once it is applied: nothing is on its way that could be
  // waited for.
  *refusal =
      Problem(504, "deadline",
              absl::StrCat("the token is of a write at position ", guarantee.written_to->position,
                           ", this store has reached ", stats.position));
  return false;
}

// Gets the fixes of a query by id.
bool FillQuery(const Engine& engine, SimilarRequest& request, ApiResponse* refusal) {
  if (request.query_id.empty()) return true;
  auto found = engine.Get(TrajectoryId(request.query_id));
  if (found.status().code() == absl::StatusCode::kNotFound) {
    JsonWriter id;
    id.String(request.query_id);
    *refusal = Problem(404, "unknown-trajectory", "the query's trajectory does not exist",
                       {{"/query/id", id.Take(), "the id of a stored trajectory"}});
    return false;
  }
  if (!found.ok()) {
    *refusal = ProblemFromStatus(found.status());
    return false;
  }
  request.query.fixes = std::move(found->trajectory.fixes);
  request.query.filter.exclude.push_back(request.query_id);
  return true;
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

void WriteHitMembers(const SimilarRequest& request, const Hit& hit, JsonWriter& w) {
  w.Key("score");
  w.Double(hit.score);
  w.Member("direction", hit.direction == Direction::kOpposite ? "opposite" : "same");
  if (hit.distance_m) {
    w.Key("distance_m");
    w.Rounded(*hit.distance_m, 3);
    w.Member("measure", request.query.rerank->name);
  }
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
  const Call& call;
  const Engine& engine;
  const SimilarRequest& request;
  Clock::time_point start;
  bool settle;  // show a record that has changed since, without its fixes
};

// Fetches the records of some hits and writes these; errors as in WriteHits.
absl::Status WriteSomeHits(const Run& run, absl::Span<const Hit> hits, size_t rank, JsonWriter& w) {
  std::vector<TrajectoryId> ids;
  for (const Hit& hit : hits) ids.push_back(hit.id);
  const auto found = run.engine.Get(ids);
  if (!found.ok()) return found.status();
  for (size_t i = 0; i < hits.size(); ++i) {
    const auto& record = (*found)[i];
    const bool current = record.has_value() && record->version == hits[i].version;
    if (!current && !run.settle) return absl::AbortedError("a record has changed");
    const Engine::Found* shown = current ? &*record : nullptr;
    if (run.call.geojson) {
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

void WriteCost(const SearchCost& cost, JsonWriter& w) {
  w.Key("explain");
  w.BeginObject();
  w.Member("plan", cost.plan);
  w.MemberUint("segments", cost.segments);
  w.MemberUint("query_geodabs", cost.query_geodabs);
  w.MemberUint("postings", cost.postings);
  w.MemberUint("postings_read", cost.postings_read);
  w.MemberUint("candidates", cost.candidates);
  w.MemberUint("verified", cost.verified);
  w.MemberUint("refined", cost.refined);
  w.EndObject();
}

// Errors: those of the search and of WriteHits.
absl::StatusOr<std::string> SearchOnce(const Run& run) {
  const auto answer = run.engine.Search(run.request.query, run.call.patience);
  if (!answer.ok()) return answer.status();
  JsonWriter w;
  w.BeginObject();
  if (run.call.geojson) w.Member("type", "FeatureCollection");
  w.Key(run.call.geojson ? "features" : "hits");
  w.BeginArray();
  if (const absl::Status written = WriteHits(run, answer->hits, w); !written.ok()) return written;
  w.EndArray();
  w.MemberBool("exact", answer->exact);
  if (run.request.explain) WriteCost(answer->cost, w);
  WriteServiceMembers(MsSince(run.start), w);
  w.EndObject();
  return w.Take();
}

}  // namespace

ApiResponse ServeSimilar(const Call& call) {
  const auto start = Clock::now();
  SimilarRequest request;
  ApiResponse refusal;
  if (!ReadSimilar(*call.body, call.limits, request, &refusal)) return refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr || !Guarantee(*collection, request.guarantee, &refusal) ||
      !FillQuery(*collection, request, &refusal)) {
    return refusal;
  }
  absl::StatusOr<std::string> body = absl::AbortedError("");
  for (int i = 1; i <= kMaxSearches && body.status().code() == absl::StatusCode::kAborted; ++i) {
    body = SearchOnce({call, *collection, request, start, i == kMaxSearches});
  }
  if (body.ok()) return AnswerOf(call, *std::move(body));
  if (body.status().code() == absl::StatusCode::kOutOfRange) {
    return Problem(413, "too-large",
                   "the answer is too large: ask for fewer hits, or without geometry");
  }
  return ProblemFromStatus(body.status());
}

ApiResponse ServeRange(const Call& call) {
  RangeRequest request;
  ApiResponse refusal;
  if (!ReadRange(*call.body, request, &refusal)) return refusal;
  const Collection collection = CollectionOf(call, &refusal);
  if (collection == nullptr || !Guarantee(*collection, request.guarantee, &refusal)) return refusal;
  return AnswerPage(call, *collection, request.query, {.list = "hits", .include = request.include});
}

ApiResponse ServeMotifs(const Call&) {
  return Problem(404, "not-in-this-version", "motif search is not in this version");
}

}  // namespace spoor
