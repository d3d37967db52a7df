#include "shard/questions/map_messages.h"

#include <gtest/gtest.h>

#include "proto/map.pb.h"

namespace spoor {
namespace {

TEST(MapMessages, ArriveAsTheyWereSent) {
  MapQuery query{.mapper = "trips", .params = "p", .after = {3, "a"}};
  query.filter.objects = {"o"};
  query.only = {{4, "b"}, {4, "c"}};
  query.max_bytes = 77;
  query.as_of = {.log_id = 5, .next = {1, 2}};
  query.partitions = 2;
  v1::MapRequest request;
  Encode(query, request);
  const auto asked = Decode(request);
  ASSERT_TRUE(asked.ok()) << asked.status();
  EXPECT_EQ(asked->mapper, "trips");
  EXPECT_EQ(asked->params, "p");
  EXPECT_EQ(asked->after, query.after);
  EXPECT_EQ(asked->filter.objects, query.filter.objects);
  EXPECT_EQ(asked->only, query.only);
  EXPECT_EQ(asked->max_bytes, 77u);
  EXPECT_EQ(asked->as_of, query.as_of);
  EXPECT_EQ(asked->partitions, 2u);
  MapAnswer answer{.rows = {{.key = 9, .place = {3, "a"}, .bytes = "x"},
                            {.key = 1, .place = {3, "a"}, .bytes = ""}},
                   .reached = {4, "z"},
                   .more = true,
                   .looked_at = 6,
                   .position = 8};
  v1::MapReply reply;
  Encode(answer, reply);
  const auto arrived = Decode(reply);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_EQ(arrived->rows, answer.rows);
  EXPECT_EQ(arrived->reached, answer.reached);
  EXPECT_TRUE(arrived->more);
  EXPECT_EQ(arrived->looked_at, 6u);
  EXPECT_EQ(arrived->position, 8u);
}

TEST(MapMessages, RefuseByTheNameOfTheField) {
  const auto says = [](const absl::Status& status, absl::string_view field) {
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message().substr(0, field.size()), field) << status;
  };
  v1::MapRequest request;
  Encode(MapQuery{.mapper = "records"}, request);
  EXPECT_TRUE(Decode(request).ok());
  request.set_max_bytes(0);
  says(Decode(request).status(), "max_bytes");
  request.set_max_bytes(1);
  request.set_partitions(0);
  says(Decode(request).status(), "partitions");
  request.set_partitions(1);
  request.add_only()->set_home(2);
  request.add_only()->set_home(1);
  says(Decode(request).status(), "only.home");
  v1::MapReply reply;
  reply.add_rows()->mutable_place()->set_id("a\n");
  says(Decode(reply).status(), "rows.place.id");
  reply.mutable_rows(0)->mutable_place()->set_id("a");
  reply.mutable_rows(0)->mutable_place()->set_home(3);
  says(Decode(reply).status(), "reached.home");
  reply.mutable_reached()->set_home(9);
  EXPECT_TRUE(Decode(reply).ok());
}

}  // namespace
}  // namespace spoor
