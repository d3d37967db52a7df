#include "shard/questions/motif_messages.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "proto/motif.pb.h"
#include "shard/questions/message_parts.h"
#include "shard/questions/search_messages.h"

namespace spoor {
namespace {

constexpr double kMostStretchM = 1e9;

v1::Direction WayMessage(Direction direction) { return static_cast<v1::Direction>(direction); }

absl::StatusOr<Direction> DecodeWay(v1::Direction in) {
  if (in < v1::SAME || in > v1::EITHER) return Wrong("direction", int{in}, "0 ... 2");
  return static_cast<Direction>(in);
}

absl::Status CheckMetres(absl::string_view field, double value) {
  if (value >= 0 && value <= kMostStretchM) return absl::OkStatus();
  return Wrong(field, value, absl::StrCat("0 ... ", kMostStretchM));
}

}  // namespace

void Encode(const FollowQuery& query, v1::FollowRequest& out) {
  for (const std::vector<Fix>& stretch : query.stretches)
    EncodeFixes(stretch, *out.add_stretches());
  out.set_max_distance_m(query.max_distance_m);
  out.set_direction(WayMessage(query.direction));
  out.set_occurrences(static_cast<uint32_t>(query.occurrences));
  Encode(query.filter, *out.mutable_filter());
}

absl::StatusOr<FollowQuery> Decode(const v1::FollowRequest& in) {
  if (in.stretches_size() > static_cast<int>(FollowQuery::kMostStretches)) {
    return Wrong("stretches", in.stretches_size(),
                 absl::StrCat("at most ", FollowQuery::kMostStretches));
  }
  FollowQuery out{.max_distance_m = in.max_distance_m(), .occurrences = in.occurrences()};
  size_t fixes = 0;
  for (const v1::FixList& list : in.stretches()) {
    auto stretch = DecodeFixes(list);
    if (!stretch.ok()) return stretch.status();
    fixes += stretch->size();
    out.stretches.push_back(*std::move(stretch));
  }
  if (fixes > FollowQuery::kMostFixes) {
    return Wrong("stretches.fixes", fixes, absl::StrCat("at most ", FollowQuery::kMostFixes));
  }
  if (absl::Status s = CheckMetres("max_distance_m", out.max_distance_m); !s.ok()) return s;
  if (out.occurrences == 0 || out.occurrences > kMostOccurrences) {
    return Wrong("occurrences", out.occurrences, absl::StrCat("1 ... ", kMostOccurrences));
  }
  const auto direction = DecodeWay(in.direction());
  if (!direction.ok()) return direction.status();
  out.direction = *direction;
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  out.filter = *std::move(filter);
  return out;
}

void Encode(const FollowAnswer& answer, v1::FollowReply& out) {
  for (const Followers& f : answer.stretches) {
    v1::FollowReply::Followers& to = *out.add_stretches();
    to.set_trajectories(f.trajectories);
    to.mutable_owners()->Add(f.owners.begin(), f.owners.end());
    for (const MotifOccurrence& o : f.occurrences) {
      v1::FollowReply::Occurrence& one = *to.add_occurrences();
      one.set_id(o.id.value());
      one.set_object(o.object);
      one.set_from(o.from);
      one.set_to(o.to);
      one.set_from_at(o.from_at);
      one.set_to_at(o.to_at);
      one.set_distance_m(o.distance_m);
      one.set_direction(WayMessage(o.direction));
    }
  }
  out.set_damaged(answer.damaged);
  out.set_position(answer.position);
}

absl::StatusOr<FollowAnswer> Decode(const v1::FollowReply& in) {
  FollowAnswer out{.damaged = in.damaged(), .position = in.position()};
  for (const v1::FollowReply::Followers& f : in.stretches()) {
    Followers to{.trajectories = f.trajectories(),
                 .owners = {f.owners().begin(), f.owners().end()}};
    if (!std::ranges::is_sorted(to.owners)) return Wrong("owners", "not sorted", "ascending");
    for (const v1::FollowReply::Occurrence& o : f.occurrences()) {
      if (absl::Status s = CheckMetres("distance_m", o.distance_m()); !s.ok()) return s;
      if (!(o.from_at() >= 0 && o.from_at() <= o.to_at() && o.to_at() <= UINT32_MAX)) {
        return Wrong("to_at", o.to_at(), "a place not before from_at");
      }
      if (o.from() > o.to()) return Wrong("to", o.to(), "not below from");
      const auto direction = DecodeWay(o.direction());
      if (!direction.ok()) return direction.status();
      to.occurrences.push_back({.id = TrajectoryId(o.id()),
                                .object = o.object(),
                                .from = o.from(),
                                .to = o.to(),
                                .from_at = o.from_at(),
                                .to_at = o.to_at(),
                                .distance_m = o.distance_m(),
                                .direction = *direction});
    }
    out.stretches.push_back(std::move(to));
  }
  return out;
}

void Encode(const RunQuery& query, v1::RunsRequest& out) {
  Encode(query.filter, *out.mutable_filter());
  out.set_min_length_m(query.min_length_m);
  out.set_either(query.either);
  out.set_level(query.level);
  out.set_least(query.least);
  out.set_only_steps(query.only_steps);
  if (query.after) {
    out.set_after_first(query.after->first);
    out.set_after_last(query.after->last);
  }
  if (query.most < UINT64_MAX) out.set_most(query.most);
}

absl::StatusOr<RunQuery> Decode(const v1::RunsRequest& in) {
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  if (absl::Status s = CheckMetres("min_length_m", in.min_length_m()); !s.ok()) return s;
  if (in.level() > RunQuery::kMostLevels) {
    return Wrong("level", in.level(), absl::StrCat("0 ... ", RunQuery::kMostLevels));
  }
  RunQuery out{.filter = *std::move(filter),
               .min_length_m = in.min_length_m(),
               .either = in.either(),
               .level = in.level(),
               .least = in.least(),
               .only_steps = in.only_steps()};
  if (in.has_after_first()) out.after = {in.after_first(), in.after_last()};
  if (in.most() > 0) out.most = in.most();
  return out;
}

void Encode(const RunAnswer& answer, v1::RunsReply& out) {
  const auto size = static_cast<int>(answer.runs.size());
  out.mutable_first()->Reserve(size);
  out.mutable_last()->Reserve(size);
  out.mutable_trips()->Reserve(size);
  for (const RunCount& run : answer.runs) {
    out.add_first(run.key.first);
    out.add_last(run.key.last);
    out.add_trips(run.trips);
  }
  out.set_more(answer.more);
  out.mutable_steps()->Add(answer.steps.begin(), answer.steps.end());
  out.set_damaged(answer.damaged);
  out.set_position(answer.position);
}

absl::StatusOr<RunAnswer> Decode(const v1::RunsReply& in) {
  if (in.first_size() != in.last_size() || in.first_size() != in.trips_size()) {
    return Wrong("trips", in.trips_size(), "as many as first and last");
  }
  if (in.steps_size() > static_cast<int>(RunQuery::kMostLevels) + 1) {
    return Wrong("steps", in.steps_size(), absl::StrCat("at most ", RunQuery::kMostLevels + 1));
  }
  RunAnswer out{.more = in.more(), .damaged = in.damaged(), .position = in.position()};
  out.steps.assign(in.steps().begin(), in.steps().end());
  out.runs.reserve(static_cast<size_t>(in.first_size()));
  for (int i = 0; i < in.first_size(); ++i) {
    out.runs.push_back({{in.first(i), in.last(i)}, in.trips(i)});
    if (i > 0 && !(out.runs[static_cast<size_t>(i) - 1].key < out.runs.back().key)) {
      return Wrong("first", in.first(i), "ascending runs");
    }
  }
  return out;
}

void Encode(const RunSampleQuery& query, v1::RunSamplesRequest& out) {
  for (const RunKey& key : query.keys) {
    out.add_first(key.first);
    out.add_last(key.last);
  }
  Encode(query.filter, *out.mutable_filter());
  out.set_min_length_m(query.min_length_m);
  out.set_either(query.either);
}

absl::StatusOr<RunSampleQuery> Decode(const v1::RunSamplesRequest& in) {
  auto filter = Decode(in.filter());
  if (!filter.ok()) return filter.status();
  if (absl::Status s = CheckMetres("min_length_m", in.min_length_m()); !s.ok()) return s;
  if (in.first_size() > static_cast<int>(RunSampleQuery::kMostKeys) ||
      in.first_size() != in.last_size()) {
    return Wrong("first", in.first_size(),
                 absl::StrCat("at most ", RunSampleQuery::kMostKeys, ", as many as last"));
  }
  RunSampleQuery out{
      .filter = *std::move(filter), .min_length_m = in.min_length_m(), .either = in.either()};
  for (int i = 0; i < in.first_size(); ++i) out.keys.push_back({in.first(i), in.last(i)});
  return out;
}

void Encode(const RunSamples& samples, v1::RunSamplesReply& out) {
  for (const std::vector<RunTrip>& trips : samples.keys) {
    v1::RunSamplesReply::Key& key = *out.add_keys();
    for (const RunTrip& t : trips) {
      v1::RunSamplesReply::Trip& to = *key.add_trips();
      to.set_rank(t.rank);
      to.set_id(t.id.value());
      to.set_backwards(t.backwards);
      to.set_from(t.from);
      to.set_to(t.to);
      to.set_first_fix(t.first);
      EncodeFixes(t.fixes, *to.mutable_fixes());
      for (size_t i = 0; i < t.runs.size(); ++i) {
        to.add_run_first(t.runs[i].first);
        to.add_run_last(t.runs[i].last);
        to.add_run_from(t.at[i].first);
        to.add_run_to(t.at[i].second);
      }
    }
  }
  out.set_damaged(samples.damaged);
  out.set_position(samples.position);
}

absl::StatusOr<RunSamples> Decode(const v1::RunSamplesReply& in) {
  RunSamples out{.damaged = in.damaged(), .position = in.position()};
  for (const v1::RunSamplesReply::Key& key : in.keys()) {
    out.keys.emplace_back();
    for (const v1::RunSamplesReply::Trip& t : key.trips()) {
      auto fixes = DecodeFixes(t.fixes());
      if (!fixes.ok()) return fixes.status();
      const int runs = t.run_first_size();
      if (t.run_last_size() != runs || t.run_from_size() != runs || t.run_to_size() != runs) {
        return Wrong("run_first", runs, "as many as run_last, run_from and run_to");
      }
      RunTrip trip{.rank = t.rank(),
                   .id = TrajectoryId(t.id()),
                   .backwards = t.backwards(),
                   .from = t.from(),
                   .to = t.to(),
                   .first = t.first_fix(),
                   .fixes = *std::move(fixes)};
      if (trip.from > trip.to) return Wrong("to", trip.to, "not below from");
      if (trip.to > UINT32_MAX / 2 || trip.first > UINT32_MAX / 2) {
        return Wrong("first_fix", trip.first, absl::StrCat("at most ", UINT32_MAX / 2));
      }
      for (int i = 0; i < runs; ++i) {
        if (t.run_from(i) < trip.first || t.run_to(i) < t.run_from(i)) {
          return Wrong("run_from", t.run_from(i), "first_fix ... run_to");
        }
        trip.runs.push_back({t.run_first(i), t.run_last(i)});
        trip.at.emplace_back(t.run_from(i), t.run_to(i));
      }
      out.keys.back().push_back(std::move(trip));
    }
  }
  return out;
}

}  // namespace spoor
