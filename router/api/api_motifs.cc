#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/motif/btm.h"
#include "engine/motif/pair.h"
#include "router/api/asked_trips.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/motif_json.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_motif.h"
#include "router/reads/stretches.h"

namespace spoor {
namespace {

using MotifClock = std::chrono::steady_clock;

double MsFrom(MotifClock::time_point start) {
  return std::chrono::duration<double, std::milli>(MotifClock::now() - start).count();
}

MotifTrip TripOf(const AskedTrip& asked) {
  return {.id = TrajectoryId(asked.id), .object = asked.object, .fixes = asked.fixes};
}

// What two trips share, or one with itself: computed here, from the fixes alone.
absl::StatusOr<MotifAnswer> OfTrips(const MotifRequest& request, const IndexParams& params,
                                    const Patience& patience) {
  const MotifTrip a = TripOf(request.trips[0]);
  const MotifTrip b = TripOf(request.trips.back());
  if (request.form == MotifForm::kBetween) {
    return request.exact_min_fixes
               ? ExactMotifBetween(a, b, request.terms, *request.exact_min_fixes, patience)
               : MotifsBetween(a, b, request.terms, params, patience);
  }
  return request.exact_min_fixes
             ? ExactMotifWithin(a, request.terms, *request.exact_min_fixes, patience)
             : MotifsWithin(a, request.terms, params, patience);
}

// Of the asked trip what is asked for; that trip itself is not told to follow it.
absl::StatusOr<Read<MotifAnswer>> OfStretch(const ApiCall& call, MotifRequest& request,
                                            const ClusterCollection& collection) {
  const AskedTrip& trip = request.trips[0];
  const auto begin = trip.fixes.begin();
  StretchQuery query{.stretch = {begin + request.from, begin + *request.to + 1},
                     .terms = request.terms,
                     .filter = std::move(request.filter)};
  if (!trip.id.empty()) query.filter.exclude.push_back(trip.id);
  return Stretch(collection, query, request.read, call.patience);
}

// Whether the fixes that are asked for are there; fills in the last.
bool HasStretch(MotifRequest& request, ApiResponse* refusal) {
  if (request.form != MotifForm::kStretch) return true;
  const uint64_t last = request.trips[0].fixes.size() - 1;
  Problems problems;
  const std::string allowed = absl::StrCat("0 … ", last);
  if (request.from > last) problems.Add("/from", absl::StrCat(request.from), allowed);
  if (request.to && *request.to > last) problems.Add("/to", absl::StrCat(*request.to), allowed);
  if (!request.to) request.to = static_cast<uint32_t>(last);
  if (!problems.ok()) *refusal = problems.Response();
  return problems.ok();
}

absl::StatusOr<Read<MotifAnswer>> Answered(const ApiCall& call, MotifRequest& request,
                                           const ClusterCollection& collection,
                                           const ReadReport& fetched) {
  if (request.form == MotifForm::kRegion) {
    const RegionQuery query{.terms = request.terms, .filter = request.filter};
    return RegionStretches(collection, query, request.read, call.patience);
  }
  if (request.form == MotifForm::kStretch) {
    auto read = OfStretch(call, request, collection);
    if (read.ok()) read->report.rounds += fetched.rounds;
    return read;
  }
  auto answer = OfTrips(request, collection.Params().value_or(AutoParams()), call.patience);
  if (!answer.ok()) return answer.status();
  return Read<MotifAnswer>{.answer = *std::move(answer), .report = fetched};
}

// Errors as WriteMotifs.
absl::StatusOr<std::string> WriteMotifAnswer(const ApiCall& call, const Read<MotifAnswer>& read,
                                             MotifClock::time_point start) {
  const MotifAnswer& answer = read.answer;
  JsonWriter w;
  w.BeginObject();
  if (call.wants_geojson()) w.Member("type", "FeatureCollection");
  w.Key(call.wants_geojson() ? "features" : "motifs");
  w.BeginArray();
  const absl::Status written = WriteMotifs(
      answer.motifs, {.features = call.wants_geojson(), .most_bytes = call.limits.max_answer_bytes},
      call.patience, w);
  if (!written.ok()) return written;
  w.EndArray();
  w.MemberBool("exact", answer.exact);
  if (answer.max_distance_m > 0) {
    w.Key("max_distance_m");
    w.Double(answer.max_distance_m);
  }
  WriteServiceMembers(read.report, MsFrom(start), w);
  w.EndObject();
  return w.Take();
}

}  // namespace

ApiResponse ServeMotifs(const ApiCall& call) {
  const auto start = MotifClock::now();
  MotifRequest request;
  ApiResponse refusal;
  if (!ReadMotifs(*call.body, call.limits, request, &refusal)) return refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  const auto report =
      FetchTrips(call, *collection, request.read, absl::MakeSpan(request.trips), &refusal);
  if (!report) return refusal;
  if (!HasStretch(request, &refusal)) return refusal;
  const auto read = Answered(call, request, *collection, *report);
  if (request.exact_min_fixes && absl::IsInvalidArgument(read.status())) {
    Problems problems;
    problems.Add("/exact", "", std::string(read.status().message()));
    return problems.Response();
  }
  if (!read.ok()) return ProblemFromRead(read.status(), &request.read);
  auto body = WriteMotifAnswer(call, *read, start);
  if (body.ok()) return AnswerOf(call, *std::move(body));
  if (body.status().code() == absl::StatusCode::kOutOfRange) {
    return Problem(413, "too-large", "the answer is too large: ask for fewer motifs");
  }
  return ProblemFromRead(body.status(), &request.read);
}

}  // namespace spoor
