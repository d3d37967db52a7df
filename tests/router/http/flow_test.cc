// Answers whose length nobody knows beforehand: over HTTP, and read by the client.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "engine/format/reader.h"
#include "engine/wait/mutex.h"
#include "router/client/client.h"
#include "router/message/event_stream.h"
#include "router/message/problem.h"
#include "tests/router/server_world.h"

namespace spoor::testing {
namespace {

using Piece = BodySource::Piece;

// What a source says, told bit by bit by a test.
class Script {
 public:
  void Say(absl::StatusOr<Piece> piece) {
    MutexLock lock(mu_);
    said_.push_back(std::move(piece));
    if (wake_ != nullptr) wake_();
  }
  absl::StatusOr<Piece> Next(const BodySource::Wake& wake) {
    MutexLock lock(mu_);
    ++asked;
    if (said_.empty()) {
      wake_ = wake;
      return BodySource::NotYet();
    }
    auto piece = std::move(said_.front());
    said_.pop_front();
    return piece;
  }

  std::atomic<int> asked{0};
  std::atomic<int> sources{0};  // that live

 private:
  Mutex mu_;
  std::deque<absl::StatusOr<Piece>> said_ ABSL_GUARDED_BY(mu_);
  BodySource::Wake wake_ ABSL_GUARDED_BY(mu_);  // kept when its source is gone, as it may be
};

class ScriptSource : public BodySource {
 public:
  explicit ScriptSource(Script& script) : script_(script) { ++script_.sources; }
  ~ScriptSource() override { --script_.sources; }
  absl::StatusOr<Piece> Next(const Wake& wake) override { return script_.Next(wake); }

 private:
  Script& script_;
};

class EndlessSource : public BodySource {
 public:
  explicit EndlessSource(std::atomic<int>& asked) : asked_(asked) {}
  absl::StatusOr<Piece> Next(const Wake&) override {
    ++asked_;
    return Bytes(std::string(256 << 10, 'x'));
  }

 private:
  std::atomic<int>& asked_;
};

// An Api with paths of a test's own beside those that it has.
class FlowingApi : public Api {
 public:
  using Answers = std::map<std::string, std::function<ApiResponse()>>;
  FlowingApi(Cluster& cluster, Answers answers)
      : Api(cluster, ApiLimits()), answers_(std::move(answers)) {}
  ApiResponse Handle(const RoutedRequest& request, const Patience& patience) override {
    const auto found = answers_.find(request.request().target);
    return found == answers_.end() ? Api::Handle(request, patience) : found->second();
  }

 private:
  const Answers answers_;
};

class FlowWorld {
 public:
  explicit FlowWorld(ServerOptions options = {}) {
    options.port = 0;
    options.threads = 2;
    auto server = Server::Listen(api_, options);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    thread_ = std::thread([this] { server_->Run(); });
  }
  ~FlowWorld() { StopAndJoin(); }
  void StopAndJoin() {
    server_->Stop();
    if (thread_.joinable()) thread_.join();
  }
  uint16_t port() const { return server_->port(); }
  std::string url() const { return absl::StrCat("http://127.0.0.1:", port()); }
  Metrics& metrics() { return api_.metrics(); }

  Script script;
  std::atomic<int> asked{0};

 private:
  ApiResponse Flowing(absl::string_view type) {
    return {.status = 200,
            .content_type = std::string(type),
            .rest = std::make_shared<ScriptSource>(script)};
  }

