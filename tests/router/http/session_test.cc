// Writes and reads of one client: that a deletion needs no read, and that a token covers all that
// the client has written.
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "router/api/api.h"
#include "router/message/token.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "shard/log/log.h"
#include "tests/geo/worlds.h"
#include "tests/router/api_world.h"

namespace spoor::testing {
namespace {

constexpr uint64_t kLog = 7;
constexpr uint32_t kPartitions = 4;

absl::Status NotAsked() { return absl::UnimplementedError("not asked here"); }

// A log that takes all, and nodes that have read it so far as they are told.
class LaggingCollection : public ClusterCollection {
 public:
  absl::Status Ask(RoutedRead& read, const ReadTerms& terms, const Patience&) const override {
    last_terms = terms;
    if (!reads.ok()) return reads;
    if (dynamic_cast<RangeRead*>(&read) != nullptr) return absl::OkStatus();
    auto* const get = dynamic_cast<GetRead*>(&read);
    if (get == nullptr) return NotAsked();
    get->read.report.failed = failed;
    get->read.report.seen = {.log_id = kLog, .next = std::vector<uint64_t>(kPartitions, seen)};
    for (size_t i = 0; there && i < get->ids.size(); ++i) {
      get->read.answer[i] = Engine::Found{
          .trajectory = {.id = get->ids[i], .fixes = Fixes("51.5:0, 51.5:0.01, 51.5:0.02")},
          .version = 1};
    }
    return absl::OkStatus();
  }
  absl::StatusOr<CollectionCounts> Count(const Patience&) const override { return NotAsked(); }
  std::optional<IndexParams> Params() const override { return std::nullopt; }
  void Write(std::vector<Trajectory> batch, Written done) override {
    done(Appended(batch.front().id));
  }
  void Delete(std::vector<Engine::Deletion> items, Written done) override {
    if (items.empty()) return done(WrittenTo{.position = {.log_id = kLog, .next = {}}});
    deleted.push_back(items.front().id.value());
    done(Appended(items.front().id));
  }
  void ChangeIf(ConditionalChange change, Written done) override {
    changed.push_back({change.id.value(), change.version});
    done(Appended(change.id));
  }
  absl::StatusOr<LogPosition> End() const override {
    if (!log.ok()) return log;
    return LogPosition{.log_id = kLog, .next = std::vector<uint64_t>(kPartitions, end)};
  }
  absl::StatusOr<bool> ChangedBetween(const TrajectoryId&, const LogPosition&, const LogPosition&,
                                      const Patience&) const override {
    return overtaken;
  }
  absl::Status AwaitApplied(const WrittenTo&, Applied, const Patience&) const override {
    return absl::OkStatus();
  }
  uint32_t Partitions() const override { return kPartitions; }
  uint64_t LogId() const override { return kLog; }

  WrittenTo Appended(const TrajectoryId& id) {
    LogPosition position{.log_id = kLog, .next = std::vector<uint64_t>(kPartitions)};
    position.next[PartitionOf(id.value(), kPartitions)] = ++end;
    return {.position = std::move(position), .homes = HomeSet::All()};
  }

  bool there = false;
  absl::Status reads;
  uint32_t failed = 0;
  uint64_t seen = 0, end = 10;  // of each partition
  std::vector<std::string> deleted;
  std::vector<std::pair<std::string, uint64_t>> changed;  // on condition: ids and versions
  absl::Status log;
  bool overtaken = false;
  mutable ReadTerms last_terms;
};

class LaggingCluster : public Cluster {
 public:
  absl::StatusOr<Created> Create(absl::string_view, std::optional<IndexParams>,
                                 const Patience&) override {
    return NotAsked();
  }
  absl::StatusOr<std::shared_ptr<ClusterCollection>> Find(absl::string_view) override {
    return collection;
  }
  std::vector<std::string> Names() const override { return {}; }
  absl::Status Drop(absl::string_view, const Patience&) override { return NotAsked(); }
  absl::StatusOr<ClusterDescription> Describe(const Patience&) override { return NotAsked(); }
  absl::Status Ready() const override { return absl::OkStatus(); }

