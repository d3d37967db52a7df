#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "engine/reader.h"
#include "geo/at_time.h"
#include "router/api/ogc.h"
#include "router/api/page.h"
#include "router/message/problem.h"
#include "router/message/record_json.h"
#include "router/message/request_filter.h"
#include "router/message/request_geometry.h"
#include "router/message/target.h"
#include "router/message/token.h"
#include "router/reads/get.h"

namespace spoor {
namespace {

constexpr int64_t kEver = std::numeric_limits<int64_t>::max();
constexpr size_t kMaxLeaves = 10'000;  // moments that one request asks for
constexpr absl::string_view kDatetimeAllowed =
    "a date-time of RFC 3339, or two of them as from/to, of which one may be .. or nothing";
constexpr absl::string_view kOgcBoxAllowed =
    "west,south,east,north in degrees, or with heights west,south,bottom,east,north,top";

using Span = std::pair<int64_t, int64_t>;

// A moment, or from/to of which an end may be open.
std::optional<Span> SpanOfDatetime(absl::string_view text) {
  const std::vector<absl::string_view> ends = absl::StrSplit(text, '/');
  const auto is_open = [](absl::string_view end) { return end.empty() || end == ".."; };
  if (ends.size() == 1) {
    const auto at = TimeFromText(ends[0]);
    return at ? std::optional<Span>({*at, *at}) : std::nullopt;
  }
  if (ends.size() != 2 || (is_open(ends[0]) && is_open(ends[1]))) return std::nullopt;
  const auto from = is_open(ends[0]) ? std::optional<int64_t>(-kEver) : TimeFromText(ends[0]);
  const auto to = is_open(ends[1]) ? std::optional<int64_t>(kEver) : TimeFromText(ends[1]);
  if (!from || !to || *from > *to) return std::nullopt;
  return Span{*from, *to};
}

std::optional<Box> BoxOfNumbers(absl::string_view text) {
  std::vector<double> numbers;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    double number = 0;
    if (!absl::SimpleAtod(part, &number)) return std::nullopt;
    numbers.push_back(number);
  }
  if (numbers.size() == 4) return BoxFromDegrees({numbers[0], numbers[1], numbers[2], numbers[3]});
  if (numbers.size() != 6) return std::nullopt;  // heights are not kept
  return BoxFromDegrees({numbers[0], numbers[1], numbers[3], numbers[4]});
}

Filter OgcFilter(const Target& target, Problems& problems) {
  Filter filter;
  if (const std::string* text = target.Param("bbox")) {
    filter.box = BoxOfNumbers(*text);
    if (!filter.box) problems.Add("?bbox", Quoted(*text), std::string(kOgcBoxAllowed));
  }
  if (const std::string* text = target.Param("datetime")) {
    filter.time_ms = SpanOfDatetime(*text);
    if (!filter.time_ms) problems.Add("?datetime", Quoted(*text), std::string(kDatetimeAllowed));
  }
  return filter;
}

// More than the most is the most, as the standard wants it (17-069r4, 7.15.2).
uint64_t OgcLimit(const Target& target, Problems& problems) {
  constexpr uint64_t kUsual = 10;
  return std::min<uint64_t>(UintParam(target, "limit", {1, UINT32_MAX}, kUsual, problems),
                            kMaxPage);
}

void WriteNow(JsonWriter& w) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  w.Member("timeStamp",
           DateTimeText(std::chrono::duration_cast<std::chrono::milliseconds>(now).count()));
}

// "crs" and "trs" of OGC Moving Features JSON.
void WriteReferenceSystems(JsonWriter& w) {
  for (const auto& [member, name] : {std::pair("crs", "urn:ogc:def:crs:OGC:1.3:CRS84"),
                                     std::pair("trs", "urn:ogc:data:time:iso8601")}) {
    w.Key(member);
    w.BeginObject();
    w.Member("type", "Name");
    w.Key("properties");
    w.BeginObject();
    w.Member("name", name);
    w.EndObject();
    w.EndObject();
  }
}

