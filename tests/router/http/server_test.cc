#include "router/http/server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "engine/format/reader.h"
#include "engine/wait/mutex.h"
#include "router/client/client.h"
#include "router/message/token.h"
#include "tests/router/server_world.h"

namespace spoor::testing {
namespace {

constexpr uint64_t kUploadShare = 8 << 20;  // that one upload is reckoned at

TEST(Server, KeepsConnectionsAlive) {
  ServerWorld world;
  RawClient client(world.port());
  for (int i = 0; i < 3; ++i) {
    client.Write(RequestText("GET", "/healthz", "", absl::StrCat("X-Request-Id: r", i, "\r\n")));
    const ApiResponse answer = client.Read();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(HeaderOf(answer, "x-request-id"), absl::StrCat("r", i));
    EXPECT_EQ(HeaderOf(answer, "connection"), "keep-alive");
  }
  EXPECT_EQ(world.metrics().connections, 1);
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  ServerWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 50)).status, 200);
  RawClient client(world.port());
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += i % 2 == 0
               ? RequestText("GET", absl::StrCat("/v1/jobs/", i))
               : RequestText("POST", "/v1/collections/c/search/similar", R"({"query":{"id":"a"}})",
                             absl::StrCat("X-Request-Id: r", i, "\r\n"));
  }
  client.Write(all);
  for (int i = 0; i < 50; ++i) {
    const ApiResponse answer = client.Read();
    EXPECT_EQ(answer.status, i % 2 == 0 ? 404 : 200) << i;
    if (i % 2 != 0) {
      EXPECT_EQ(HeaderOf(answer, "x-request-id"), absl::StrCat("r", i));
    }
  }
}

TEST(Server, ClosesWhenTheClientWantsIt) {
  ServerWorld world;
  RawClient one(world.port()), two(world.port());
  one.Write("GET /healthz HTTP/1.0\r\n\r\n");
  EXPECT_EQ(one.Read().status, 200);
  EXPECT_TRUE(one.Ended());
  two.Write(RequestText("GET", "/healthz", "", "Connection: close\r\n"));
  EXPECT_EQ(HeaderOf(two.Read(), "connection"), "close");
  EXPECT_TRUE(two.Ended());
}

TEST(Server, HeadHasTheHeadOfGet) {
  ServerWorld world;
  RawClient client(world.port());
  client.Write(RequestText("GET", "/openapi.json"));
  const ApiResponse get = client.Read();
  client.Write(RequestText("HEAD", "/openapi.json") + RequestText("GET", "/healthz"));
  const ApiResponse head = client.Read(true);
  EXPECT_EQ(HeaderOf(head, "content-length"), HeaderOf(get, "content-length"));
  EXPECT_EQ(At(client.Read(), "/status"), "alive");
}

TEST(Server, CompressesLargeAnswers) {
  ServerWorld world;
  RawClient client(world.port());
  client.Write(RequestText("GET", "/openapi.json"));
  const std::string plain = client.Read().body;
  for (const std::string coding : {"gzip", "zstd"}) {
    client.Write(
        RequestText("GET", "/openapi.json", "", absl::StrCat("Accept-Encoding: ", coding, "\r\n")));
    const ApiResponse answer = client.Read();
    EXPECT_EQ(HeaderOf(answer, "content-encoding"), coding);
    EXPECT_EQ(HeaderOf(answer, "vary"), "Accept-Encoding");
    EXPECT_LT(answer.body.size(), plain.size() / 4);
    std::string decoded;
    const auto inflater = *MakeInflater(coding, 1 << 20);
    EXPECT_TRUE(inflater
                    ->Feed(answer.body,
                           [&](absl::string_view piece) {
                             decoded.append(piece.data(), piece.size());
                             return absl::OkStatus();
                           })
                    .ok());
    EXPECT_EQ(decoded, plain);
  }
  client.Write(RequestText("GET", "/healthz", "", "Accept-Encoding: gzip\r\n"));
  EXPECT_EQ(HeaderOf(client.Read(), "content-encoding"), "-");
}