  std::shared_ptr<LaggingCollection> collection = std::make_shared<LaggingCollection>();
};

class SessionTest : public ::testing::Test {
 protected:
  ApiResponse Send(const std::string& method, const std::string& rest, const std::string& body = "",
                   const std::string& if_match = "") {
    ApiRequest request{.method = method,
                       .target = absl::StrCat("/v1/collections/c/trajectories", rest),
                       .headers = {{"content-type", "application/json"}},
                       .body = body};
    if (!if_match.empty()) request.headers.emplace_back("if-match", if_match);
    return api_.Handle(request, api_.PatienceFor(request));
  }
  ApiResponse UploadOne(const std::string& query) {
    const ApiRequest head{.method = "POST",
                          .target = absl::StrCat("/v1/collections/c/trajectories", query),
                          .headers = {{"content-type", "application/x-ndjson"}},
                          .body = ""};
    ApiResponse refusal;
    const auto upload = api_.StartUpload(head, {}, &refusal);
    if (upload == nullptr) return refusal;
    static_cast<void>(upload->Feed(R"({"id":"u","coords":[[0,51],[0.1,51]]})"));
    return upload->Finish();
  }
  static std::string TokenOf(const ApiResponse& response) {
    for (const auto& [name, value] : response.headers) {
      if (name == "Spoor-Token") return value;
    }
    return "";
  }
  std::string TokenOfBefore() const {
    return EncodeToken(
        {.position = {.log_id = kLog, .next = {500, 500, 0, 0}}, .homes = HomeSet::All()});
  }
  // The token covers what TokenOfBefore does, and a write of this id.
  static void ExpectBoth(const std::string& token, const std::string& id, uint64_t next) {
    const auto written = DecodeToken(token);
    ASSERT_TRUE(written.has_value()) << token;
    LogPosition both{.log_id = kLog, .next = {500, 500, 0, 0}};
    uint64_t& mine = both.next[PartitionOf(id, kPartitions)];
    mine = std::max(mine, next);
    EXPECT_EQ(written->position, both);
  }

