#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "engine/format/reader.h"
#include "router/ingest/record_upload.h"
#include "router/message/token.h"
#include "tests/router/api_world.h"

namespace spoor::testing {
namespace {

constexpr int kManyRecords = 3000;  // several batches
const ApiWorld::Headers kNdjson = {{"content-type", "application/x-ndjson"}};

TEST(Upload, AnswersPerRecord) {
  ApiWorld world;
  const ApiResponse answer =
      world.Load("c", EastRecord("a", 0, 5) + "\n" + R"({"id":"bad","coords":[[0,0],[1,91]]})" +
                          "\n" + "nonsense\n" + EastRecord("b", 0, 5));
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(At(answer, "/accepted"), "2");
  EXPECT_EQ(At(answer, "/rejected"), "2");
  EXPECT_EQ(At(answer, "/acked"), "log");
  EXPECT_TRUE(DecodeToken(At(answer, "/token")).has_value());
  EXPECT_EQ(At(answer, "/results/0/line"), "3");
  EXPECT_EQ(At(answer, "/results/0/id"), "bad");
  EXPECT_EQ(At(answer, "/results/0/error"),
            R"({"field":"/coords/1/1","value":91,"allowed":"-90 … 90"})");
  EXPECT_EQ(At(answer, "/results/1/line"), "4");
  EXPECT_EQ(At(answer, "/results/2"), "-");
  EXPECT_EQ(At(answer, "/cleaned"), "-");
}

TEST(Upload, WhatBringsNoRecordMakesNoCollection) {
  ApiWorld world;
  const std::string to = "/v1/collections/c/trajectories";
  EXPECT_EQ(At(world.Load("c", ""), "/accepted"), "0");
  EXPECT_EQ(At(world.Load("c", "{}\nnonsense\n", "?ack=applied"), "/rejected"), "2");
  EXPECT_EQ(world.Send("POST", to, "{", {{"content-type", "application/geo+json"}}).status, 400);
  EXPECT_EQ(world
                .Send("POST", to, EastRecord("a", 0, 5),
                      {{"content-type", "application/x-ndjson"}, {"content-encoding", "gzip"}})
                .status,
            400);
  EXPECT_EQ(world.Load("No Name", "").status, 422);
  EXPECT_TRUE(world.node().Names().empty());
  EXPECT_EQ(At(world.Load("c", "{}\n" + EastRecord("a", 0, 5)), "/accepted"), "1");
  EXPECT_EQ(world.node().Names(), std::vector<std::string>{"c"});
}

TEST(Upload, SaysWhyItsCollectionCannotBeMade) {
  ApiWorld world({}, {.max_collections = 1});
  EXPECT_EQ(world.Load("c", EastRecord("a", 0, 5)).status, 200);
  const ApiResponse refused = world.Load("d", EastRecord("a", 0, 5));
  EXPECT_EQ(refused.status, 409);
  EXPECT_EQ(At(refused, "/type"), "/problems/too-many-collections");
}

TEST(Upload, ListsEveryRecordOnRequest) {
  ApiWorld world;
  const ApiResponse answer =
      world.Load("c", EastRecord("a", 0, 5) + "{}\n", "?results=all&ack=applied");
  EXPECT_EQ(At(answer, "/results/0"), R"({"line":1,"id":"a","status":"accepted"})");
  EXPECT_EQ(At(answer, "/results/1/status"), "rejected");
  EXPECT_EQ(At(answer, "/acked"), "applied");
  EXPECT_EQ(At(world.Load("c", "", "?ack=all"), "/acked"), "all");
}

TEST(Upload, ListsAtMostAThousandRejected) {
  ApiWorld world;
  std::string body;
  for (int i = 0; i < 1001; ++i) body += "{}\n";
  const ApiResponse answer = world.Load("c", body);
  EXPECT_EQ(At(answer, "/rejected"), "1001");
  EXPECT_EQ(At(answer, "/results_truncated"), "true");
  EXPECT_EQ(ParseJson(answer.body).at("results").as_array().size(), 1000u);
}

TEST(Upload, CleansOnRequestAndCountsIt) {
  ApiWorld world;
  const std::string record =
      R"({"id":"a","coords":[[0,0,5],[0.0001,0,4],[0.0002,0,6],[0.0002,0,6],[0.0003,91,7]]})";
  EXPECT_EQ(At(world.Load("c", record), "/rejected"), "1");
  const ApiResponse cleaned = world.Load("c", record, "?clean=true");
  EXPECT_EQ(At(cleaned, "/accepted"), "1");
  EXPECT_EQ(At(cleaned, "/cleaned/sorted"), "1") << cleaned.body;
  EXPECT_EQ(At(cleaned, "/cleaned/merged"), "1");
  EXPECT_EQ(At(cleaned, "/cleaned/dropped_range"), "1");
}

TEST(Upload, ResendingChangesNothing) {
  ApiWorld world;
  const std::string body = EastRecord("a", 0, 50);
  const std::string token = At(world.Load("c", body), "/token");
  const ApiResponse again = world.Load("c", body);
  EXPECT_EQ(At(again, "/accepted"), "1");
  EXPECT_EQ(At(world.Send("GET", "/v1/collections/c"), "/trajectories"), "1");
}

TEST(Upload, TakesPiecesOfAnySizeAndManyBatches) {
  ApiWorld world;
  std::string body;
  for (int i = 0; i < kManyRecords; ++i)
    body += EastRecord(absl::StrCat("t", i), 0.01 * (i % 100), 10);
  const ApiRequest head{
      .method = "POST", .target = "/v1/collections/c/trajectories", .headers = kNdjson, .body = ""};
  ApiResponse refusal;
  const auto upload = world.api().StartUpload(head, world.api().PatienceFor(head), &refusal);
  ASSERT_NE(upload, nullptr);
  for (size_t at = 0, piece = 1; at < body.size(); at += piece, piece = piece % 9973 * 7 + 1) {
    ASSERT_TRUE(upload->Feed(absl::string_view(body).substr(at, piece)).ok());
  }
  EXPECT_EQ(At(upload->Finish(), "/accepted"), absl::StrCat(kManyRecords));
  EXPECT_EQ(At(world.Send("GET", "/v1/collections/c"), "/trajectories"),
            absl::StrCat(kManyRecords));
}

TEST(Upload, DecodesGzipAndZstd) {
  ApiWorld world;
  for (const std::string coding : {"gzip", "zstd"}) {
    ApiWorld::Headers headers = kNdjson;
    headers.emplace_back("content-encoding", coding);
    const std::string body = Deflate(EastRecord(coding, 0, 500), coding);
    const ApiResponse answer = world.Send("POST", "/v1/collections/c/trajectories", body, headers);
    EXPECT_EQ(At(answer, "/accepted"), "1") << answer.body;
    const ApiResponse cut = world.Send("POST", "/v1/collections/c/trajectories",
                                       body.substr(0, body.size() - 5), headers);
    EXPECT_EQ(cut.status, 400) << cut.body;
    EXPECT_EQ(At(cut, "/type"), "/problems/not-parseable");
  }
}

TEST(Upload, ReadsCsvByColumnsAndByPreset) {
  ApiWorld world;
  const ApiResponse mapped = world.Send(
      "POST",
      "/v1/collections/c/trajectories?column.id=trip&column.lat=y&column.lon=x&column.time=when",
      "trip,x,y,when\nt,1,2,3\nt,1.1,2,4\n", {{"content-type", "text/csv; charset=utf-8"}});
  EXPECT_EQ(At(mapped, "/accepted"), "1") << mapped.body;
  EXPECT_TRUE(absl::StrContains(world.Send("GET", "/v1/collections/c/trajectories/t").body,
                                R"("coords":[[1,2,3],[1.1,2,4]])"));
}

TEST(Upload, SaysWhatColumnsWereTakenForAndHowManyFixesThereAre) {
  ApiWorld world;
  const ApiResponse answer =
      world.Send("POST", "/v1/collections/c/trajectories?decimal=comma&delimiter=%3B&time_unit=ms",
                 "trip_id;lat;lon;time;speed\nt;1,5;2;3000;9\nt;1,6;2;4000;9\nbad;95;2;3;9\n",
                 {{"content-type", "text/csv"}});
  EXPECT_EQ(At(answer, "/fixes"), "2") << answer.body;
  EXPECT_EQ(At(answer, "/columns/id"), "trip_id");
  EXPECT_EQ(At(answer, "/columns/time"), "time");
  EXPECT_EQ(At(answer, "/columns_left"), R"(["speed"])");
  EXPECT_TRUE(absl::StrContains(world.Send("GET", "/v1/collections/c/trajectories/t").body,
                                R"("coords":[[2,1.5,3],[2,1.6,4]])"));
}

TEST(Upload, RefusesWhatATableCannotBeReadBy) {
  ApiWorld world;
  for (const std::string query : {"delimiter=ab", "decimal=dot", "time_unit=days",
                                  "time_zone=Mars%2FBase", "time_format=iso", "id=a&row_ids=b"}) {
    const ApiResponse answer = world.Send("POST", "/v1/collections/c/trajectories?" + query,
                                          "lat,lon\n1,2\n", {{"content-type", "text/csv"}});
    EXPECT_GE(answer.status, 400) << query << answer.body;
    EXPECT_LT(answer.status, 500) << query << answer.body;
  }
}

TEST(Upload, ATripThatComesBackReplacesNothingByAPart) {
  ApiWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 5)).status, 200);
  const ApiResponse answer =
      world.Send("POST", "/v1/collections/c/trajectories",
                 "id,lat,lon\na,1,1\nb,1,1\na,1,2\nb,1,2\nb,1\n", {{"content-type", "text/csv"}});
  EXPECT_EQ(At(answer, "/accepted"), "1") << answer.body;
  EXPECT_EQ(At(answer, "/rejected"), "1");
  EXPECT_TRUE(absl::StrContains(world.Send("GET", "/v1/collections/c/trajectories/a").body,
                                R"("coords":[[1,1],[2,1]])"));
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/b").status, 404);
}