// Members of the open object: a Feature with what does not change while it moves.
void WriteMovingFeature(const TrajectoryId& id, const ShownRecord& shown, JsonWriter& w) {
  w.Member("type", "Feature");
  w.Member("id", id.value());
  w.Key("geometry");
  WriteGeometry(shown.fixes, w);
  w.Key("properties");
  w.BeginObject();
  WriteShownMembers({.object = shown.object, .tags = shown.tags}, w);
  w.EndObject();
  w.Key("bbox");
  WriteBox(Cover(shown.fixes), w);
  if (!shown.fixes[0].has_time()) return;
  w.Key("time");
  w.BeginArray();
  w.String(DateTimeText(shown.fixes.front().time_ms));
  w.String(DateTimeText(shown.fixes.back().time_ms));
  w.EndArray();
}

// The trajectory that the path names; nothing, with `refusal` set, where there is none.
std::optional<Trajectory> ItemOf(const ApiCall& call, ApiResponse* refusal) {
  const CollectionPtr collection = CollectionOf(call, refusal);
  if (collection == nullptr) return std::nullopt;
  *refusal = Problem(404, "unknown-trajectory", "the collection has no trajectory of this id");
  if (!IsValidName(call.names[1])) return std::nullopt;
  const TrajectoryId id(call.names[1]);
  auto read = Get(*collection, absl::MakeConstSpan(&id, 1), {}, call.patience);
  if (!read.ok()) *refusal = ProblemFromRead(read.status());
  if (!read.ok()) return std::nullopt;
  if (read->report.damaged > 0) {
    *refusal = ProblemFromRead(absl::DataLossError("the record is damaged"));
    return std::nullopt;
  }
  if (!read->answer[0]) return std::nullopt;
  return std::move(read->answer[0]->trajectory);
}

// How much of a trip is asked for.
struct AskedTimes {
  Filter filter;                // of it as a whole
  bool sub_trajectory = false;  // only the part within filter.time_ms
  std::vector<int64_t> leaves;  // only where it was then
};

// Moments of rising order, each once.
std::vector<int64_t> LeavesOf(const Target& target, Problems& problems) {
  std::vector<int64_t> leaves;
  const std::string* const text = target.Param("leaf");
  if (text == nullptr) return leaves;
  for (const absl::string_view part : absl::StrSplit(*text, ',')) {
    const auto at = TimeFromText(part);
    if (at && (leaves.empty() || *at > leaves.back()) && leaves.size() < kMaxLeaves) {
      leaves.push_back(*at);
      continue;
    }
    problems.Add(
        "?leaf", Quoted(*text),
        absl::StrCat("1 … ", kMaxLeaves, " date-times of RFC 3339, each later than the last"));
    break;
  }
  return leaves;
}

AskedTimes ReadAskedTimes(const Target& target, Problems& problems) {
  constexpr absl::string_view kBools[] = {"false", "true"};
  AskedTimes asked{.filter = OgcFilter(target, problems)};
  OgcLimit(target, problems);  // there is one temporal geometry at most
  asked.leaves = LeavesOf(target, problems);
  asked.sub_trajectory = ChoiceParam(target, "subTrajectory", kBools, problems) == 1;
  if (!asked.sub_trajectory) return asked;
  const auto& span = asked.filter.time_ms;
  if (!asked.leaves.empty()) problems.Add("?subTrajectory", "true", "not with leaf: one of both");
  if (!span || span->first == -kEver || span->second == kEver) {
    problems.Add("?datetime", "", "with subTrajectory from/to, both ends given");
  }
  return asked;
}

// What of the trip is asked for; empty: nothing.
std::vector<Fix> PartAsked(const Trajectory& trip, const AskedTimes& asked) {
  if (!trip.fixes[0].has_time() || !asked.filter.Matches(trip)) return {};
  if (asked.sub_trajectory) {
    return PartOfTime(trip.view(), asked.filter.time_ms->first, asked.filter.time_ms->second);
  }
  if (asked.leaves.empty()) return trip.fixes;
  std::vector<Fix> part;
  for (const int64_t at : asked.leaves) {
    if (const auto fix = FixAt(trip.view(), at)) part.push_back(*fix);
  }
  return part;
}

}  // namespace