  LaggingCluster cluster_;
  LaggingCollection& collection_ = *cluster_.collection;
  Api api_{cluster_, {}};
};

TEST_F(SessionTest, ADeletionGoesToTheLogWhateverAReadCanTell) {
  struct {
    const char* what;
    bool there;
    absl::Status reads;
    uint32_t failed;
    uint64_t seen;
    int status;
  } const rows[] = {
      {"it is there", true, absl::OkStatus(), 0, 0, 204},
      {"it was written just now, and no node has read that", false, absl::OkStatus(), 0, 3, 204},
      {"the slots are away", false, absl::UnavailableError("away"), 0, 0, 204},
      {"one group of slots is away", false, absl::OkStatus(), 1, 1'000, 204},
      {"there was none when the deletion came", false, absl::OkStatus(), 0, 1'000, 404},
  };
  for (const auto& row : rows) {
    SCOPED_TRACE(row.what);
    collection_.there = row.there;
    collection_.reads = row.reads;
    collection_.failed = row.failed;
    collection_.seen = row.seen;
    collection_.deleted.clear();
    const ApiResponse response = Send("DELETE", "/x");
    EXPECT_EQ(response.status, row.status) << response.body;
    EXPECT_EQ(collection_.deleted, std::vector<std::string>{"x"});
    EXPECT_TRUE(DecodeToken(TokenOf(response)).has_value());
  }
}

TEST_F(SessionTest, ThereWasNoneWhereAllThatCameBeforeWasSeen) {
  collection_.seen = collection_.end;  // the deletion is the next record of its partition
  EXPECT_EQ(Send("DELETE", "/x").status, 404);
  EXPECT_EQ(collection_.end, 11u);
  EXPECT_EQ(Send("DELETE", "/x").status, 204) << "another record has come that no node has seen";
}

TEST_F(SessionTest, AWriteThatCarriesATokenAnswersWithOneForBoth) {
  const std::string before = absl::StrCat("?token=", TokenOfBefore());
  const ApiResponse deleted = Send("DELETE", absl::StrCat("/x", before));
  EXPECT_EQ(deleted.status, 204);
  ExpectBoth(TokenOf(deleted), "x", 11);
  const ApiResponse uploaded = UploadOne(before);
  EXPECT_EQ(uploaded.status, 200) << uploaded.body;
  ExpectBoth(At(uploaded, "/token"), "u", 12);
  const ApiResponse where =
      Send("POST", "/delete",
           absl::StrCat(R"({"filter":{"objects":["o"]},"token":")", TokenOfBefore(), "\"}"));
  EXPECT_EQ(where.status, 200) << where.body;
  ExpectBoth(At(where, "/token"), "u", 0);
  EXPECT_TRUE(collection_.last_terms.written.has_value())
      << "it deletes what the token's write left";
}

TEST_F(SessionTest, AWriteRefusesTheTokenOfAnotherLogAndWritesNothing) {
  const std::string other = absl::StrCat(
      "?token=", EncodeToken({.position = {.log_id = 8, .next = {1}}, .homes = HomeSet::All()}));
  EXPECT_EQ(At(Send("DELETE", absl::StrCat("/x", other)), "/type"), "/problems/foreign-token");
  EXPECT_EQ(At(UploadOne(other), "/type"), "/problems/foreign-token");
  EXPECT_EQ(Send("DELETE", "/x?token=nonsense").status, 422);
  EXPECT_EQ(collection_.end, 10u);
}

TEST_F(SessionTest, GetAndListGoByTheTermsOfReads) {
  collection_.there = true;
  const std::string token = absl::StrCat("?token=", TokenOfBefore());
  for (const std::string& path : {std::string("/x"), std::string()}) {
    collection_.last_terms = {};
    EXPECT_EQ(Send("GET", path + token).status, 200);
    ASSERT_TRUE(collection_.last_terms.written.has_value());
    EXPECT_EQ(EncodeToken(*collection_.last_terms.written), TokenOfBefore());
    EXPECT_EQ(Send("GET", path + "?consistency=bounded&max_staleness_ms=70").status, 200);
    EXPECT_EQ(collection_.last_terms.max_staleness_ms, 70u);
    EXPECT_EQ(Send("GET", path + "?consistency=bounded").status, 200);
    EXPECT_EQ(collection_.last_terms.max_staleness_ms, 1'000u);
    EXPECT_EQ(Send("GET", path + "?consistency=session").status, 422);
    EXPECT_EQ(Send("GET", path + "?max_staleness_ms=70").status, 422);
    EXPECT_EQ(Send("GET", path + "?token=nonsense").status, 422);
  }
}

// Of a log that cannot keep a condition: what is compared is what the log holds up to its end, and
// who came between is told of afterwards.
TEST_F(SessionTest, AConditionIsOfTheLogsEndAndOvertakingIsTold) {
  const std::string body = R"({"id":"x","coords":[[0,51],[0.1,51]]})";
  const std::string tag = "\"0000000000000007-1\"";
  collection_.there = true;  // of version 1
  for (const bool deletes : {false, true}) {
    const std::string method = deletes ? "DELETE" : "PUT";
    SCOPED_TRACE(method);
    collection_.changed.clear();
    EXPECT_EQ(Send(method, "/x", body, "\"0000000000000007-2\"").status, 412);
    EXPECT_EQ(Send(method, "/x", body, "\"0000000000000008-1\"").status, 412) << "another log";
    EXPECT_TRUE(collection_.changed.empty());
    ASSERT_TRUE(collection_.last_terms.written.has_value());
    EXPECT_EQ(collection_.last_terms.written->position, *collection_.End());
    const ApiResponse made = Send(method, "/x", body, absl::StrCat("\"other\", ", tag));
    EXPECT_EQ(made.status, 204) << made.body;
    EXPECT_TRUE(DecodeToken(TokenOf(made)).has_value());
    EXPECT_EQ(collection_.changed.size(), 1u);
    EXPECT_EQ(collection_.changed.back(), std::make_pair(std::string("x"), uint64_t{1}));
    collection_.overtaken = true;
    const ApiResponse over = Send(method, "/x", body, tag);
    EXPECT_EQ(At(over, "/type"), "/problems/overtaken");
    EXPECT_TRUE(DecodeToken(TokenOf(over)).has_value()) << "it was made";
    collection_.overtaken = false;
    collection_.log = absl::UnavailableError("away");
    EXPECT_EQ(Send(method, "/x", body, tag).status, 503);
    EXPECT_EQ(collection_.changed.size(), 2u) << "nothing is made of which nobody knows the end";
    collection_.log = absl::OkStatus();
  }
}

TEST_F(SessionTest, ACursorOfAnotherListIsRefused) {
  const std::string of_jobs = EncodeCursor("jobs", "tune-1");
  for (const std::string& target :
       {std::string("/v1/collections/c/trajectories"), std::string("/v1/collections")}) {
    const ApiRequest request{
        .method = "GET", .target = absl::StrCat(target, "?cursor=", of_jobs), .body = ""};
    EXPECT_EQ(api_.Handle(request, {}).status, 422) << target;
  }
}

}  // namespace
}  // namespace spoor::testing
