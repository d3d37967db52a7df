// A server is killed in the midst of a feed of fixes, again and again: what was acknowledged is
// there once, and in the end the trips are those of the whole feed.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <future>
#include <map>
#include <set>
#include <thread>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "router/client/client.h"
#include "router/message/target.h"
#include "tests/engine/temp_dir.h"
#include "tests/geo/trips/live_feed.h"
#include "tests/scenario/server_process.h"

namespace spoor {
namespace {

namespace json = boost::json;
using testing::FeedFix;
using testing::ServerProcess;

constexpr char kFeedBase[] = "/v1/collections/feed";
constexpr int64_t kFeedLatenessMs = 120'000;
// Nobody rests, and no leg is too short, so that every fix is in a trip.
const TripRules kFeedRules{.dwell_ms = 0};
constexpr char kFeedQuery[] = "?lateness_s=120&dwell_s=0";

int FeedKills() {
  int n = 12;
  const char* wanted = std::getenv("SPOOR_KILLS");
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : 12;
}

// Sends a feed from where it was acknowledged, some fixes a call.
class FeedSender {
 public:
  FeedSender(std::vector<FeedFix> feed, uint64_t seed) : feed_(std::move(feed)), rng_(seed) {}

  // Until the server is gone, or the feed is sent.  Tells of so many calls, or of its end.
  void Run(const std::string& url, size_t calls, std::promise<void>& enough) {
    Send(url, [&] {
      if (calls > 0 && --calls == 0) enough.set_value();
    });
    if (calls > 0) enough.set_value();
  }
  bool ended() const { return acknowledged_ == feed_.size(); }
  size_t acknowledged() const { return acknowledged_; }
  const std::vector<FeedFix>& feed() const { return feed_; }

 private:
  void Send(const std::string& url, const std::function<void()>& after_call) {
    auto client = ConnectHttp(url);
    while (client.ok() && acknowledged_ < feed_.size()) {
      const size_t end = std::min(feed_.size(), acknowledged_ + 1 + rng_() % 12);
      ApiRequest request{.method = "POST",
                         .target = absl::StrCat(kFeedBase, "/fixes", kFeedQuery),
                         .headers = {{"content-type", "application/x-ndjson"}}};
      for (size_t i = acknowledged_; i < end; ++i) request.body += testing::FeedLine(feed_[i]);
      const auto answer = (*client)->Call(request);
      if (!answer.ok() || answer->status != 200) return;
      const json::value figures = json::parse(answer->body);
      // What came twice, because its first answer was lost, may be sealed by now.
      EXPECT_EQ(figures.at("rejected").to_number<uint64_t>(), 0u) << answer->body;
      acknowledged_ = end;
      after_call();
    }
  }

  const std::vector<FeedFix> feed_;
  std::mt19937_64 rng_;
  size_t acknowledged_ = 0;
};

json::value GetJson(Client& client, const std::string& target) {
  const auto answer = client.Call({.method = "GET", .target = target});
  EXPECT_TRUE(answer.ok()) << answer.status();
  if (!answer.ok()) return nullptr;
  EXPECT_EQ(answer->status, 200) << answer->body;
  return json::parse(answer->body);
}

std::map<std::string, std::vector<Fix>> StoredTrips(Client& client) {
  std::map<std::string, std::vector<Fix>> trips;
  const json::value page = GetJson(client, absl::StrCat(kFeedBase, "/trajectories?limit=10000"));
  for (const json::value& row : page.at("trajectories").as_array()) {
    const std::string id(row.at("id").as_string());
    const json::value record =
        GetJson(client, absl::StrCat(kFeedBase, "/trajectories/", PercentEncode(id)));
    for (const json::value& c : record.at("coords").as_array()) {
      trips[id].push_back(FixFromDegrees(c.at(1).to_number<double>(), c.at(0).to_number<double>(),
                                         std::llround(c.at(2).to_number<double>() * 1000)));
    }
  }
  return trips;
}

// Each fix of the feed up to there in one trip, and none in two.
void CheckAllOnce(Client& client, const FeedSender& sender) {
  std::set<std::pair<std::string, int64_t>> stored;
  for (const auto& [id, fixes] : StoredTrips(client)) {
    const std::string object = id.substr(0, id.find('/'));
    for (const Fix& fix : fixes) {
      ASSERT_TRUE(stored.emplace(object, fix.time_ms).second) << id << " has a fix twice";
    }
  }
  for (size_t i = 0; i < sender.acknowledged(); ++i) {
    const FeedFix& one = sender.feed()[i];
    ASSERT_TRUE(stored.contains({one.object, one.fix.time_ms})) << one.object << ": lost";
  }
}

TEST(KilledFeed, LosesAndDoublesNothing) {
  const uint64_t seed = 7;
  SCOPED_TRACE(absl::StrCat("seed ", seed));
  std::mt19937_64 rng(seed);
  testing::TempDir dir;
  const int kills = FeedKills();
  FeedSender sender(testing::FeedWithin(rng, kFeedLatenessMs, 4 + kills), seed);
  int killed = 0;
  while (!sender.ended() && !HasFatalFailure()) {
    auto server = ServerProcess::Start(dir.path());
    ASSERT_TRUE(server.ok()) << server.status();
    auto client = ConnectHttp(server->url());
    ASSERT_TRUE(client.ok());
    if (sender.acknowledged() > 0) CheckAllOnce(**client, sender);
    std::promise<void> enough;
    const size_t calls = 1 + rng() % 20;
    std::thread feeding([&] { sender.Run(server->url(), calls, enough); });
    if (killed < kills) {
      enough.get_future().wait();
      std::promise<void> never;
      never.get_future().wait_for(std::chrono::microseconds(rng() % 5000));
      server->Kill();  // in the midst of a later call
      ++killed;
    }
    feeding.join();
  }
  ASSERT_TRUE(sender.ended());
  auto server = ServerProcess::Start(dir.path());
  ASSERT_TRUE(server.ok()) << server.status();
  auto client = ConnectHttp(server->url());
  ASSERT_TRUE(client.ok());
  CheckAllOnce(**client, sender);
  ApiRequest seal{.method = "POST",
                  .target = absl::StrCat(kFeedBase, "/fixes", kFeedQuery, "&seal=true"),
                  .headers = {{"content-type", "application/x-ndjson"}}};
  for (const char* object : {"o0", "o1", "o2"}) {
    seal.body += testing::FeedLine({.object = object, .fix = sender.feed()[0].fix});
  }
  ASSERT_EQ((*client)->Call(seal)->status, 200);
  auto trips = StoredTrips(**client);
  for (const char* object : {"o0", "o1", "o2"}) trips.erase(OpenTripName(object));
  EXPECT_EQ(trips, testing::CutAsFiles(sender.feed(), kFeedRules));
  std::printf("killed %d times in a feed of %zu fixes\n", killed, sender.feed().size());
}

}  // namespace
}  // namespace spoor
