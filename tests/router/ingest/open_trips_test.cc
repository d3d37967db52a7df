#include "router/ingest/open_trips.h"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "router/ingest/open_record.h"
#include "router/reads/get.h"
#include "tests/geo/trips/live_feed.h"

namespace spoor::testing {
namespace {

// A log of several partitions, as a cluster has it: what a write that fails has left is a matter of
// chance.
class HalfLog : public ClusterCollection {
 public:
  absl::Status Ask(RoutedRead& read, const ReadTerms& terms, const Patience&) const override {
    EXPECT_TRUE(terms.written.has_value() && terms.written->position == At(writes_))
        << "a read that may be older than what was acknowledged";
    auto& get = dynamic_cast<GetRead&>(read);
    for (size_t i = 0; i < get.ids.size(); ++i) {
      const auto at = held.find(get.ids[i].value());
      if (at != held.end()) get.read.answer[i] = Engine::Found{.trajectory = at->second};
    }
    return absl::OkStatus();
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
  absl::StatusOr<LogPosition> End() const override { return At(writes_); }

  void Write(std::vector<Trajectory> batch, Written done) override {
    const bool fails = writes_++ == fails_at;
    for (const Trajectory& t : batch) {
      if (!fails || rng_() % 2 == 0) held[t.id.value()] = t;
    }
    if (fails) return done(absl::InternalError("the router was ended"));
    done(WrittenTo{.position = At(writes_), .homes = HomeSet::All()});
  }

  uint64_t fails_at = UINT64_MAX;
  std::map<std::string, Trajectory> held;

 private:
  static LogPosition At(uint64_t writes) { return {.log_id = 1, .next = {writes}}; }
  uint64_t writes_ = 0;
  std::mt19937_64 rng_{5};
};

std::vector<ObjectFixes> ByObject(const FeedFix* begin, const FeedFix* end) {
  std::map<std::string, ObjectFixes> objects;
  for (; begin != end; ++begin) {
    ObjectFixes& one = objects[begin->object];
    one.object = begin->object;
    one.fixes.push_back({.line = 1, .fix = begin->fix});
  }
  std::vector<ObjectFixes> all;
  for (auto& [name, one] : objects) all.push_back(std::move(one));
  return all;
}

// One request after another, each sent until it is acknowledged.
class FedLog {
 public:
  explicit FedLog(const LiveRules& rules) : terms_{.rules = rules} {}

  void Send(const std::vector<FeedFix>& feed, size_t begin, size_t end, bool ends) {
    terms_.ends = ends;
    const auto objects = ByObject(feed.data() + begin, feed.data() + end);
    for (int tries = 0; tries < 3; ++tries) {
      Metrics metrics;
      const Patience patience;
      WriteWindow window(log, patience, metrics);
      OpenTrips trips(log, window, terms_, patience);
      const auto told = [](const ObjectFixes&, const LineFix&, FixTaken, int64_t) {};
      if (trips.Add(objects, told, &sums).ok()) return;
      ++failed;
    }
    ADD_FAILURE() << "a request is never acknowledged";
  }
  std::map<std::string, std::vector<Fix>> Sealed() const {
    std::map<std::string, std::vector<Fix>> sealed;
    for (const auto& [id, t] : log.held) {
      if (!absl::EndsWith(id, "/open")) sealed[id] = t.fixes;
    }
    return sealed;
  }

  HalfLog log;
  FeedSums sums;
  int failed = 0;

 private:
  OpenTrips::Terms terms_;
};

TEST(OpenTripsLaw, AFeedIntoALogThatFailsAtAnyWriteGivesTheTripsOfAFile) {
  std::mt19937_64 rng(3);
  const LiveRules rules{.lateness_ms = 100'000};
  const std::vector<FeedFix> feed = FeedWithin(rng, rules.lateness_ms);
  const auto expected = CutAsFiles(feed, rules.trips);
  for (uint64_t n = 0;; ++n) {
    SCOPED_TRACE(absl::StrCat("write ", n, " fails"));
    FedLog fed(rules);
    fed.log.fails_at = n;
    constexpr size_t kPiece = 40;
    for (size_t i = 0; i < feed.size(); i += kPiece) {
      fed.Send(feed, i, std::min(i + kPiece, feed.size()), false);
    }
    std::vector<FeedFix> last;
    for (const char* object : {"o0", "o1", "o2"}) {
      last.push_back({.object = object, .fix = feed[0].fix});
    }
    fed.Send(last, 0, last.size(), true);
    ASSERT_EQ(fed.Sealed(), expected);
    if (fed.failed > 0) continue;
    EXPECT_GT(n, 20u);  // all writes have failed in their turn
    EXPECT_EQ(fed.sums.accepted, feed.size());
    EXPECT_EQ(fed.sums.held, 0);
    return;
  }
}

TEST(OpenRecord, IsReadBackAsItWasAndNothingElseIsTakenForOne) {
  const Fix a{1, 1, 1000}, b{1, 2, 2000}, c{1, 3, 3000};
  for (const OpenState& state :
       {OpenState{.fixes = {a}}, OpenState{.settled_ms = 1000, .fixes = {a, b, c}},
        OpenState{.phase = OpenPhase::kResting, .settled_ms = 2000, .fixes = {a, b, c}},
        OpenState{.phase = OpenPhase::kResting, .settled_ms = 1500, .fixes = {a, c}},
        OpenState{.phase = OpenPhase::kEnded, .settled_ms = 3000, .fixes = {c}}}) {
    const Trajectory record = OpenRecord("cab", state);
    EXPECT_EQ(record.id.value(), "cab/open");
    EXPECT_EQ(ReadOpenRecord(record), state);
  }
  const Trajectory good = OpenRecord("cab", {.settled_ms = 1000, .fixes = {a, b}});
  for (const auto& spoil : std::vector<std::function<void(Trajectory&)>>{
           [](Trajectory& t) { t.tags.clear(); },
           [](Trajectory& t) { t.tags[0].second = "flying"; },
           [](Trajectory& t) { t.tags[1].second = "soon"; },
           [](Trajectory& t) { t.fixes = {{1, 1}, {1, 2}}; },
           [](Trajectory& t) { std::swap(t.fixes[0], t.fixes[1]); },
           [](Trajectory& t) { t.fixes[1] = t.fixes[0]; },
           [](Trajectory& t) { t.tags[0].second = "ended"; },
           [](Trajectory& t) {
             t.tags[0].second = "resting";
             t.tags[1].second = "never";
           }}) {
    Trajectory bad = good;
    spoil(bad);
    EXPECT_FALSE(ReadOpenRecord(bad).has_value());
  }
}

}  // namespace
}  // namespace spoor::testing