TEST(Server, DecodesCompressedRequests) {
  ServerWorld world({}, {.max_body_bytes = 10'000});
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 50)).status, 200);
  RawClient client(world.port());
  const auto send = [&](const std::string& body, absl::string_view coding) {
    client.Write(RequestText("POST", "/v1/collections/c/search/similar", body,
                             absl::StrCat("Content-Encoding: ", coding, "\r\n")));
    return client.Read().status;
  };
  EXPECT_EQ(send(Deflate(R"({"query":{"id":"a"}})", "gzip"), "gzip"), 200);
  EXPECT_EQ(send("junk", "gzip"), 400);
  EXPECT_EQ(send("junk", "br"), 415);
  EXPECT_EQ(send(Deflate(std::string(20'000, ' '), "zstd"), "zstd"), 413);
}

TEST(Server, TakesUploadsInChunksOfAnySize) {
  ServerWorld world;
  RawClient client(world.port());
  std::string body;
  for (int i = 0; i < 100; ++i) body += EastRecord(absl::StrCat("t", i), 0, 10);
  std::string text = absl::StrCat(kUploadHead, "\r\n");
  for (size_t at = 0, size = 1; at < body.size(); at += size, size = size * 3 % 1009 + 1) {
    text += Chunk(absl::string_view(body).substr(at, size));
  }
  client.Write(text + "0\r\n\r\n" + RequestText("GET", "/healthz"));
  EXPECT_EQ(At(client.Read(), "/accepted"), "100");
  EXPECT_EQ(client.Read().status, 200);  // the connection lives on
}

TEST(Server, TakesCompressedUploads) {
  ServerWorld world;
  RawClient client(world.port());
  for (const std::string coding : {"gzip", "zstd"}) {
    client.Write(RequestText(
        "POST", "/v1/collections/c/trajectories", Deflate(EastRecord("a", 0, 900), coding),
        absl::StrCat("Content-Type: application/x-ndjson\r\nContent-Encoding: ", coding, "\r\n")));
    EXPECT_EQ(At(client.Read(), "/accepted"), "1");
  }
}

TEST(Server, SaysContinueWhenItIsExpected) {
  ServerWorld world;
  RawClient client(world.port());
  client.Write(absl::StrCat(kUploadHead, "Expect: 100-continue\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 100);
  client.Write(Chunk(EastRecord("a", 0, 5)) + "0\r\n\r\n");
  EXPECT_EQ(At(client.Read(), "/accepted"), "1");
  client.Write(RequestText("POST", "/v1/collections/c/search/range", "{}", "Expect: magic\r\n"));
  EXPECT_EQ(client.Read().status, 417);
}

TEST(Server, RefusesAnUploadBeforeItsBodyIsSent) {
  ServerWorld world;
  RawClient client(world.port());
  client.Write(
      "POST /v1/collections/c/trajectories HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
      "image/png\r\n"
      "Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.Read().status, 415);
}

TEST(Server, RefusesWhatIsTooLarge) {
  ServerWorld world({.max_header_bytes = 2000}, {.max_body_bytes = 1000, .max_upload_bytes = 5000});
  const auto status = [&](const std::string& text) {
    RawClient client(world.port());
    client.Write(text);
    return client.Read().status;
  };
  EXPECT_EQ(status(RequestText("GET", absl::StrCat("/", std::string(3000, 'a')))), 431);
  EXPECT_EQ(status(RequestText("GET", "/healthz", "",
                               absl::StrCat("A: ", std::string(3000, 'a'), "\r\n"))),
            431);
  EXPECT_EQ(status(RequestText("POST", "/v1/collections/c/search/range", std::string(1001, ' '))),
            413);
  EXPECT_EQ(
      status(absl::StrCat("POST /v1/collections/c/search/range HTTP/1.1\r\nHost: localhost\r\n"
                          "Transfer-Encoding: chunked\r\n\r\n",
                          Chunk(std::string(600, ' ')), Chunk(std::string(600, ' ')), "0\r\n\r\n")),
      413);
  EXPECT_EQ(status(RequestText("POST", "/v1/collections/c/trajectories", std::string(5001, ' '),
                               "Content-Type: application/x-ndjson\r\n")),
            413);
}

TEST(Server, RefusesWhatIsNotHttp) {
  ServerWorld world;
  for (const std::string& text : {
           std::string("hello\r\n\r\n"),
           std::string("GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"),
           std::string("GET  /healthz HTTP/1.1\r\n\r\n"),
           std::string("GET /healthz HTTP/1.1\r\n\r\n"),                       // no Host
           RequestText("GET", "/healthz", "", "Host: localhost\r\n"),          // two of them
           RequestText("POST", "/x", "ab", "Transfer-Encoding: chunked\r\n"),  // two lengths
           RequestText("POST", "/x", "", "Transfer-Encoding: gzip, chunked\r\n"),
           RequestText("POST", "/x", "", "Transfer-Encoding: gzip\r\n"),
           RequestText("POST", "/x", "",
                       "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
           std::string("POST /x HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
           RequestText("GET", "/healthz", "", "Content-Length: -1\r\n"),
           RequestText("GET", "/healthz", "", "Content-Length: 1\r\nContent-Length: 2\r\n"),
       }) {
    RawClient client(world.port());
    client.Write(text);
    const ApiResponse answer = client.Read();
    EXPECT_EQ(answer.status, 400) << text;
    EXPECT_EQ(answer.content_type, "application/problem+json");
  }
}

TEST(Server, AnswersABrokenChunkAndKeepsWhatCameBefore) {
  ServerWorld world;
  RawClient upload(world.port()), search(world.port());
  upload.Write(absl::StrCat(kUploadHead, "\r\n", Chunk(EastRecord("a", 0, 5)), "zz\r\n"));
  const ApiResponse broken = upload.Read();
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(At(broken, "/accepted"), "1") << broken.body;
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/a").status, 200);
  search.Write(
      "POST /v1/collections/c/search/range HTTP/1.1\r\nHost: localhost\r\n"
      "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
  EXPECT_EQ(search.Read().status, 400);
}

// What a page of another origin may send without its browser asking first.
TEST(Server, AWebPageChangesNothing) {
  ServerWorld world;
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 5)).status, 200);
  const std::string path = "/v1/collections/c/trajectories/delete";
  const std::string body = R"({"filter":{"bbox":[-10,50,10,60]}})";
  const auto status = [&](absl::string_view host, absl::string_view headers) {
    RawClient client(world.port());
    client.Write(absl::StrCat("POST ", path, " HTTP/1.1\r\nHost: ", host, "\r\n", headers,
                              "Content-Length: ", body.size(), "\r\n\r\n", body));
    return client.Read().status;
  };
  constexpr absl::string_view kJson = "Content-Type: application/json\r\n";
  EXPECT_EQ(status("localhost", ""), 415);
  EXPECT_EQ(status("localhost", "Content-Type: text/plain;charset=UTF-8\r\n"), 415);
  EXPECT_EQ(status("localhost", absl::StrCat(kJson, "Origin: https://evil.example\r\n")), 403);
  EXPECT_EQ(status("localhost", absl::StrCat(kJson, "Origin: null\r\n")), 403);
  EXPECT_EQ(status("evil.example", absl::StrCat(kJson, "Origin: http://evil.example\r\n")), 421);
  EXPECT_EQ(status("evil.example", kJson), 421);
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/a").status, 200);
  const std::string own = absl::StrCat("localhost:", world.port());
  EXPECT_EQ(status(own, absl::StrCat(kJson, "Origin: http://", own, "\r\n")), 200);
  EXPECT_EQ(world.Send("GET", "/v1/collections/c/trajectories/a").status, 404);
}

TEST(Server, ATargetThatNamesAForeignHostIsRefused) {
  ServerWorld world;
  RawClient client(world.port());
  client.Write("GET http://evil.example/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(At(client.Read(), "/type"), "/problems/unknown-host");
  client.Write("GET http://localhost/healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_EQ(client.Read().status, 200);
}

TEST(Server, APageOfAnAllowedOriginMayAsk) {
  ServerWorld world({.allow_hosts = {"spoor.example"}, .allow_origins = {"https://map.example"}});
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 5)).status, 200);
  RawClient client(world.port());
  const std::string page = "Origin: https://map.example\r\n";
  client.Write(RequestText("OPTIONS", "/v1/collections/c/search/range", "",
                           page + "Access-Control-Request-Method: POST\r\n"
                                  "Access-Control-Request-Headers: content-type\r\n"));
  const ApiResponse before = client.Read();
  EXPECT_EQ(before.status, 204);
  EXPECT_EQ(HeaderOf(before, "access-control-allow-origin"), "https://map.example");
  EXPECT_TRUE(absl::StrContains(HeaderOf(before, "access-control-allow-methods"), "POST"));
  EXPECT_TRUE(absl::StrContains(HeaderOf(before, "access-control-allow-headers"), "Content-Type"));
  client.Write(RequestText("POST", "/v1/collections/c/search/range", "{}", page));
  const ApiResponse answer = client.Read();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(HeaderOf(answer, "access-control-allow-origin"), "https://map.example");
  EXPECT_EQ(HeaderOf(answer, "vary"), "Accept");
  client.Write("GET /healthz HTTP/1.1\r\nHost: Spoor.Example:80\r\n\r\n");
  const ApiResponse named = client.Read();
  EXPECT_EQ(named.status, 200);
  EXPECT_EQ(HeaderOf(named, "access-control-allow-origin"), "-");
  EXPECT_EQ(HeaderOf(named, "vary"), "Origin");
  client.Write(RequestText("OPTIONS", "/v1/collections/c/search/range", "",
                           "Origin: https://other.example\r\n"
                           "Access-Control-Request-Method: POST\r\n"));
  EXPECT_EQ(client.Read().status, 403);
}

TEST(Server, TellsOfWhatFailsAndOfWhatIsSlow) {
  class Kept : public Events {
   public:
    void Tell(Level, absl::string_view event, const Fields& fields) override {
      const MutexLock lock(mu_);
      lines_ += std::string(event);
      for (const auto& [name, value] : fields) absl::StrAppend(&lines_, " ", name, "=", value);
      lines_ += "\n";
    }
    std::string Take() {
      const MutexLock lock(mu_);
      return std::exchange(lines_, "");
    }

   private:
    Mutex mu_;
    std::string lines_;
  } kept;
  ServerOptions options;
  options.events = &kept;
  options.slow_ms = 60'000;
  ServerWorld world(options);
  const std::string token = At(world.Load("c", EastRecord("a", 0, 50)), "/token");
  auto future = *DecodeToken(token);
  future.position.next[0] += 1000;
  const std::string body =
      absl::StrCat(R"({"query":{"id":"a"},"token":")", EncodeToken(future), R"("})");
  RawClient client(world.port());
  client.Write(RequestText("POST", "/v1/collections/c/search/similar?timeout_ms=20", body,
                           "X-Request-Id: r7\r\n"));
  EXPECT_EQ(client.Read().status, 504);
  const std::string failed = kept.Take();
  EXPECT_TRUE(absl::StartsWith(failed, "request_failed method=POST target=/v1/collections/c/"));
  EXPECT_TRUE(absl::StrContains(failed, " status=504 took_ms=")) << failed;
  EXPECT_TRUE(absl::StrContains(failed, " request_id=r7 why=DEADLINE_EXCEEDED")) << failed;
  client.Write(RequestText("GET", "/v1/collections"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(kept.Take(), "");
}

TEST(Server, TellsOfSlowRequestsButNotOfProbes) {
  class Counted : public Events {
   public:
    void Tell(Level, absl::string_view event, const Fields&) override {
      slow += event == "slow_request" ? 1 : 0;
    }
    std::atomic<int> slow{0};
  } counted;
  ServerOptions options;
  options.events = &counted;
  options.slow_ms = 0;
  ServerWorld world(options);
  RawClient client(world.port());
  client.Write(RequestText("GET", "/healthz"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(counted.slow, 0);
  client.Write(RequestText("GET", "/v1/collections"));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(counted.slow, 1);
}

TEST(Server, IsBusyWithAsManyRequestsAsItMay) {
  ServerWorld world({.max_in_flight = 1});
  ASSERT_EQ(world.Load("c", EastRecord("a", 0, 5)).status, 200);
  RawClient slow(world.port()), other(world.port());
  const std::string search = RequestText("POST", "/v1/collections/c/search/range", "{}");
  slow.Write(absl::string_view(search).substr(0, search.size() - 1));
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 1; }));
  other.Write(RequestText("GET", "/v1/collections"));
  const ApiResponse busy = other.Read();
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(HeaderOf(busy, "retry-after"), "1");
  EXPECT_EQ(At(busy, "/type"), "/problems/overload");
  other.Write(RequestText("GET", "/metrics"));  // probes are answered all the same
  EXPECT_TRUE(absl::StrContains(other.Read().body, "spoor_requests_in_flight"));
  slow.Write("}");
  EXPECT_EQ(slow.Read().status, 200);
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 0; }));
  other.Write(RequestText("GET", "/v1/collections"));
  EXPECT_EQ(other.Read().status, 200);
}

TEST(Server, SlowUploadsLeavePlaceForSearchesAndForTheUploadsOfOthers) {
  ServerWorld world({.max_in_flight = 1, .max_upload_bytes_in_flight = 4 * kUploadShare});
  const std::string begun = absl::StrCat(kUploadHead, "\r\n", Chunk(EastRecord("a", 0, 5)));
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 3; ++i) {
    slow.push_back(std::make_unique<RawClient>(world.port()));
    slow.back()->Write(begun);
    ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == std::min(i + 1, 2); }));
  }
  EXPECT_EQ(At(slow[2]->Read(), "/type"), "/problems/overload");  // half of the places are its own
  RawClient search(world.port()), other(world.port(), 0, "127.0.0.2");
  search.Write(RequestText("GET", "/v1/collections"));
  EXPECT_EQ(search.Read().status, 200);
  other.Write(begun + "0\r\n\r\n");
  EXPECT_EQ(At(other.Read(), "/accepted"), "1");
  slow[0]->Write("0\r\n\r\n");
  EXPECT_EQ(At(slow[0]->Read(), "/accepted"), "1");
}