  ApiWorld world_;
  const std::unique_ptr<Cluster> cluster_ = LocalCluster(world_.node());
  FlowingApi api_{*cluster_,
                  {{"/lines", [this] { return Flowing("application/x-ndjson"); }},
                   {"/events", [this] { return Flowing("text/event-stream"); }},
                   {"/endless",
                    [this] {
                      return ApiResponse{.status = 200,
                                         .content_type = "application/x-ndjson",
                                         .rest = std::make_shared<EndlessSource>(asked)};
                    }},
                   {"/refused", [] { return Problem(409, "conflict", "not now"); }}}};
  std::unique_ptr<Server> server_;
  std::thread thread_;
};

std::string Get(absl::string_view target, absl::string_view headers = "") {
  return RequestText("GET", target, "", headers);
}

TEST(Flow, PiecesComeAsChunksWhenTheyAreThere) {
  FlowWorld world;
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/lines")));
  const ApiResponse head = client.Read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(HeaderOf(head, "transfer-encoding"), "chunked");
  EXPECT_EQ(HeaderOf(head, "content-length"), "-");
  EXPECT_EQ(HeaderOf(head, "connection"), "keep-alive");
  world.script.Say(BodySource::Bytes("one\n"));
  EXPECT_EQ(client.ReadChunk(), "one\n");
  world.script.Say(BodySource::Bytes("two\n"));
  EXPECT_EQ(client.ReadChunk(), "two\n");
  world.script.Say(BodySource::End());
  EXPECT_EQ(client.ReadChunk(), "");
  ASSERT_TRUE(client.Write(Get("/healthz")));
  EXPECT_EQ(client.Read().status, 200) << "the connection goes on";
  EXPECT_EQ(world.script.sources, 0);
  world.script.Say(BodySource::Bytes("nobody hears it"));
}

TEST(Flow, ASourceIsAskedAgainWhenItsTimeHasCome) {
  FlowWorld world;
  RawClient client(world.port());
  world.script.Say(BodySource::NotYet(BodySource::Clock::now() + std::chrono::milliseconds(5)));
  world.script.Say(BodySource::Bytes("x"));
  world.script.Say(BodySource::End());
  ASSERT_TRUE(client.Write(Get("/lines")));
  EXPECT_EQ(client.Read(true).status, 200);
  EXPECT_EQ(client.ReadChunk(), "x");
  EXPECT_EQ(client.ReadChunk(), "");
}

TEST(Flow, ASlowReaderMakesASlowSource) {
  FlowWorld world;
  RawClient client(world.port(), 4096);
  ASSERT_TRUE(client.Write(Get("/endless")));
  ASSERT_TRUE(Eventually([&] { return world.asked > 0; }));
  RawClient other(world.port());
  const auto pass_time = [&] {
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(other.Write(Get("/healthz")));
      ASSERT_EQ(other.Read().status, 200);
    }
  };
  pass_time();
  EXPECT_LT(world.asked, 100) << "25 MB are more than the buffers between them hold";
}

TEST(Flow, HeadHasNoBodyAndAsksForNone) {
  FlowWorld world;
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(RequestText("HEAD", "/lines")));
  const ApiResponse head = client.Read(true);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(HeaderOf(head, "transfer-encoding"), "chunked");
  ASSERT_TRUE(client.Write(Get("/healthz")));
  EXPECT_EQ(client.Read().status, 200);
  EXPECT_EQ(world.script.asked, 0);
  EXPECT_EQ(world.script.sources, 0);
}

TEST(Flow, AClientOfOldGetsABodyThatEndsWithTheConnection) {
  for (const bool fails : {false, true}) {
    SCOPED_TRACE(fails);
    FlowWorld world;
    RawClient client(world.port());
    ASSERT_TRUE(client.Write("GET /lines HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"));
    const ApiResponse head = client.Read(true);
    EXPECT_EQ(head.status, 200);
    EXPECT_EQ(HeaderOf(head, "transfer-encoding"), "-");
    EXPECT_EQ(HeaderOf(head, "content-length"), "-");
    EXPECT_EQ(HeaderOf(head, "connection"), "close");
    world.script.Say(BodySource::Bytes("all"));
    ASSERT_TRUE(Eventually([&] { return world.script.asked >= 2; }));
    if (fails) {
      world.script.Say(absl::DataLossError("gone"));
    } else {
      world.script.Say(BodySource::End());
    }
    std::string body;
    EXPECT_EQ(client.ReadToEnd(&body), !fails) << "what is not all must not look like it";
    if (!fails) {
      EXPECT_EQ(body, "all");
    }
  }
}

TEST(Flow, AFailureBreaksTheAnswerOff) {
  FlowWorld world;
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/lines")));
  EXPECT_EQ(client.Read(true).status, 200);
  world.script.Say(BodySource::Bytes("part"));
  EXPECT_EQ(client.ReadChunk(), "part");
  world.script.Say(absl::DataLossError("gone"));
  EXPECT_EQ(client.ReadChunk(), "(broken)") << "no last chunk";
  EXPECT_EQ(world.metrics().streams_broken, 1u);
}

