#include <chrono>
#include <utility>
#include <vector>

#include "engine/motif/btm.h"
#include "engine/motif/pair.h"
#include "router/api/asked_trips.h"
#include "router/api/page.h"
#include "router/api/route.h"
#include "router/message/motif_json.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_motif.h"

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
  if (request.form == MotifForm::kStretch || request.form == MotifForm::kRegion) {
    return Problem(404, "not-in-this-version", "of motifs, between and within are in this version");
  }
  auto found = OfTrips(request, collection->Params().value_or(AutoParams()), call.patience);
  if (absl::IsInvalidArgument(found.status())) {
    Problems problems;
    problems.Add("/exact", "", std::string(found.status().message()));
    return problems.Response();
  }
  if (!found.ok()) return ProblemFromRead(found.status(), &request.read);
  auto body = WriteMotifAnswer(call, {.answer = *std::move(found), .report = *report}, start);
  if (body.ok()) return AnswerOf(call, *std::move(body));
  if (body.status().code() == absl::StatusCode::kOutOfRange) {
    return Problem(413, "too-large", "the answer is too large: ask for fewer motifs");
  }
  return ProblemFromRead(body.status(), &request.read);
}

}  // namespace spoor