TEST(Server, LimitsTheMemoryOfUploads) {
  ServerWorld world({.max_upload_bytes_in_flight = 1000});  // not even one
  RawClient client(world.port());
  client.Write(absl::StrCat(kUploadHead, "\r\n", Chunk(EastRecord("a", 0, 5)), "0\r\n\r\n"));
  EXPECT_EQ(client.Read().status, 429);
}

TEST(Server, RefusesConnectionsAboveTheLimit) {
  ServerWorld world({.max_connections = 2});
  RawClient one(world.port()), two(world.port());
  for (RawClient* client : {&one, &two}) {
    client->Write(RequestText("GET", "/healthz"));
    EXPECT_EQ(client->Read().status, 200);
  }
  RawClient three(world.port());
  EXPECT_EQ(three.Read().status, 503);
  EXPECT_TRUE(three.Ended());
  one.Close();
  ASSERT_TRUE(Eventually([&] { return world.metrics().connections == 1; }));
  RawClient four(world.port());
  four.Write(RequestText("GET", "/healthz"));
  EXPECT_EQ(four.Read().status, 200);
}

TEST(Server, CutsSlowClients) {
  ServerWorld world({.idle_timeout_s = 1, .read_timeout_s = 1, .min_body_bytes_per_s = 1'000'000});
  std::string large = EastRecord("large", 0, 150'000);
  ASSERT_EQ(world.Load("c", large).status, 200);
  RawClient idle(world.port()), half_head(world.port()), half_body(world.port()),
      half_upload(world.port());
  RawClient reader(world.port(), 4096);
  half_head.Write("GET /healthz HT");
  half_body.Write(
      "POST /v1/collections/c/search/range HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
      "100\r\n\r\n{");
  half_upload.Write(absl::StrCat(kUploadHead, "\r\n", Chunk(EastRecord("a", 1, 5))));
  reader.Write(RequestText("GET", "/v1/collections/c/trajectories/large"));  // and does not read
  for (RawClient* client : {&idle, &half_head, &half_body, &half_upload})
    EXPECT_TRUE(client->Ended());
  EXPECT_TRUE(Eventually([&] { return world.metrics().connections == 0; }));
  EXPECT_EQ(world.metrics().connections_cut, 5u);
  EXPECT_EQ(reader.Read().status, 0);  // it got a part
}

// So many and so long that comparing with all of them takes seconds.
constexpr int kLongTrips = 60, kLongFixes = 3000;

TEST(Server, CancelsTheWorkOfAClientThatHangsUp) {
  ServerWorld world;
  std::string trips;
  for (int i = 0; i < kLongTrips; ++i) {
    trips += EastRecord(absl::StrCat("t", i), 0.0001 * i, kLongFixes);
  }
  ASSERT_EQ(world.Load("c", trips).status, 200);
  RawClient client(world.port());
  client.Write(
      RequestText("POST", "/v1/collections/c/search/similar",
                  R"({"query":{"id":"t0"},"k":10000,"exact":true,"rerank":{"measure":"dtw"}})"));
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 1; }));
  client.Close();
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 0; }));
  EXPECT_EQ(world.metrics().hang_ups, 1u);
  EXPECT_TRUE(absl::StrContains(world.Send("GET", "/metrics").body, "similar\",status=\"503\"} 1"));
}

