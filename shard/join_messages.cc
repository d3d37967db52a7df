#include "shard/join_messages.h"

#include <cmath>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/codec.h"
#include "proto/join.pb.h"
#include "shard/message_parts.h"
#include "shard/search_messages.h"

namespace spoor {
namespace {

// One that a record has.
absl::StatusOr<HomePlace> DecodeRecordPlace(absl::string_view field, const v1::HomePlace& in) {
  if (IsValidName(in.id())) return DecodePlace(in);
  return Wrong(field, in.id().size(), "1 ... 256 bytes of a name");
}

// As many as there are pairs.
template <typename Column>
absl::Status CheckColumn(absl::string_view field, const Column& column, int pairs) {
  if (column.size() == pairs) return absl::OkStatus();
  return Wrong(field, column.size(), absl::StrCat("as many as probe, ", pairs));
}

absl::Status CheckColumns(const v1::ProbeReply& in) {
  const int pairs = in.probe_size();
  absl::Status status = CheckColumn("home", in.home(), pairs);
  status.Update(CheckColumn("id", in.id(), pairs));
  status.Update(CheckColumn("version", in.version(), pairs));
  status.Update(CheckColumn("score", in.score(), pairs));
  status.Update(CheckColumn("opposite", in.opposite(), pairs));
  status.Update(CheckColumn("distance_m", in.distance_m(), pairs));
  return status;
}

absl::StatusOr<JoinPair> DecodePair(const v1::ProbeReply& in, int i) {
  const std::string& id = in.id(i);
  if (!IsValidName(id)) return Wrong("id", id.size(), "1 ... 256 bytes of a name");
  if (!std::isfinite(in.score(i))) return Wrong("score", in.score(i), "a finite number");
  if (std::isnan(in.distance_m(i))) return Wrong("distance_m", in.distance_m(i), "a number");
  return JoinPair{.probe = in.probe(i),
                  .partner = {in.home(i), id},
                  .version = in.version(i),
                  .score = in.score(i),
                  .direction = in.opposite(i) ? Direction::kOpposite : Direction::kSame,
                  .distance_m = in.distance_m(i)};
}

absl::StatusOr<JoinQuery> DecodeQuery(const v1::ProbeRequest& in) {
  JoinQuery out;
  out.min_score = in.min_score();
  if (!(out.min_score >= 0)) return Wrong("min_score", out.min_score, "0 or more");
  if (!v1::Direction_IsValid(in.direction())) return Wrong("direction", in.direction(), "0 ... 2");
  out.direction = static_cast<Direction>(in.direction());
  if (in.has_measure()) {
    auto measure = DecodeRerank(in.measure());
    if (!measure.ok()) return measure.status();
    out.measure = *std::move(measure);
  } else if (!(out.min_score > 0)) {
    return Wrong("min_score", out.min_score, "above 0 without a measure");
  }
  if (in.has_max_distance_m() != in.has_measure()) {
    return Wrong("max_distance_m", in.max_distance_m(), "with a measure, and only then");
  }
  if (in.has_max_distance_m()) {
    out.max_distance_m = in.max_distance_m();
    if (std::isnan(*out.max_distance_m)) return Wrong("max_distance_m", "not a number", "a number");
  }
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  out.filter = *std::move(filter);
  out.max_pairs = in.max_pairs();
  if (out.max_pairs == 0 || out.max_pairs > JoinQuery::kMaxPairs) {
    return Wrong("max_pairs", out.max_pairs, absl::StrCat("1 ... ", JoinQuery::kMaxPairs));
  }
  return out;
}

}  // namespace

void EncodePlace(const HomePlace& place, v1::HomePlace& out) {
  out.set_home(place.home);
  out.set_id(place.id);
}

HomePlace DecodePlace(const v1::HomePlace& in) { return {in.home(), in.id()}; }

void Encode(const WalkQuery& query, v1::WalkRequest& out) {
  EncodePlace(query.after, *out.mutable_after());
  Encode(query.filter, *out.mutable_filter());
  out.set_limit(static_cast<uint32_t>(query.limit));
}

absl::StatusOr<WalkQuery> Decode(const v1::WalkRequest& in) {
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  if (in.limit() == 0 || in.limit() > WalkQuery::kMaxLimit) {
    return Wrong("limit", in.limit(), absl::StrCat("1 ... ", WalkQuery::kMaxLimit));
  }
  return WalkQuery{
      .after = DecodePlace(in.after()), .filter = *std::move(filter), .limit = in.limit()};
}

void Encode(const WalkAnswer& answer, v1::WalkReply& out) {
  for (const WalkAnswer::Step& step : answer.steps) {
    v1::WalkReply::Step& s = *out.add_steps();
    EncodePlace(step.place, *s.mutable_place());
    s.set_version(step.version);
    EncodeFixes(step.fixes, *s.mutable_fixes());
  }
  EncodePlace(answer.reached, *out.mutable_reached());
  out.set_more(answer.more);
  out.set_looked_at(answer.looked_at);
  out.set_position(answer.position);
}

absl::StatusOr<WalkAnswer> Decode(const v1::WalkReply& in) {
  WalkAnswer out;
  for (const v1::WalkReply::Step& step : in.steps()) {
    auto place = DecodeRecordPlace("steps.place.id", step.place());
    if (!place.ok()) return place.status();
    if (!out.steps.empty() && *place <= out.steps.back().place) {
      return Wrong("steps.place.home", place->home, "ascending places");
    }
    auto fixes = DecodeFixes(step.fixes());
    if (!fixes.ok()) return fixes.status();
    out.steps.push_back(
        {.place = *std::move(place), .version = step.version(), .fixes = *std::move(fixes)});
  }
  out.reached = DecodePlace(in.reached());
  if (!out.steps.empty() && out.reached < out.steps.back().place) {
    return Wrong("reached.home", out.reached.home, "not before the last step");
  }
  out.more = in.more();
  out.looked_at = in.looked_at();
  out.position = in.position();
  return out;
}

void Encode(const JoinProbe& probe, v1::ProbeRequest& out) {
  v1::ProbeRequest::Probe& p = *out.add_probes();
  EncodePlace(probe.after, *p.mutable_after());
  EncodeFixes(probe.fixes, *p.mutable_fixes());
}

void Encode(const JoinQuery& query, v1::ProbeRequest& out) {
  out.set_min_score(query.min_score);
  out.set_direction(static_cast<v1::Direction>(query.direction));
  if (query.measure) EncodeRerank(*query.measure, *out.mutable_measure());
  if (query.max_distance_m) out.set_max_distance_m(*query.max_distance_m);
  Encode(query.filter, *out.mutable_filter());
  out.set_max_pairs(static_cast<uint32_t>(query.max_pairs));
}

absl::StatusOr<ProbeQuestion> Decode(const v1::ProbeRequest& in) {
  if (in.probes_size() == 0 || in.probes_size() > static_cast<int>(ProbeQuestion::kMaxProbes)) {
    return Wrong("probes", in.probes_size(), absl::StrCat("1 ... ", ProbeQuestion::kMaxProbes));
  }
  auto query = DecodeQuery(in);
  if (!query.ok()) return query.status();
  ProbeQuestion out{.probes = {}, .query = *std::move(query)};
  for (const v1::ProbeRequest::Probe& probe : in.probes()) {
    auto fixes = DecodeFixes(probe.fixes());
    if (!fixes.ok()) return fixes.status();
    out.probes.push_back({.after = DecodePlace(probe.after()), .fixes = *std::move(fixes)});
  }
  return out;
}

void Encode(const JoinAnswer& answer, v1::ProbeReply& out) {
  const int pairs = static_cast<int>(answer.pairs.size());
  out.mutable_probe()->Reserve(pairs);
  out.mutable_home()->Reserve(pairs);
  out.mutable_id()->Reserve(pairs);
  out.mutable_version()->Reserve(pairs);
  out.mutable_score()->Reserve(pairs);
  out.mutable_opposite()->Reserve(pairs);
  out.mutable_distance_m()->Reserve(pairs);
  for (const JoinPair& pair : answer.pairs) {
    out.add_probe(pair.probe);
    out.add_home(pair.partner.home);
    out.add_id(pair.partner.id);
    out.add_version(pair.version);
    out.add_score(pair.score);
    out.add_opposite(pair.direction == Direction::kOpposite);
    out.add_distance_m(pair.distance_m);
  }
  out.set_complete(answer.complete);
  out.set_position(answer.position);
  if (answer.params) out.set_params(EncodeIndexParams(*answer.params));
  EncodeCost(answer.cost, *out.mutable_cost());
}

absl::StatusOr<JoinAnswer> Decode(const v1::ProbeReply& in, size_t probes) {
  if (absl::Status s = CheckColumns(in); !s.ok()) return s;
  JoinAnswer out;
  out.pairs.reserve(static_cast<size_t>(in.probe_size()));
  for (int i = 0; i < in.probe_size(); ++i) {
    auto pair = DecodePair(in, i);
    if (!pair.ok()) return pair.status();
    if (pair->probe >= probes) return Wrong("probe", pair->probe, absl::StrCat("below ", probes));
    if (!out.pairs.empty()) {
      const JoinPair& last = out.pairs.back();
      if (std::tie(pair->probe, pair->partner) <= std::tie(last.probe, last.partner)) {
        return Wrong("probe", pair->probe, "pairs that ascend");
      }
    }
    out.pairs.push_back(*std::move(pair));
  }
  out.complete = in.complete();
  if (!out.complete && out.pairs.empty()) return Wrong("complete", "false", "true without pairs");
  out.position = in.position();
  if (!in.params().empty()) {
    auto params = DecodeIndexParams(in.params());
    if (!params.ok()) return Wrong("params", in.params().size(), params.status().message());
    out.params = *std::move(params);
  }
  out.cost = DecodeCost(in.cost());
  return out;
}

}  // namespace spoor
