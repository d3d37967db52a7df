#include "shard/questions/motif_messages.h"

#include <gtest/gtest.h>

#include "proto/motif.pb.h"
#include "tests/geo/worlds.h"

namespace spoor {
namespace {

const std::vector<Fix> kLine = testing::Fixes("51.5:-0.1, 51.51:-0.1, 51.52:-0.11");

TEST(MotifMessages, FollowersArriveAsTheyWereSent) {
  FollowQuery query{.stretches = {kLine, {kLine[0]}},
                    .max_distance_m = 75.5,
                    .direction = Direction::kEither,
                    .occurrences = 7};
  query.filter.objects = {"o"};
  v1::FollowRequest request;
  Encode(query, request);
  const auto asked = Decode(request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->stretches, query.stretches);
  EXPECT_EQ(asked->max_distance_m, 75.5);
  EXPECT_EQ(asked->direction, Direction::kEither);
  EXPECT_EQ(asked->occurrences, 7u);
  EXPECT_EQ(asked->filter.objects, query.filter.objects);
  FollowAnswer answer{.damaged = 3, .position = 4};
  answer.stretches.resize(2);
  answer.stretches[0] = {.trajectories = 9, .owners = {1, 5}};
  answer.stretches[0].occurrences.push_back({.id = TrajectoryId("a"),
                                             .object = "b",
                                             .from = 1,
                                             .to = 2,
                                             .from_at = .75,
                                             .to_at = 2.25,
                                             .distance_m = 12.5,
                                             .direction = Direction::kOpposite});
  v1::FollowReply reply;
  Encode(answer, reply);
  const auto arrived = Decode(reply);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  ASSERT_EQ(arrived->stretches.size(), 2u);
  EXPECT_EQ(arrived->stretches[0].trajectories, 9u);
  EXPECT_EQ(arrived->stretches[0].owners, answer.stretches[0].owners);
  const MotifOccurrence& one = arrived->stretches[0].occurrences.at(0);
  EXPECT_EQ(one.id.value(), "a");
  EXPECT_EQ(one.object, "b");
  EXPECT_EQ(one.from, 1u);
  EXPECT_EQ(one.to, 2u);
  EXPECT_EQ(one.from_at, .75);
  EXPECT_EQ(one.to_at, 2.25);
  EXPECT_EQ(one.distance_m, 12.5);
  EXPECT_EQ(one.direction, Direction::kOpposite);
  EXPECT_EQ(arrived->damaged, 3u);
  EXPECT_EQ(arrived->position, 4u);
}

TEST(MotifMessages, RunsArriveAsTheyWereSent) {
  const RunQuery query{.min_length_m = 123,
                       .either = true,
                       .level = 3,
                       .least = 2,
                       .only_steps = true,
                       .after = RunKey{7, 8},
                       .most = 9};
  v1::RunsRequest request;
  Encode(query, request);
  const auto asked = Decode(request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->min_length_m, 123);
  EXPECT_TRUE(asked->either);
  EXPECT_EQ(asked->level, 3u);
  EXPECT_EQ(asked->least, 2u);
  EXPECT_TRUE(asked->only_steps);
  EXPECT_EQ(asked->after, query.after);
  EXPECT_EQ(asked->most, 9u);
  const RunAnswer answer{
      .runs = {{{1, 2}, 3}, {{1, 4}, 5}}, .more = true, .steps = {9, 4}, .position = 7};
  v1::RunsReply reply;
  Encode(answer, reply);
  const auto arrived = Decode(reply);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_EQ(arrived->runs, answer.runs);
  EXPECT_EQ(arrived->steps, answer.steps);
  EXPECT_TRUE(arrived->more);
  EXPECT_EQ(arrived->position, 7u);
}

TEST(MotifMessages, SamplesArriveAsTheyWereSent) {
  const RunSampleQuery query{.keys = {{1, 2}, {3, 4}}, .min_length_m = 5, .either = true};
  v1::RunSamplesRequest request;
  Encode(query, request);
  const auto asked = Decode(request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->keys, query.keys);
  EXPECT_EQ(asked->min_length_m, 5);
  EXPECT_TRUE(asked->either);
  RunSamples samples;
  samples.keys.resize(2);
  samples.keys[1].push_back({.rank = 8,
                             .id = TrajectoryId("x"),
                             .backwards = true,
                             .from = 4,
                             .to = 6,
                             .first = 3,
                             .fixes = kLine,
                             .runs = {{7, 9}},
                             .at = {{3, 5}}});
  v1::RunSamplesReply reply;
  Encode(samples, reply);
  const auto arrived = Decode(reply);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  ASSERT_EQ(arrived->keys.size(), 2u);
  const RunTrip& trip = arrived->keys[1].at(0);
  EXPECT_EQ(trip.rank, 8u);
  EXPECT_EQ(trip.id.value(), "x");
  EXPECT_TRUE(trip.backwards);
  EXPECT_EQ(trip.from, 4u);
  EXPECT_EQ(trip.to, 6u);
  EXPECT_EQ(trip.first, 3u);
  EXPECT_EQ(trip.fixes, kLine);
  EXPECT_EQ(trip.runs, samples.keys[1][0].runs);
  EXPECT_EQ(trip.at, samples.keys[1][0].at);
}

TEST(MotifMessages, RefuseByTheNameOfTheField) {
  const auto says = [](const absl::Status& status, absl::string_view field) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message().substr(0, field.size()), field) << status;
  };
  v1::FollowRequest follow;
  Encode(FollowQuery{.stretches = {kLine}, .max_distance_m = 1}, follow);
  EXPECT_TRUE(Decode(follow).ok());
  follow.set_max_distance_m(-1);
  says(Decode(follow).status(), "max_distance_m");
  follow.set_max_distance_m(1);
  follow.set_occurrences(0);
  says(Decode(follow).status(), "occurrences");
  follow.set_occurrences(1);
  follow.add_stretches();
  says(Decode(follow).status(), "fixes");
  v1::RunsRequest runs;
  runs.set_level(99);
  says(Decode(runs).status(), "level");
  v1::RunsReply counted;
  counted.add_first(1);
  says(Decode(counted).status(), "trips");
  counted.add_last(1);
  counted.add_trips(1);
  counted.add_first(1);
  counted.add_last(1);
  counted.add_trips(1);
  says(Decode(counted).status(), "first");
  v1::RunSamplesRequest samples;
  samples.add_first(1);
  says(Decode(samples).status(), "first");
  v1::RunSamplesReply sampled;
  v1::RunSamplesReply::Trip& trip = *sampled.add_keys()->add_trips();
  says(Decode(sampled).status(), "fixes");
  trip.mutable_fixes()->add_lat_e7(1);
  trip.mutable_fixes()->add_lon_e7(1);
  EXPECT_TRUE(Decode(sampled).ok()) << Decode(sampled).status();
  trip.set_from(2);
  says(Decode(sampled).status(), "to");
}

}  // namespace
}  // namespace spoor