// Comparing two of them takes far longer than the tests do.
constexpr int kHugeFixes = 12'000;
constexpr absl::string_view kHugeSearch =
    R"({"query":{"id":"h0"},"exact":true,"rerank":{"measure":"edwp"}})";

void LoadHugeAndSmallTrips(ServerWorld& world) {
  std::string trips;
  for (int i = 0; i < 3; ++i) trips += EastRecord(absl::StrCat("h", i), 1e-5 * i, kHugeFixes);
  for (int i = 0; i < 10; ++i) trips += EastRecord(absl::StrCat("s", i), 20, 5);
  ASSERT_EQ(world.Load("c", trips).status, 200);
}

TEST(Server, AnswersSmallSearchesBesideManyHugeOnesAndTheseWhenTheirTimeIsOver) {
  ServerWorld world;
  LoadHugeAndSmallTrips(world);
  std::vector<std::unique_ptr<RawClient>> huge;
  for (int i = 0; i < 12; ++i) {
    huge.push_back(std::make_unique<RawClient>(world.port()));
    huge.back()->Write(RequestText(
        "POST",
        absl::StrCat("/v1/collections/c/search/similar?timeout_ms=", i < 6 ? 1000 : 600'000),
        kHugeSearch));
  }
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 12; }));
  RawClient small(world.port());
  for (int i = 0; i < 20; ++i) {
    small.Write(
        RequestText("POST", "/v1/collections/c/search/similar",
                    R"({"query":{"id":"s0"},"min_score":0.01,"rerank":{"measure":"edwp"}})"));
    EXPECT_EQ(At(small.Read(), "/hits/0/id"), "s1");
  }
  EXPECT_GE(world.metrics().in_flight, 6);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(huge[i]->Read().status, 504);
  // A request is counted until its answer is out, which the client may have a moment before.
  EXPECT_TRUE(Eventually([&] { return world.metrics().in_flight == 6; }));
}