// Held bytes are bounded by the reader, so that it withdraws what it has given out.
TEST(Upload, WithdrawsATripThatWasAPart) {
  ApiWorld world;
  ASSERT_EQ(world.Send("PUT", "/v1/collections/c", "{}").status, 201);
  const std::unique_ptr<Cluster> cluster = LocalCluster(world.node());
  StreamUpload::Stream stream;
  stream.into.collection = cluster->Find("c").value();
  stream.inflater = MakeInflater("identity", 1 << 20).value();
  ReadOptions options;
  options.max_held_bytes = 1;
  stream.reader = (*FindFormat("csv"))->make(options).value();
  Metrics metrics;
  RecordUpload upload(std::move(stream), {}, ApiLimits{}, Patience{}, metrics);
  ASSERT_TRUE(upload.Feed("id,lat,lon\na,1,1\nb,1,1\na,1,2\na,1,3\nc,1,1\n").ok());
  const ApiResponse answer = upload.Finish();
  EXPECT_EQ(At(answer, "/accepted"), "2") << answer.body;
  EXPECT_EQ(At(answer, "/rejected"), "1");
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/a").status, 404);
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/b").status, 200);
}

TEST(Upload, StopsAtTheLimitOfBytesAndSaysWhatIsKept) {
  ApiWorld world({.max_upload_bytes = 100'000});
  world.Send("PUT", "/v1/collections/c");
  std::string body;
  for (int i = 0; i < 1000; ++i) body += EastRecord(absl::StrCat("t", i), 0, 20);
  const ApiResponse answer = world.Load("c", body);
  EXPECT_EQ(answer.status, 413) << answer.body;
  const std::string accepted = At(answer, "/accepted");
  EXPECT_EQ(At(world.Send("GET", "/v1/collections/c"), "/trajectories"), accepted);
}

TEST(Upload, RefusesFurtherRecordsWhenTheDiskIsFull) {
  ApiWorld world({}, {.min_free_disk_bytes = uint64_t{1} << 60});
  const ApiResponse answer = world.Load("c", EastRecord("a", 0, 50));
  EXPECT_EQ(answer.status, 507) << answer.body;
  EXPECT_EQ(At(answer, "/type"), "/problems/disk-full");
  EXPECT_EQ(At(answer, "/accepted"), "0");
  EXPECT_EQ(world.Send("GET", "/v1/collections/c").status, 200);  // reads go on
}

TEST(Upload, ThatIsAbandonedKeepsWhatWasCommitted) {
  ApiWorld world;
  const ApiRequest head{
      .method = "POST", .target = "/v1/collections/c/trajectories", .headers = kNdjson, .body = ""};
  ApiResponse refusal;
  auto upload = world.api().StartUpload(head, world.api().PatienceFor(head), &refusal);
  ASSERT_NE(upload, nullptr);
  std::string body;
  for (int i = 0; i < 600; ++i) body += EastRecord(absl::StrCat("t", i), 0, 5);
  ASSERT_TRUE(upload->Feed(body).ok());
  upload.reset();
  EXPECT_EQ(At(world.Send("GET", "/v1/collections/c"), "/trajectories"), "512");  // one batch
}

TEST(Upload, KeepsItsTimeLimit) {
  ApiWorld world;
  const ApiRequest head{
      .method = "POST", .target = "/v1/collections/c/trajectories", .headers = kNdjson, .body = ""};
  Patience over;
  over.deadline = std::chrono::steady_clock::now();
  ApiResponse refusal;
  const auto upload = world.api().StartUpload(head, over, &refusal);
  ASSERT_NE(upload, nullptr);
  EXPECT_FALSE(upload->Feed(EastRecord("a", 0, 5)).ok());
  EXPECT_EQ(upload->Finish().status, 504);
  EXPECT_EQ(world.api().PatienceFor(head).deadline, std::chrono::steady_clock::time_point::max());
}

}  // namespace
}  // namespace spoor::testing