TEST(Flow, AHangUpEndsTheSource) {
  FlowWorld world;
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/events")));
  EXPECT_EQ(client.Read(true).status, 200);
  ASSERT_TRUE(Eventually([&] { return world.script.asked == 1; }));
  EXPECT_EQ(world.script.sources, 1);
  EXPECT_EQ(world.metrics().streams, 1);
  client.Close();
  ASSERT_TRUE(Eventually([&] { return world.script.sources == 0; }));
  ASSERT_TRUE(Eventually([&] { return world.metrics().streams == 0; }));
}

TEST(Flow, TheEndOfTheServerIsThatOfEvents) {
  FlowWorld world({.shutdown_grace_s = 600});
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/events")));
  EXPECT_EQ(client.Read(true).status, 200);
  world.StopAndJoin();
  EXPECT_EQ(client.ReadChunk(), "") << "in order";
  EXPECT_TRUE(client.Ended());
}

TEST(Flow, LinesGoOnUntilTheGraceIsOver) {
  FlowWorld world({.shutdown_grace_s = 600});
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/lines")));
  EXPECT_EQ(client.Read(true).status, 200);
  std::thread stop([&] { world.StopAndJoin(); });
  world.script.Say(BodySource::Bytes("last"));
  world.script.Say(BodySource::End());
  EXPECT_EQ(client.ReadChunk(), "last");
  EXPECT_EQ(client.ReadChunk(), "");
  stop.join();
}

TEST(Flow, SilentEventsShowThatTheConnectionLives) {
  FlowWorld world({.event_silence_ms = 5});
  RawClient client(world.port());
  ASSERT_TRUE(client.Write(Get("/events")));
  EXPECT_EQ(client.Read(true).status, 200);
  EXPECT_EQ(client.ReadChunk(), kEventComment);
  EXPECT_EQ(client.ReadChunk(), kEventComment);
}

TEST(Flow, WhatTakesTooLongEnds) {
  FlowWorld world({.max_stream_ms = 20});
  RawClient events(world.port()), lines(world.port());
  ASSERT_TRUE(events.Write(Get("/events")));
  EXPECT_EQ(events.Read(true).status, 200);
  EXPECT_EQ(events.ReadChunk(), "") << "in order: the client asks again";
  ASSERT_TRUE(lines.Write(Get("/lines")));
  EXPECT_EQ(lines.Read(true).status, 200);
  EXPECT_EQ(lines.ReadChunk(), "(broken)");
}

TEST(Flow, AClientHasItsShareOfStreamsAndTheseTakeNoPlaceOfRequests) {
  FlowWorld world({.max_in_flight = 2, .max_streams = 4});
  RawClient first(world.port()), second(world.port()), third(world.port());
  for (RawClient* client : {&first, &second}) {
    ASSERT_TRUE(client->Write(Get("/events")));
    EXPECT_EQ(client->Read(true).status, 200);
  }
  ASSERT_TRUE(third.Write(Get("/events")));
  const ApiResponse refused = third.Read();
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(HeaderOf(refused, "retry-after"), "1");
  ASSERT_TRUE(third.Write(Get("/v1/collections")));
  EXPECT_EQ(third.Read().status, 200);
  RawClient other(world.port(), 0, "127.0.0.2");
  ASSERT_TRUE(other.Write(Get("/events")));
  EXPECT_EQ(other.Read(true).status, 200) << "another client";
  first.Close();
  ASSERT_TRUE(Eventually([&] { return world.metrics().streams == 2; }));
  ASSERT_TRUE(third.Write(Get("/events")));
  EXPECT_EQ(third.Read(true).status, 200);
}

