#include "router/ingest/write_window.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/str_cat.h"
#include "shard/rpc/call.h"

namespace spoor {
namespace {

// A log that refuses the writes whose numbers it is told, and answers at once.
class RefusingLog : public ClusterCollection {
 public:
  absl::Status Ask(RoutedRead&, const ReadTerms&, const Patience&) const override {
    return absl::UnimplementedError("");
  }
  absl::StatusOr<CollectionCounts> Count(const Patience&) const override {
    return absl::UnimplementedError("");
  }
  void Delete(std::vector<Engine::Deletion>, Written) override {}
  std::optional<IndexParams> Params() const override { return std::nullopt; }
  void ChangeIf(ConditionalChange, Written) override {}
  absl::Status AwaitApplied(const WrittenTo&, Applied, const Patience&) const override {
    return absl::OkStatus();
  }

  void Write(std::vector<Trajectory> batch, Written done) override {
    if (refused.count(writes++) > 0) {
      return done(OverloadError("full", std::chrono::milliseconds(1)));
    }
    for (const Trajectory& t : batch) held[t.id.value()] = t.object;
    done(WrittenTo{.position = {.log_id = 1, .next = {writes}}, .homes = HomeSet::All()});
  }

  std::set<uint64_t> refused;
  uint64_t writes = 0;
  std::map<std::string, std::string> held;
};

std::vector<Trajectory> Batch(const std::string& id, const std::string& object) {
  Trajectory t;
  t.id = TrajectoryId(id);
  t.object = object;
  t.fixes = {{1, 2}};
  return {t};
}

TEST(WriteWindow, TheFirstRefusalIsTheClientsToHandle) {
  RefusingLog log;
  log.refused = {0};
  Metrics metrics;
  WriteWindow window(log, {}, metrics);
  EXPECT_TRUE(window.Send(Batch("a", "")).ok());
  EXPECT_TRUE(RetryAfter(window.Drain()).has_value());
  EXPECT_EQ(window.accepted(), 0u);
  EXPECT_FALSE(window.written().has_value());
}

TEST(WriteWindow, ALaterRefusalIsSentAnew) {
  RefusingLog log;
  log.refused = {1, 2, 4};
  Metrics metrics;
  WriteWindow window(log, {}, metrics);
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(window.Send(Batch(absl::StrCat(i), "")).ok());
  EXPECT_TRUE(window.Drain().ok());
  EXPECT_EQ(window.accepted(), 5u);
  EXPECT_EQ(log.held.size(), 5u);
  EXPECT_EQ(metrics.records_accepted, 5u);
  EXPECT_EQ(window.written()->position.next, std::vector<uint64_t>{log.writes});
}

TEST(WriteWindow, GivesUpWithThePatienceOfTheUpload) {
  RefusingLog log;
  for (uint64_t i = 1; i < 1'000'000; ++i) log.refused.insert(log.refused.end(), i);
  Metrics metrics;
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
  WriteWindow window(log, patience, metrics);
  ASSERT_TRUE(window.Send(Batch("a", "")).ok());
  ASSERT_TRUE(window.Send(Batch("b", "")).ok());
  EXPECT_TRUE(absl::IsDeadlineExceeded(window.Drain()));
  EXPECT_EQ(window.accepted(), 1u);
}

}  // namespace
}  // namespace spoor