TEST(Server, StopsWhenTheGraceIsOverWhateverIsComputed) {
  ServerWorld world({.shutdown_grace_s = 1});
  LoadHugeAndSmallTrips(world);
  RawClient client(world.port());
  client.Write(
      RequestText("POST", "/v1/collections/c/search/similar?timeout_ms=600000", kHugeSearch));
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 1; }));
  world.StopAndJoin();
  EXPECT_EQ(client.Read().status, 0);
}

TEST(Server, KeepsWhatAnInterruptedUploadHasCommitted) {
  ServerWorld world;
  RawClient client(world.port());
  std::string body;
  for (int i = 0; i < 600; ++i) body += EastRecord(absl::StrCat("t", i), 0, 5);
  client.Write(absl::StrCat(kUploadHead, "\r\n", Chunk(body)));
  ASSERT_TRUE(Eventually([&] { return world.metrics().records_accepted >= 512; }));
  client.Close();
  ASSERT_TRUE(Eventually([&] { return world.metrics().connections == 0; }));
  EXPECT_EQ(At(world.Send("GET", "/v1/collections/c"), "/trajectories"), "512");
}

TEST(Server, FinishesRunningRequestsBeforeItStops) {
  ServerWorld world;
  RawClient idle(world.port()), busy(world.port());
  busy.Write(absl::StrCat(kUploadHead, "\r\n", Chunk(EastRecord("a", 0, 5))));
  ASSERT_TRUE(Eventually(
      [&] { return world.metrics().in_flight == 1 && world.metrics().connections == 2; }));
  world.server().Stop();
  EXPECT_TRUE(idle.Ended());
  busy.Write("0\r\n\r\n");
  const ApiResponse answer = busy.Read();
  EXPECT_EQ(At(answer, "/accepted"), "1");
  EXPECT_EQ(HeaderOf(answer, "connection"), "close");
  world.StopAndJoin();
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket socket(io);
  boost::system::error_code error;
  socket.connect({boost::asio::ip::address_v4::loopback(), world.port()}, error);
  EXPECT_TRUE(error.failed());
}

