#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "tests/cluster/kafka_process.h"
#include "tests/cluster/kafka_topics.h"
#include "tests/eventually.h"
#include "tests/geo/trips/live_feed.h"
#include "tests/scenario/server_process.h"

namespace spoor::testing {
namespace {

std::string Trip(int i) {
  return absl::StrCat(R"({"id":"t)", i,
                      R"(","coords":[[-122.4,37.7],[-122.4,37.71],[-122.4,37.72]]})");
}

// `spoor ingest` of this build; its output goes to a file.
class IngestProcess {
 public:
  explicit IngestProcess(const std::vector<std::string>& arguments) {
    std::vector<std::string> words = {SPOOR_BINARY, "ingest", "--quiet"};
    words.insert(words.end(), arguments.begin(), arguments.end());
    pid_ = fork();
    if (pid_ != 0) return;
    std::vector<char*> argv;
    for (std::string& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    FILE* out = fopen(out_.c_str(), "w");
    dup2(fileno(out), STDOUT_FILENO);
    dup2(fileno(out), STDERR_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  ~IngestProcess() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  void Signal(int signal) { kill(pid_, signal); }
  int Wait() {  // the exit status
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  std::string Output() const {
    std::stringstream text;
    text << std::ifstream(out_).rdbuf();
    return text.str();
  }

 private:
  TempDir dir_;
  std::string out_ = dir_.path() + "/out";
  pid_t pid_ = 0;
};

class IngestFeed : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    absl::StatusOr<std::unique_ptr<KafkaProcess>> started = KafkaProcess::Start(1);
    ASSERT_TRUE(started.ok()) << started.status();
    kafka_ = *std::move(started);
  }
  static void TearDownTestSuite() { kafka_.reset(); }

  void SetUp() override {
    ASSERT_NE(kafka_, nullptr);
    topics_ = std::make_unique<KafkaTopics>(kafka_->brokers());
    absl::StatusOr<ServerProcess> server = ServerProcess::Start(data_.path());
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = std::make_unique<ServerProcess>(*std::move(server));
  }

  std::vector<std::string> Arguments(std::vector<std::string> more) const {
    std::vector<std::string> all = {"--kafka", "trips",   "--brokers", kafka_->brokers(),
                                    "--group", "loaders", "--url",     server_->url()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  bool Has(int trip) const {
    const auto client = ConnectHttp(server_->url());
    if (!client.ok()) return false;
    const auto answer = (*client)->Call(
        {.method = "GET", .target = absl::StrCat("/v1/collections/default/trajectories/t", trip)});
    return answer.ok() && answer->status == 200;
  }

  static inline std::unique_ptr<KafkaProcess> kafka_;
  TempDir data_;
  std::unique_ptr<KafkaTopics> topics_;
  std::unique_ptr<ServerProcess> server_;
};

// One story, since a group remembers.
TEST_F(IngestFeed, ATopicIsLoadedOnceRejectsAreNamedAndASignalEndsIt) {
  topics_->Create("trips", 2, {});
  topics_->Produce("trips", 0, {Trip(1), absl::StrCat(Trip(2), "\n", Trip(3), "\n")});
  topics_->Produce("trips", 1, {absl::StrCat(Trip(4), "\n", R"({"id":"bad","coords":[]})")});
  IngestProcess first(Arguments({"--until-end", "--json"}));
  EXPECT_EQ(first.Wait(), 1) << first.Output();  // a record was rejected
  EXPECT_TRUE(absl::StrContains(first.Output(), R"("accepted":4,"rejected":1)")) << first.Output();
  EXPECT_TRUE(absl::StrContains(first.Output(), "trips/1@0:2: bad")) << first.Output();
  for (int i = 1; i <= 4; ++i) EXPECT_TRUE(Has(i)) << i;
  EXPECT_EQ(topics_->Committed("loaders.default", "trips", 0), 2);
  EXPECT_EQ(topics_->Committed("loaders.default", "trips", 1), 1);

  IngestProcess again(Arguments({"--until-end", "--json"}));
  EXPECT_EQ(again.Wait(), 0);
  EXPECT_TRUE(absl::StrContains(again.Output(), R"("accepted":0)")) << again.Output();

  IngestProcess follows(Arguments({}));
  topics_->Produce("trips", 1, {Trip(5)});
  EXPECT_TRUE(Eventually([&] { return Has(5); }));
  follows.Signal(SIGTERM);
  EXPECT_EQ(follows.Wait(), 130) << follows.Output();
  EXPECT_EQ(topics_->Committed("loaders.default", "trips", 1), 2);

  topics_->ProduceTombstone("trips", 1, "t4");
  IngestProcess deletes(Arguments({"--until-end", "--json"}));
  EXPECT_EQ(deletes.Wait(), 0) << deletes.Output();
  EXPECT_TRUE(absl::StrContains(deletes.Output(), R"("deleted":1)")) << deletes.Output();
  EXPECT_FALSE(Has(4));
  EXPECT_EQ(topics_->Committed("loaders.default", "trips", 1), 3);

  // Another collection has its own place.
  IngestProcess other(Arguments({"--until-end", "--json", "--collection", "other"}));
  EXPECT_EQ(other.Wait(), 1) << other.Output();
  EXPECT_TRUE(absl::StrContains(other.Output(), R"("accepted":5)")) << other.Output();

  // Nothing is committed that no server has.
  server_->Kill();
  topics_->Produce("trips", 0, {Trip(6)});
  IngestProcess alone(Arguments({"--until-end", "--retry-for", "0.1"}));
  EXPECT_EQ(alone.Wait(), 3) << alone.Output();
  EXPECT_EQ(topics_->Committed("loaders.default", "trips", 0), 2);
}

TEST(IngestFeedOptions, WhatDoesNotFitIsRefused) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"--kafka", "t"},
      {"--brokers", "h:1", "file"},
      {"--kafka", "t", "--brokers", "h:1", "file"},
      {"--kafka", "t", "--brokers", "h:1", "--format", "csv"},
      {"--kafka", "t", "--brokers", "h:1", "--resume", "r"},
  };
  for (const std::vector<std::string>& arguments : wrong)
    EXPECT_EQ(IngestProcess(arguments).Wait(), 2);
}

// What a consumer that is killed had not committed comes again, and changes nothing.
TEST_F(IngestFeed, ATopicOfFixesIsCutAsItComesThoughTheConsumerIsKilled) {
  topics_->Create("fixes", 2, {});
  std::mt19937_64 rng(11);
  const std::vector<FeedFix> feed = FeedWithin(rng, 60'000);
  std::vector<std::string> arguments = {"--kafka",     "fixes",      "--brokers", kafka_->brokers(),
                                        "--group",     "cutters",    "--url",     server_->url(),
                                        "--cut-trips", "--lateness", "60",        "--retry-for",
                                        "60"};
  // How many messages a group is done with.
  const auto done = [&](const std::string& group) {
    return std::max<int64_t>(topics_->Committed(group, "fixes", 0), 0) +
           std::max<int64_t>(topics_->Committed(group, "fixes", 1), 0);
  };
  const auto produce = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) {
      topics_->Produce("fixes", feed[i].object == "o1" ? 1 : 0, {FeedLine(feed[i])});
    }
  };
  const size_t half = feed.size() / 2;
  produce(0, half);
  {
    IngestProcess first(arguments);
    EXPECT_TRUE(Eventually([&] { return done("cutters.default") > 0; }));
    produce(half, half + 50);
    first.Signal(SIGKILL);
    first.Wait();
  }
  // Another group knows nothing of the offsets: all comes again.
  arguments[5] = "others";
  IngestProcess second(arguments);
  produce(half + 50, feed.size());
  EXPECT_TRUE(Eventually([&] {
    return done("others.default") == static_cast<int64_t>(feed.size());
  })) << second.Output();
  second.Signal(SIGTERM);
  EXPECT_EQ(second.Wait(), 130) << second.Output();
  const auto client = ConnectHttp(server_->url());
  ASSERT_TRUE(client.ok());
  ApiRequest seal{.method = "POST",
                  .target = "/v1/collections/default/fixes?seal=true&lateness_s=60",
                  .headers = {{"content-type", "application/x-ndjson"}}};
  for (const char* object : {"o0", "o1", "o2"}) seal.body += FeedLine({object, feed[0].fix});
  ASSERT_EQ((*client)->Call(seal)->status, 200);
  std::set<std::string> ids, expected = {"o0/open", "o1/open", "o2/open"};
  for (const auto& [id, fixes] : CutAsFiles(feed, {})) expected.insert(id);
  const auto page = (*client)->Call(
      {.method = "GET", .target = "/v1/collections/default/trajectories?limit=10000"});
  ASSERT_TRUE(page.ok());
  uint64_t fixes = 0, cut = 3;
  const boost::json::value told = boost::json::parse(page->body);
  for (const auto& row : told.at("trajectories").as_array()) {
    ids.emplace(row.at("id").as_string());
    fixes += row.at("summary").at("fixes").to_number<uint64_t>();
  }
  for (const auto& [id, trip] : CutAsFiles(feed, {})) cut += trip.size();
  EXPECT_EQ(ids, expected);
  EXPECT_EQ(fixes, cut);
}

}  // namespace
}  // namespace spoor::testing