TEST(Flow, PiecesAreCodedSoThatEachCanBeReadAtOnce) {
  for (const std::string coding : {"gzip", "zstd"}) {
    SCOPED_TRACE(coding);
    FlowWorld world;
    RawClient client(world.port());
    const std::string accept = absl::StrCat("Accept-Encoding: ", coding, "\r\n");
    ASSERT_TRUE(client.Write(Get("/lines", accept)));
    const ApiResponse head = client.Read(true);
    EXPECT_EQ(HeaderOf(head, "content-encoding"), coding);
    EXPECT_EQ(HeaderOf(head, "vary"), "Accept-Encoding");
    const auto inflater = *MakeInflater(coding, 1 << 20);
    std::string text;
    const auto take_chunk = [&] {
      return inflater->Feed(client.ReadChunk(), [&](absl::string_view piece) {
        absl::StrAppend(&text, piece);
        return absl::OkStatus();
      });
    };
    for (const std::string line : {"one\n", "two\n"}) {
      text.clear();
      world.script.Say(BodySource::Bytes(line));
      EXPECT_TRUE(take_chunk().ok());
      EXPECT_EQ(text, line);
    }
    world.script.Say(BodySource::End());
    EXPECT_TRUE(take_chunk().ok());
    EXPECT_TRUE(inflater->Finish().ok());
    EXPECT_EQ(client.ReadChunk(), "");
    ASSERT_TRUE(client.Write(Get("/events", accept)));
    EXPECT_EQ(HeaderOf(client.Read(true), "content-encoding"), "-");
  }
}

TEST(Flow, TheClientReadsPieceByPiece) {
  FlowWorld world;
  const auto client = ConnectHttp(world.url());
  ASSERT_TRUE(client.ok()) << client.status();
  const ApiRequest request{.method = "GET", .target = "/lines"};
  world.script.Say(BodySource::Bytes("one\n"));
  std::string text;
  const auto answer = (*client)->Read(request, [&](absl::string_view piece) {
    absl::StrAppend(&text, piece);
    if (text == "one\n") {  // what follows is said when this has come
      world.script.Say(BodySource::Bytes("two\n"));
      world.script.Say(BodySource::End());
    }
    return absl::OkStatus();
  });
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(text, "one\ntwo\n");
  EXPECT_EQ(answer->body, "");
  EXPECT_EQ(answer->content_type, "application/x-ndjson");

  const auto never = [](absl::string_view) { return absl::InternalError("not asked for"); };
  const auto refused = (*client)->Read({.method = "GET", .target = "/refused"}, never);
  ASSERT_TRUE(refused.ok()) << refused.status();
  EXPECT_EQ(refused->status, 409);
  EXPECT_EQ(At(*refused, "/type"), "/problems/conflict");
}

TEST(Flow, TheClientHearsThatAnAnswerWasBrokenOffAndMayStopReading) {
  FlowWorld world;
  const auto client = ConnectHttp(world.url());
  ASSERT_TRUE(client.ok()) << client.status();
  const ApiRequest request{.method = "GET", .target = "/lines"};
  world.script.Say(BodySource::Bytes("one\n"));
  world.script.Say(absl::DataLossError("gone"));
  const auto all = [](absl::string_view) { return absl::OkStatus(); };
  EXPECT_EQ((*client)->Read(request, all).status().code(), absl::StatusCode::kUnavailable);
  world.script.Say(BodySource::Bytes("one\n"));
  const auto none = [](absl::string_view) { return absl::CancelledError("enough"); };
  EXPECT_EQ((*client)->Read(request, none).status(), absl::CancelledError("enough"));
  ASSERT_TRUE(Eventually([&] { return world.script.sources == 0; }));
  EXPECT_EQ((*client)->Call({.method = "GET", .target = "/healthz"})->status, 200);
}

TEST(Flow, AStoreOfOnesOwnIsReadInPiecesToo) {
  const TempDir dir;
  const auto local = OpenLocal(dir.path(), Access::kCreate);
  ASSERT_TRUE(local.ok()) << local.status();
  std::string text;
  const auto take = [&](absl::string_view piece) {
    absl::StrAppend(&text, piece);
    return absl::OkStatus();
  };
  const ApiRequest good{.method = "GET", .target = "/healthz"},
      bad{.method = "GET", .target = "/x"};
  const auto answer = (*local)->Read(good, take);
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(text, R"({"status":"alive"})");
  text.clear();
  EXPECT_EQ((*local)->Read(bad, take)->status, 404);
  EXPECT_EQ(text, "");
}

}  // namespace
}  // namespace spoor::testing