TEST(Server, CutsWhoIsStillThereWhenTheGraceIsOver) {
  ServerWorld world({.shutdown_grace_s = 1});
  RawClient busy(world.port());
  busy.Write(absl::StrCat(kUploadHead, "\r\n"));
  ASSERT_TRUE(Eventually([&] { return world.metrics().in_flight == 1; }));
  world.StopAndJoin();
  EXPECT_TRUE(busy.Ended());
}

TEST(Server, StopsWithoutEverHavingRun) {
  ApiWorld world;
  const auto server = Server::Listen(world.api(), {.port = 0});
  ASSERT_TRUE(server.ok());
  (*server)->Stop();
}

TEST(Server, NamesTheAddressThatItCannotHave) {
  ServerWorld world;
  const auto second = Server::Listen(world.api(), {.port = world.port()});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(
      absl::StrContains(second.status().message(), absl::StrCat("127.0.0.1:", world.port())));
}

TEST(Client, CallsAndStreams) {
  ServerWorld world;
  const std::string url = absl::StrCat("http://127.0.0.1:", world.port());
  auto client = ConnectHttp(url);
  ASSERT_TRUE(client.ok()) << client.status();
  int left = 300;
  const ApiRequest head{.method = "POST",
                        .target = "/v1/collections/c/trajectories",
                        .headers = {{"content-type", "application/x-ndjson"}},
                        .body = ""};
  const auto loaded = (*client)->Stream(head, [&](std::string* piece) {
    if (left == 0) return false;
    *piece = EastRecord(absl::StrCat("t", left--), 0, 20);
    return true;
  });
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(At(*loaded, "/accepted"), "300");
  const auto answer = (*client)->Call({.method = "POST",
                                       .target = "/v1/collections/c/search/similar",
                                       .headers = {{"content-type", "application/json"}},
                                       .body = R"({"query":{"id":"t1"},"k":3})"});
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(ParseJson(answer->body).at("hits").as_array().size(), 3u);
}

