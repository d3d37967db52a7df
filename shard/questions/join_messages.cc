#include "shard/questions/join_messages.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/store/codec.h"
#include "proto/join.pb.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/search_messages.h"

namespace spoor {
namespace {

// One that a record has.
absl::StatusOr<HomePlace> DecodeRecordPlace(absl::string_view field, const v1::HomePlace& in) {
  if (IsValidName(in.id())) return DecodePlace(in);
  return Wrong(field, in.id().size(), "1 ... 256 bytes of a name");
}

// As many as there are pairs, or partners.
template <typename Column>
absl::Status CheckColumn(absl::string_view field, const Column& column, int rows) {
  if (column.size() == rows) return absl::OkStatus();
  return Wrong(field, column.size(), absl::StrCat("as many as the others of its kind, ", rows));
}

// One that is left out where all of it is 0.
template <typename Column>
absl::Status CheckOptional(absl::string_view field, const Column& column, int rows) {
  return column.empty() ? absl::OkStatus() : CheckColumn(field, column, rows);
}

absl::Status CheckColumns(const v1::ProbeReply& in) {
  const int pairs = in.probe_size(), partners = in.partner_home_size();
  if (static_cast<size_t>(pairs) > JoinQuery::kMaxPairs) {
    return Wrong("probe", pairs, absl::StrCat("at most ", JoinQuery::kMaxPairs));
  }
  absl::Status status = CheckColumn("partner", in.partner(), pairs);
  status.Update(CheckOptional("score", in.score(), pairs));
  status.Update(CheckOptional("opposite", in.opposite(), pairs));
  status.Update(CheckOptional("distance_m", in.distance_m(), pairs));
  status.Update(CheckColumn("partner_version", in.partner_version(), partners));
  status.Update(CheckColumn("partner_id_bytes", in.partner_id_bytes(), partners));
  if (partners > pairs) status.Update(Wrong("partner_home", partners, "no more than pairs"));
  return status;
}

void EncodePartners(const std::vector<JoinPartner>& partners, v1::ProbeReply& out) {
  for (const JoinPartner& partner : partners) {
    out.add_partner_home(partner.place.home);
    out.add_partner_version(partner.version);
    out.add_partner_id_bytes(static_cast<uint32_t>(partner.place.id.size()));
    out.mutable_partner_ids()->append(partner.place.id);
  }
}

absl::StatusOr<std::vector<JoinPartner>> DecodePartners(const v1::ProbeReply& in) {
  std::vector<JoinPartner> out;
  out.reserve(static_cast<size_t>(in.partner_home_size()));
  absl::string_view ids = in.partner_ids();
  for (int i = 0; i < in.partner_home_size(); ++i) {
    const size_t bytes = in.partner_id_bytes(i);
    const absl::string_view id = ids.substr(0, bytes);
    if (id.size() != bytes) return Wrong("partner_id_bytes", bytes, "what partner_ids has");
    if (!IsValidName(id)) return Wrong("partner_id_bytes", bytes, "1 ... 256 bytes of a name");
    ids.remove_prefix(bytes);
    out.push_back(
        {.place = {in.partner_home(i), std::string(id)}, .version = in.partner_version(i)});
  }
  if (!ids.empty()) return Wrong("partner_ids", ids.size(), "no bytes of nobody");
  return out;
}

absl::StatusOr<JoinPair> DecodePair(const v1::ProbeReply& in, int i) {
  JoinPair out{.probe = in.probe(i), .partner = in.partner(i)};
  if (out.partner >= static_cast<uint32_t>(in.partner_home_size())) {
    return Wrong("partner", out.partner, absl::StrCat("below ", in.partner_home_size()));
  }
  if (!in.score().empty()) out.score = in.score(i);
  if (!in.distance_m().empty()) out.distance_m = in.distance_m(i);
  if (!in.opposite().empty() && in.opposite(i)) out.direction = Direction::kOpposite;
  if (!std::isfinite(out.score)) return Wrong("score", out.score, "a finite number");
  if (std::isnan(out.distance_m)) return Wrong("distance_m", out.distance_m, "a number");
  return out;
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
  EncodePartners(answer.partners, out);
  const auto fill = [&](auto of, auto& column) {
    column.Reserve(static_cast<int>(answer.pairs.size()));
    for (const JoinPair& pair : answer.pairs) column.AddAlreadyReserved(of(pair));
  };
  const auto fill_unless_zero = [&](auto of, auto& column) {
    if (std::any_of(answer.pairs.begin(), answer.pairs.end(), of)) fill(of, column);
  };
  fill([](const JoinPair& p) { return p.probe; }, *out.mutable_probe());
  fill([](const JoinPair& p) { return p.partner; }, *out.mutable_partner());
  fill_unless_zero([](const JoinPair& p) { return p.score; }, *out.mutable_score());
  fill_unless_zero([](const JoinPair& p) { return p.direction == Direction::kOpposite; },
                   *out.mutable_opposite());
  fill_unless_zero([](const JoinPair& p) { return p.distance_m; }, *out.mutable_distance_m());
  out.set_complete(answer.complete);
  out.set_position(answer.position);
  if (answer.params) out.set_params(EncodeIndexParams(*answer.params));
  EncodeCost(answer.cost, *out.mutable_cost());
}

absl::StatusOr<JoinAnswer> Decode(const v1::ProbeReply& in, size_t probes) {
  if (absl::Status s = CheckColumns(in); !s.ok()) return s;
  auto partners = DecodePartners(in);
  if (!partners.ok()) return partners.status();
  JoinAnswer out{.partners = *std::move(partners)};
  out.pairs.reserve(static_cast<size_t>(in.probe_size()));
  for (int i = 0; i < in.probe_size(); ++i) {
    auto pair = DecodePair(in, i);
    if (!pair.ok()) return pair.status();
    if (pair->probe >= probes) return Wrong("probe", pair->probe, absl::StrCat("below ", probes));
    if (i > 0 && !out.Before(out.pairs.back(), *pair)) {
      return Wrong("probe", pair->probe, "pairs that ascend");
    }
    out.pairs.push_back(*pair);
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