ApiResponse ServeOgcItems(const ApiCall& call) {
  Problems problems;
  RangeRequest request;
  request.query.filter = OgcFilter(call.target, problems);
  request.query.limit = OgcLimit(call.target, problems);
  request.query.after_id = CursorParam(call.target, TrajectoriesList(call.names[0]), problems);
  request.query.show = {.tags = true, .geometry = true};
  if (!problems.ok()) return problems.Response(400);
  ApiResponse refusal;
  const CollectionPtr collection = CollectionOf(call, &refusal);
  if (collection == nullptr) return refusal;
  JsonWriter w;
  w.BeginObject();
  w.Member("type", "FeatureCollection");
  w.Key("features");
  w.BeginArray();
  const auto page = ListPage(call, *collection, request,
                             {.size = [&w] { return w.size(); },
                              .write =
                                  [&w](const TrajectoryId& id, const ShownRecord& shown) {
                                    w.BeginObject();
                                    WriteMovingFeature(id, shown, w);
                                    w.EndObject();
                                    return absl::OkStatus();
                                  }});
  if (!page.ok()) return ProblemFromRead(page.status());
  w.EndArray();
  WriteReferenceSystems(w);
  w.Key("links");
  w.BeginArray();
  WriteOgcLink(call, {.rel = "self", .type = kOgcGeoJson, .path = OgcSelf(call)}, w);
  if (!page->next.empty()) {
    WriteOgcLink(call, {.rel = "next", .type = kOgcGeoJson, .path = OgcSelf(call, page->next)}, w);
  }
  w.EndArray();
  WriteNow(w);
  w.MemberUint("numberReturned", page->shown);
  if (page->report.damaged > 0) w.MemberUint("damaged", page->report.damaged);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeOgcItem(const ApiCall& call) {
  ApiResponse refusal;
  const auto trip = ItemOf(call, &refusal);
  if (!trip) return refusal;
  JsonWriter w;
  w.BeginObject();
  WriteMovingFeature(trip->id, {.object = trip->object, .tags = trip->tags, .fixes = trip->fixes},
                     w);
  WriteReferenceSystems(w);
  w.Key("links");
  w.BeginArray();
  WriteOgcLink(call, {.rel = "self", .type = kOgcGeoJson, .path = OgcSelf(call)}, w);
  WriteOgcLink(
      call, {.rel = "collection", .type = kOgcJson, .path = OgcCollectionPath(call.names[0])}, w);
  w.EndArray();
  w.EndObject();
  return AnswerOf(call, w.Take());
}

ApiResponse ServeOgcTimes(const ApiCall& call) {
  Problems problems;
  const AskedTimes asked = ReadAskedTimes(call.target, problems);
  if (!problems.ok()) return problems.Response(400);
  ApiResponse refusal;
  const auto trip = ItemOf(call, &refusal);
  if (!trip) return refusal;
  const std::vector<Fix> part = PartAsked(*trip, asked);
  JsonWriter w;
  w.BeginObject();
  w.Member("type", "TemporalGeometrySequence");
  w.Key("geometrySequence");
  w.BeginArray();
  if (!part.empty()) {
    w.BeginObject();
    w.Member("id", "1");
    WriteMovingPointMembers(part, asked.leaves.empty() ? "Linear" : "Discrete", w);
    WriteReferenceSystems(w);
    w.EndObject();
  }
  w.EndArray();
  w.Key("links");
  w.BeginArray();
  WriteOgcLink(call, {.rel = "self", .type = kOgcJson, .path = OgcSelf(call)}, w);
  w.EndArray();
  WriteNow(w);
  w.MemberUint("numberMatched", part.empty() ? 0 : 1);
  w.MemberUint("numberReturned", part.empty() ? 0 : 1);
  w.EndObject();
  return AnswerOf(call, w.Take());
}

}  // namespace spoor