TEST(Client, HearsOfARefusalWhileItStreams) {
  ServerWorld world({}, {.max_upload_bytes = 100'000});
  auto client = ConnectHttp(absl::StrCat("http://127.0.0.1:", world.port()));
  ASSERT_TRUE(client.ok());
  const ApiRequest head{.method = "POST",
                        .target = "/v1/collections/c/trajectories",
                        .headers = {{"content-type", "application/x-ndjson"}},
                        .body = ""};
  const std::string piece_text = EastRecord("a", 0, 2000);
  int sent = 0;
  const auto answer = (*client)->Stream(head, [&](std::string* piece) {
    *piece = piece_text;
    return ++sent < 10'000;  // far above the limit
  });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status, 413) << answer->body;
  EXPECT_LT(sent, 10'000);
}

TEST(Client, ConnectsAgainWhenTheServerHasClosed) {
  ServerWorld world({.idle_timeout_s = 1});
  auto client = ConnectHttp(absl::StrCat("http://127.0.0.1:", world.port()));
  ASSERT_TRUE(client.ok());
  const ApiRequest request{.method = "GET", .target = "/healthz", .headers = {}, .body = ""};
  EXPECT_EQ((*client)->Call(request)->status, 200);
  ASSERT_TRUE(Eventually([&] { return world.metrics().connections == 0; }));
  EXPECT_EQ((*client)->Call(request)->status, 200);
}

TEST(Client, NamesTheUrlThatNobodyAnswers) {
  uint16_t port = 0;
  {
    ServerWorld world;
    port = world.port();
  }
  const auto client = ConnectHttp(absl::StrCat("http://127.0.0.1:", port));
  EXPECT_EQ(client.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_TRUE(
      absl::StrContains(client.status().message(), absl::StrCat("http://127.0.0.1:", port)));
  for (const absl::string_view url :
       {"127.0.0.1:80", "https://x:1", "http://", "http://x:0", "http://x:99999", "http://x/y"}) {
    EXPECT_EQ(ConnectHttp(url).status().code(), absl::StatusCode::kInvalidArgument) << url;
  }
}

TEST(Client, OpensAStoreOnce) {
  const TempDir dir;
  const auto local = OpenLocal(dir.path(), Access::kCreate);
  ASSERT_TRUE(local.ok()) << local.status();
  const auto written = (*local)->Call({.method = "POST",
                                       .target = "/v1/collections/c/trajectories",
                                       .headers = {{"content-type", "application/x-ndjson"}},
                                       .body = EastRecord("a", 0, 5)});
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(At(*written, "/accepted"), "1");
  EXPECT_EQ(OpenLocal(dir.path(), Access::kRead).status().code(), absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace spoor::testing
