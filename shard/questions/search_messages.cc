#include "shard/questions/search_messages.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/search.pb.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/shown_messages.h"

namespace spoor {
namespace {

// Each number is the difference from the one before; unsigned, because times may go all the way.
class Sum {
 public:
  int64_t Next(int64_t difference) {
    sum_ += static_cast<uint64_t>(difference);
    return static_cast<int64_t>(sum_);
  }

 private:
  uint64_t sum_ = 0;
};

class Difference {
 public:
  int64_t Next(int64_t value) {
    const uint64_t now = static_cast<uint64_t>(value);
    return static_cast<int64_t>(now - std::exchange(last_, now));
  }

 private:
  uint64_t last_ = 0;
};

}  // namespace

void EncodeFixes(TrajectoryView fixes, v1::FixList& out) {
  Difference lat, lon, time;
  for (const Fix& f : fixes) {
    out.add_lat_e7(lat.Next(f.lat_e7));
    out.add_lon_e7(lon.Next(f.lon_e7));
    if (f.has_time()) out.add_time_ms(time.Next(f.time_ms));
  }
}

absl::StatusOr<std::vector<Fix>> DecodeFixes(const v1::FixList& in) {
  const int n = in.lat_e7_size();
  if (n == 0) return Wrong("fixes", "empty", "one or more");
  if (in.lon_e7_size() != n) return Wrong("fixes.lon_e7", in.lon_e7_size(), "as many as lat_e7");
  const bool timed = in.time_ms_size() != 0;
  if (timed && in.time_ms_size() != n) {
    return Wrong("fixes.time_ms", in.time_ms_size(), "none, or as many as lat_e7");
  }
  std::vector<Fix> fixes(static_cast<size_t>(n));
  Sum lat, lon, time;
  for (int i = 0; i < n; ++i) {
    const int64_t lat_e7 = lat.Next(in.lat_e7(i)), lon_e7 = lon.Next(in.lon_e7(i));
    if (!InRange(lat_e7, kMaxLatE7)) return Wrong("fixes.lat_e7", lat_e7, "-90 ... 90 degrees");
    if (!InRange(lon_e7, kMaxLonE7)) return Wrong("fixes.lon_e7", lon_e7, "-180 ... 180 degrees");
    Fix& f = fixes[static_cast<size_t>(i)];
    f = {.lat_e7 = static_cast<int32_t>(lat_e7), .lon_e7 = static_cast<int32_t>(lon_e7)};
    if (!timed) continue;
    f.time_ms = time.Next(in.time_ms(i));
    if (!f.has_time() || (i > 0 && f.time_ms < fixes[static_cast<size_t>(i) - 1].time_ms)) {
      return Wrong("fixes.time_ms", f.time_ms, "times that never go back");
    }
  }
  return fixes;
}

namespace {

void EncodeRegion(const Region& region, v1::Filter& out) {
  for (const PolygonRings& rings : region.polygons()) {
    v1::Polygon& polygon = *out.add_region();
    for (const Ring& ring : rings) {
      v1::Ring& to = *polygon.add_rings();
      for (const auto& [lat, lon] : ring) to.add_lat(lat), to.add_lon(lon);
    }
  }
}

absl::StatusOr<std::shared_ptr<const Region>> DecodeRegion(const v1::Filter& in) {
  std::vector<PolygonRings> polygons;
  for (const v1::Polygon& polygon : in.region()) {
    PolygonRings& rings = polygons.emplace_back();
    for (const v1::Ring& from : polygon.rings()) {
      if (from.lat_size() != from.lon_size()) {
        return Wrong("filter.region.lon", from.lon_size(), "as many as lat");
      }
      Ring& ring = rings.emplace_back();
      for (int i = 0; i < from.lat_size(); ++i) ring.emplace_back(from.lat(i), from.lon(i));
    }
  }
  return Region::Make(polygons);
}

std::vector<std::string> Texts(const google::protobuf::RepeatedPtrField<std::string>& in) {
  return {in.begin(), in.end()};
}

}  // namespace

void EncodeRerank(const Rerank& rerank, v1::Rerank& out) {
  out.set_measure(rerank.name);
  out.set_candidates(static_cast<uint32_t>(std::min<size_t>(rerank.candidates, UINT32_MAX)));
  for (const auto& [name, value] : rerank.params) {
    v1::Rerank::Param& param = *out.add_params();
    param.set_name(name);
    param.set_value(value);
  }
}

absl::StatusOr<Rerank> DecodeRerank(const v1::Rerank& in) {
  Rerank out;
  out.name = in.measure();
  for (const auto& param : in.params()) out.params.emplace_back(param.name(), param.value());
  auto measure = MakeMeasure(out.name, out.params);
  if (!measure.ok()) return Wrong("rerank", out.name, measure.status().message());
  out.measure = *std::move(measure);
  out.candidates = in.candidates();
  if (out.candidates == 0) return Wrong("rerank.candidates", 0, "1 or more");
  return out;
}

namespace {

// The plans that SearchCost::plan names, by their number on the wire.
constexpr const char* kPlans[] = {"", "counting", "rare_first", "bounds", "listed"};

}  // namespace

void EncodeCost(const SearchCost& cost, v1::SearchCost& out) {
#define COUNT(type, name, how) out.set_##name(cost.name);
#define PHASE(name) out.set_##name(cost.name);
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
  const auto* plan = std::ranges::find(kPlans, absl::string_view(cost.plan));
  out.set_plan(plan == std::end(kPlans) ? 0 : static_cast<uint32_t>(plan - kPlans));
}

SearchCost DecodeCost(const v1::SearchCost& in) {
  SearchCost out;
#define COUNT(type, name, how) out.name = in.name();
#define PHASE(name) out.name = in.name();
#include "engine/search/search_cost.def"
#undef COUNT
#undef PHASE
  out.plan = kPlans[in.plan() < std::size(kPlans) ? in.plan() : 0];
  return out;
}

namespace {

absl::StatusOr<std::vector<Hit>> DecodeHits(const google::protobuf::RepeatedPtrField<v1::Hit>& in) {
  std::vector<Hit> hits;
  hits.reserve(static_cast<size_t>(in.size()));
  for (const v1::Hit& h : in) {
    auto hit = Decode(h);
    if (!hit.ok()) return hit.status();
    hits.push_back(*std::move(hit));
  }
  return hits;
}

}  // namespace

void Encode(const Filter& filter, v1::Filter& out) {
  if (filter.time_ms) {
    out.mutable_time()->set_first_ms(filter.time_ms->first);
    out.mutable_time()->set_last_ms(filter.time_ms->second);
  }
  if (filter.box) EncodeBox(*filter.box, *out.mutable_box());
  if (filter.region != nullptr) EncodeRegion(*filter.region, out);
  out.set_relation(static_cast<v1::Relation>(filter.relation));
  for (const std::string& object : filter.objects) out.add_objects(object);
  for (const auto& [name, values] : filter.tags) {
    v1::TagFilter& tag = *out.add_tags();
    tag.set_name(name);
    for (const std::string& value : values) tag.add_values(value);
  }
  for (const std::string& id : filter.exclude) out.add_exclude(id);
  EncodeHomes(filter.homes, out);
}

absl::StatusOr<Filter> Decode(const v1::Filter& in) {
  Filter out;
  if (in.has_time()) out.time_ms = {in.time().first_ms(), in.time().last_ms()};
  if (in.has_box()) {
    const auto box = DecodeBox("filter.box", in.box());
    if (!box.ok()) return box.status();
    out.box = *box;
  }
  if (in.region_size() > 0) {
    auto region = DecodeRegion(in);
    if (!region.ok()) return region.status();
    out.region = *std::move(region);
  }
  if (!v1::Relation_IsValid(in.relation()))
    return Wrong("filter.relation", in.relation(), "0 ... 3");
  out.relation = static_cast<Relation>(in.relation());
  out.objects = Texts(in.objects());
  for (const v1::TagFilter& tag : in.tags()) out.tags[tag.name()] = Texts(tag.values());
  out.exclude = Texts(in.exclude());
  auto homes = DecodeHomes("filter.homes", in);
  if (!homes.ok()) return homes.status();
  out.homes = *std::move(homes);
  return out;
}

void Encode(const Query& query, v1::SearchRequest& out) {
  EncodeFixes(query.fixes, *out.mutable_fixes());
  out.set_k(static_cast<uint32_t>(query.k));
  out.set_min_score(query.min_score);
  if (query.max_distance_m) out.set_max_distance_m(*query.max_distance_m);
  out.set_score(static_cast<v1::Score>(query.score));
  out.set_direction(static_cast<v1::Direction>(query.direction));
  if (query.rerank) EncodeRerank(*query.rerank, *out.mutable_rerank());
  out.set_exact(query.exact);
  out.set_elsewhere(query.elsewhere);
  Encode(query.filter, *out.mutable_filter());
  out.set_matches(query.matches);
  if (query.show) EncodeShow(*query.show, *out.mutable_show());
}

absl::StatusOr<Query> Decode(const v1::SearchRequest& in) {
  Query out;
  auto fixes = DecodeFixes(in.fixes());
  if (!fixes.ok()) return fixes.status();
  out.fixes = *std::move(fixes);
  out.k = in.k();
  if (out.k == 0) return Wrong("k", 0, "1 or more");
  out.min_score = in.min_score();
  if (!(out.min_score >= 0)) return Wrong("min_score", out.min_score, "0 or more");
  if (in.has_max_distance_m()) out.max_distance_m = in.max_distance_m();
  if (out.max_distance_m && std::isnan(*out.max_distance_m)) {
    return Wrong("max_distance_m", "not a number", "a number");
  }
  if (!v1::Score_IsValid(in.score())) return Wrong("score", in.score(), "0, 1");
  out.score = static_cast<Score>(in.score());
  if (!v1::Direction_IsValid(in.direction())) return Wrong("direction", in.direction(), "0 ... 2");
  out.direction = static_cast<Direction>(in.direction());
  if (in.has_rerank()) {
    auto rerank = DecodeRerank(in.rerank());
    if (!rerank.ok()) return rerank.status();
    out.rerank = *std::move(rerank);
  }
  if (in.exact() && !out.rerank) return Wrong("exact", "true", "true only with rerank");
  out.exact = in.exact();
  out.elsewhere = in.elsewhere();
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  out.filter = *std::move(filter);
  out.matches = in.matches();
  if (in.has_show()) out.show = DecodeShow(in.show());
  return out;
}

void Encode(const RangeQuery& query, v1::RangeRequest& out) {
  Encode(query.filter, *out.mutable_filter());
  out.set_limit(static_cast<uint32_t>(query.limit));
  out.set_after_id(query.after_id);
  if (query.show) EncodeShow(*query.show, *out.mutable_show());
}

absl::StatusOr<RangeQuery> Decode(const v1::RangeRequest& in) {
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  if (in.limit() == 0) return Wrong("limit", 0, "1 or more");
  RangeQuery out{.filter = *std::move(filter), .limit = in.limit(), .after_id = in.after_id()};
  if (in.has_show()) out.show = DecodeShow(in.show());
  return out;
}

void Encode(const Hit& hit, v1::Hit& out) {
  out.set_id(hit.id.value());
  out.set_version(hit.version);
  out.set_score(hit.score);
  out.set_direction(static_cast<v1::Direction>(hit.direction));
  if (hit.distance_m) out.set_distance_m(*hit.distance_m);
  if (hit.plane_error) out.set_plane_error(*hit.plane_error);
  if (hit.part) {
    out.mutable_part()->set_from(hit.part->first);
    out.mutable_part()->set_to(hit.part->second);
  }
  for (const Match& match : hit.matches) {
    v1::Match& m = *out.add_matches();
    m.set_query_from(match.query_from);
    m.set_query_to(match.query_to);
    m.set_hit_from(match.hit_from);
    m.set_hit_to(match.hit_to);
  }
  if (hit.shown) EncodeShown(*hit.shown, *out.mutable_shown());
}

absl::StatusOr<Hit> Decode(const v1::Hit& in) {
  if (!IsValidName(in.id())) return Wrong("hit.id", in.id().size(), "1 ... 256 bytes of a name");
  if (in.direction() != v1::SAME && in.direction() != v1::OPPOSITE) {
    return Wrong("hit.direction", in.direction(), "0, 1");
  }
  if (!std::isfinite(in.score()) || std::isnan(in.distance_m())) {
    return Wrong("hit.score", in.score(), "a finite number");
  }
  Hit out{.id = TrajectoryId(in.id()),
          .version = in.version(),
          .score = in.score(),
          .direction = static_cast<Direction>(in.direction()),
          .distance_m = {},
          .plane_error = {},
          .part = {},
          .matches = {},
          .shown = {}};
  if (in.has_distance_m()) out.distance_m = in.distance_m();
  if (in.has_plane_error()) {
    if (!(in.plane_error() >= 0)) return Wrong("hit.plane_error", in.plane_error(), "0 or more");
    out.plane_error = in.plane_error();
  }
  if (in.has_part()) {
    if (in.part().from() > in.part().to()) {
      return Wrong("hit.part", in.part().ShortDebugString(), "from <= to");
    }
    out.part = {in.part().from(), in.part().to()};
  }
  for (const v1::Match& m : in.matches()) {
    if (m.query_from() > m.query_to() || m.hit_from() > m.hit_to()) {
      return Wrong("hit.matches", m.ShortDebugString(), "from <= to");
    }
    out.matches.push_back({m.query_from(), m.query_to(), m.hit_from(), m.hit_to()});
  }
  if (!in.has_shown()) return out;
  auto shown = DecodeShown(in.shown());
  if (!shown.ok()) return shown.status();
  out.shown = *std::move(shown);
  return out;
}

void Encode(const SearchAnswer& answer, v1::SearchReply& out) {
  for (const Hit& hit : answer.hits) Encode(hit, *out.add_hits());
  out.set_exact(answer.exact);
  out.set_damaged(answer.damaged);
  out.set_position(answer.position);
  EncodeCost(answer.cost, *out.mutable_cost());
}

absl::StatusOr<SearchAnswer> Decode(const v1::SearchReply& in) {
  auto hits = DecodeHits(in.hits());
  if (!hits.ok()) return hits.status();
  return SearchAnswer{.hits = *std::move(hits),
                      .exact = in.exact(),
                      .damaged = in.damaged(),
                      .position = in.position(),
                      .cost = DecodeCost(in.cost())};
}

void Encode(const Shortlist& shortlist, v1::ProposeReply& out) {
  for (const Hit& hit : shortlist.hits) Encode(hit, *out.add_hits());
  out.set_possible(shortlist.possible);
  out.set_live(shortlist.live);
  out.set_position(shortlist.position);
  EncodeCost(shortlist.cost, *out.mutable_cost());
}

absl::StatusOr<Shortlist> Decode(const v1::ProposeReply& in) {
  auto hits = DecodeHits(in.hits());
  if (!hits.ok()) return hits.status();
  return Shortlist{.hits = *std::move(hits),
                   .possible = in.possible(),
                   .live = in.live(),
                   .position = in.position(),
                   .cost = DecodeCost(in.cost())};
}

void Encode(const RangeAnswer& answer, v1::RangeReply& out) {
  for (const TrajectoryId& id : answer.ids) out.add_ids(id.value());
  for (const uint64_t version : answer.versions) out.add_versions(version);
  const bool all_shown =
      std::all_of(answer.shown.begin(), answer.shown.end(), [](const auto& s) { return !!s; });
  for (size_t i = 0; all_shown && i < answer.shown.size(); ++i) {
    EncodeShown(*answer.shown[i], *out.add_shown());
  }
  out.set_more(answer.more);
  out.set_damaged(answer.damaged);
  out.set_position(answer.position);
  v1::RangeCost& cost = *out.mutable_cost();
  cost.set_judged(answer.cost.judged);
  cost.set_read(answer.cost.read);
  cost.set_judge_us(answer.cost.judge_us);
  cost.set_read_us(answer.cost.read_us);
}

absl::StatusOr<RangeAnswer> Decode(const v1::RangeReply& in) {
  RangeAnswer out;
  for (const std::string& id : in.ids()) {
    if (!IsValidName(id)) return Wrong("ids", id.size(), "1 ... 256 bytes of a name");
    out.ids.emplace_back(id);
  }
  if (in.versions_size() != in.ids_size()) {
    return Wrong("versions", in.versions_size(), "as many as ids");
  }
  out.versions = {in.versions().begin(), in.versions().end()};
  if (in.shown_size() != 0 && in.shown_size() != in.ids_size()) {
    return Wrong("shown", in.shown_size(), "none, or as many as ids");
  }
  for (const v1::Shown& s : in.shown()) {
    auto shown = DecodeShown(s);
    if (!shown.ok()) return shown.status();
    out.shown.emplace_back(*std::move(shown));
  }
  out.more = in.more();
  out.damaged = in.damaged();
  out.position = in.position();
  out.cost = {.judged = in.cost().judged(),
              .read = in.cost().read(),
              .judge_us = in.cost().judge_us(),
              .read_us = in.cost().read_us()};
  return out;
}

}  // namespace spoor
