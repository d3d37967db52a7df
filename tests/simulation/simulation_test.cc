// A cluster under every fault that a seed draws, and what must hold all the same:
//
//   1. nothing acknowledged is lost; nothing is there that nobody wrote
//   2. who has written reads it, or something later, by the token; or is told that it cannot be
//   3. in the end every node holds what the log says about its slots, replicas' digests agree, and
//      the cluster answers as brute force over the log does
//
// SPOOR_SEEDS=20000 asks for the long run, SPOOR_SEED=123 for one.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/search/search.h"
#include "engine/store/log_value.h"
#include "router/reads/get.h"
#include "router/reads/range.h"
#include "router/reads/similar.h"
#include "shard/log/look_between.h"
#include "tests/engine/random_query.h"
#include "tests/simulation/world.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::Rng;
using testing::World;

uint64_t Number(const char* name, uint64_t otherwise) {
  uint64_t n = 0;
  const char* wanted = std::getenv(name);
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : otherwise;
}

constexpr uint32_t kIds = 40;

class Story {
 public:
  explicit Story(uint64_t seed)
      : rng_(seed),
        nodes_(1 + Draw(rng_, 5)),
        replicas_(1 + Draw(rng_, std::min<uint32_t>(nodes_, 3))),
        world_(seed, nodes_, replicas_, 1 + Draw(rng_, 8)) {}

  void Tell() {
    DrawRates();
    for (int i = 40 + static_cast<int>(Draw(rng_, 60)); i > 0; --i) {
      Happen();
      if (::testing::Test::HasFailure()) return;
    }
    std::string why;
    ASSERT_TRUE(world_.Heal(&why)) << "the cluster does not come to rest: " << why;
    ExpectNothingLostOrMadeUp();
    ExpectNodesHoldTheLog();
    ExpectReplicasAgree();
    ExpectAnswersAreTrue();
  }

  uint64_t answered() const { return answered_; }
  uint64_t acknowledged() const { return acknowledged_; }
  uint64_t atomic() const { return atomic_; }

 private:
  void DrawRates() {
    const auto rate = [this] { return OneIn(rng_, 3) ? 0 : Draw(rng_, 150); };
    world_.rates = {.append_fails = rate(),
                    .append_is_unsure = rate(),
                    .append_waits = rate(),
                    .append_doubles = rate(),
                    .read_fails = rate(),
                    .reader_forgets = OneIn(rng_, 4) ? Draw(rng_, 20) : 0,
                    .request_is_lost = rate(),
                    .answer_is_lost = rate(),
                    .request_doubles = rate()};
  }

  void Happen() {
    world_.Pass(std::chrono::milliseconds(Draw(rng_, 400)));
    const size_t node = Draw(rng_, nodes_);
    switch (Draw(rng_, 20)) {
      case 0:
        if (world_.is_up(node)) return world_.LosePower(node);
        if (OneIn(rng_, 8)) world_.DamageView(node);
        return world_.Start(node);
      case 1:
        return OneIn(rng_, 3) ? Move() : StepAll();
      case 2:
        if (OneIn(rng_, 16)) world_.LoseMeta();
        meta_up_ = !meta_up_ || !OneIn(rng_, 2);
        return world_.SetMetaUp(meta_up_);
      case 3:
        return world_.StepRouter(Draw(rng_, World::kRouters), true);
      case 4:
        if (OneIn(rng_, 4)) world_.Pass(std::chrono::seconds(30));  // leases end
        return world_.Deliver(OneIn(rng_, 4));
      case 5:
        EXPECT_TRUE(world_.logs().Compact(world_.log_name(), Draw(rng_, 10)).ok());
        return;
      case 6:
      case 7:
      case 8:
      case 9:
        return Write();
      case 10:
        return OneIn(rng_, 2) ? Delete() : ChangeIf();
      case 11:
      case 12:
        return ReadOwnWrite();
      case 13:
        return ReadAny();
      default:
        return StepAll();
    }
  }

  void StepAll() {
    for (size_t n = 0; n < nodes_; ++n) {
      if (!OneIn(rng_, 3)) world_.StepNode(n);
    }
    if (OneIn(rng_, 3)) world_.StepRouter(Draw(rng_, World::kRouters), OneIn(rng_, 2));
  }

  void Move() {
    std::vector<size_t> nodes;
    for (size_t n = 0; n < nodes_; ++n) {
      if (!OneIn(rng_, 4)) nodes.push_back(n);
    }
    const uint32_t replicas = 1 + Draw(rng_, 3);
    if (nodes.size() < replicas) return;
    world_.Replace(nodes, replicas, 1 + Draw(rng_, 16)).IgnoreError();
  }

  ClusterCollection& AnyRouter() { return world_.collection(Draw(rng_, World::kRouters)); }

  // What was acknowledged is in the log, and is known from then on; acknowledgements of two routers
  // may come in another order than the log's.
  void Acknowledge(const std::string& id, const std::optional<std::string>& value,
                   const WrittenTo& written) {
    const uint32_t p = PartitionOf(id, static_cast<uint32_t>(written.position.next.size()));
    uint64_t version = 0;
    for (const auto& entry : world_.HistoryOf(id)) {
      if (entry.version <= written.position.next[p] && entry.value == value)
        version = entry.version;
    }
    ASSERT_GT(version, 0u) << id << " was acknowledged and is not in the log";
    if (version > known_[id].least) known_[id] = {version, written};
    ++acknowledged_;
  }

  void Write() {
    std::vector<Trajectory> batch;
    std::map<std::string, std::string> values;
    for (uint32_t n = 1 + Draw(rng_, 5); n > 0; --n) {
      const std::string id = absl::StrCat("t", Draw(rng_, kIds));
      if (values.contains(id)) continue;
      batch.push_back(testing::RandomRecord(rng_, id));
      values[id] = EncodeLogValue(batch.back());
    }
    AnyRouter().Write(std::move(batch), [this, values](const absl::StatusOr<WrittenTo>& written) {
      if (!written.ok()) return;  // it may have happened all the same
      for (const auto& [id, value] : values) Acknowledge(id, value, *written);
    });
  }

  void Delete() {
    const std::string id = absl::StrCat("t", Draw(rng_, kIds));
    AnyRouter().Delete({{TrajectoryId(id), 0}},
                       [this, id](const absl::StatusOr<WrittenTo>& written) {
                         if (written.ok()) Acknowledge(id, std::nullopt, *written);
                       });
  }

  // On condition, while others write: what is compared is the last that the log has, and what came
  // between that and the change is found.
  void ChangeIf() {
    const std::string id = absl::StrCat("t", Draw(rng_, kIds));
    const TrajectoryId wanted(id);
    const LogPosition end = *world_.logs().End(world_.log_name());
    const auto read =
        Get(AnyRouter(), absl::MakeConstSpan(&wanted, 1),
            {.written = WrittenTo{.position = end, .homes = HomeSet::All()}}, Briefly());
    if (!read.ok()) return;
    const uint64_t version = read->answer[0] ? read->answer[0]->version : 0;
    ASSERT_EQ(version, LastBefore(id, UINT64_MAX)) << id;
    if (OneIn(rng_, 2)) Write();
    if (OneIn(rng_, 4)) world_.Deliver(false);
    std::optional<Trajectory> record;
    if (!OneIn(rng_, 4)) record = testing::RandomRecord(rng_, id);
    const auto value = record ? std::optional(EncodeLogValue(*record)) : std::nullopt;
    const auto done = [this, id, value, version, end](const absl::StatusOr<WrittenTo>& written) {
      if (!written.ok()) return;  // it may have happened all the same
      Acknowledge(id, value, *written);
      const auto between = HasRecordBetween(world_.logs(), world_.log_name(), id,
                                            {end, written->position}, Patience());
      ASSERT_TRUE(between.ok()) << between.status();
      const uint32_t p = PartitionOf(id, static_cast<uint32_t>(end.next.size()));
      const uint64_t mine = written->position.next[p];
      bool overtaken = false;
      for (const auto& entry : world_.HistoryOf(id)) {
        overtaken |= entry.version > end.next[p] && entry.version < mine;
      }
      EXPECT_EQ(*between, overtaken) << id;
      if (!*between) {
        EXPECT_EQ(LastBefore(id, mine), version) << id;
        ++atomic_;
      }
    };
    AnyRouter().ChangeIf({.id = wanted, .record = std::move(record), .version = version}, done);
  }

  // The version of the id before this one in the log; 0: there was none.
  uint64_t LastBefore(const std::string& id, uint64_t version) {
    uint64_t last = 0;
    for (const auto& entry : world_.HistoryOf(id)) {
      if (entry.version < version) last = entry.value ? entry.version : 0;
    }
    return last;
  }

  // Whether the log has said so of the id, at this version or, of one that is not there, at any
  // from `least` on.
  bool WasSaid(const std::string& id, const std::optional<Engine::Found>& found, uint64_t least) {
    for (const auto& entry : world_.HistoryOf(id)) {
      if (entry.version < least || (found && entry.version != found->version)) continue;
      if (!found ? !entry.value : entry.value == EncodeLogValue(found->trajectory)) return true;
    }
    return false;
  }

  Patience Briefly() const {
    return {.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(5)};
  }

  void ReadOwnWrite() {
    if (known_.empty()) return;
    const auto known = std::next(known_.begin(), Draw(rng_, static_cast<uint32_t>(known_.size())));
    const auto& [id, place] = *known;
    for (uint32_t n = Draw(rng_, 4); n > 0; --n) StepAll();
    const TrajectoryId wanted(id);
    const auto read =
        Get(AnyRouter(), absl::MakeConstSpan(&wanted, 1), {.written = place.written}, Briefly());
    if (!read.ok()) return;  // it says so
    ++answered_;
    const auto& found = read->answer[0];
    ASSERT_TRUE(WasSaid(id, found, place.least))
        << id << " is not what was written, nor anything later: it is version "
        << (found ? found->version : 0) << ", written was " << place.least << world_.Tell(id);
  }

  void ReadAny() {
    const TrajectoryId id(absl::StrCat("t", Draw(rng_, kIds)));
    const auto read = Get(AnyRouter(), absl::MakeConstSpan(&id, 1), {}, Briefly());
    if (!read.ok() || !read->answer[0]) return;
    ++answered_;
    ASSERT_TRUE(WasSaid(id.value(), read->answer[0], 0)) << "a phantom";
  }

  void ExpectNothingLostOrMadeUp() {
    const auto log = world_.Log();
    for (uint32_t i = 0; i < kIds; ++i) {
      const std::string id = absl::StrCat("t", i);
      const auto& history = world_.HistoryOf(id);
      const auto now = log.find(id);
      const bool is_there = !history.empty() && history.back().value.has_value();
      ASSERT_EQ(now != log.end(), is_there) << id;
      if (is_there) {
        ASSERT_EQ(now->second.version, history.back().version);
        ASSERT_EQ(EncodeLogValue(now->second.trajectory), *history.back().value);
      }
      const auto known = known_.find(id);
      if (known == known_.end()) continue;
      ASSERT_GE(history.back().version, known->second.least)
          << "an acknowledged change of " << id << " was lost";
    }
  }

  void ExpectNodesHoldTheLog() {
    const auto log = world_.Log();
    for (size_t n = 0; n < nodes_; ++n) {
      SCOPED_TRACE(absl::StrCat("node ", n));
      const HomeSet homes = world_.HomesOf(n);
      auto held = world_.Held(n);
      for (const auto& [id, truth] : log) {
        if (!homes.Contains(HomeKey(truth.trajectory.view(), id))) continue;
        ASSERT_TRUE(held.contains(id)) << id << " is missing";
        ASSERT_EQ(held[id].version, truth.version);
        ASSERT_EQ(held[id].trajectory, truth.trajectory);
        held.erase(id);
      }
      ASSERT_TRUE(held.empty()) << held.begin()->first << " should not be there";
    }
  }

  void ExpectReplicasAgree() {
    for (size_t a = 0; a < nodes_; ++a) {
      for (size_t b = a + 1; b < nodes_; ++b) {
        const auto mismatches = CompareDigests(world_.Digests(a), world_.Digests(b));
        ASSERT_TRUE(mismatches.empty())
            << "nodes " << a << " and " << b << " differ in slot " << mismatches[0].one.slot;
      }
    }
  }

  void ExpectAnswersAreTrue() {
    testing::RandomCollection c{.params = world_.params()};
    for (const auto& [id, truth] : world_.Log()) c.live.push_back(truth.trajectory);
    for (int q = 0; q < 6; ++q) {
      Query query = testing::RandomQuery(rng_, c);
      query.filter.homes = HomeSet::All();
      const auto read = Search(AnyRouter(), query, {}, Patience());
      ASSERT_TRUE(read.ok()) << read.status();
      const SearchAnswer truth = BruteForceSearch(c.live, c.params, query);
      ASSERT_EQ(read->answer.hits.size(), truth.hits.size());
      for (size_t i = 0; i < truth.hits.size(); ++i) {
        const Hit &hit = read->answer.hits[i], &wanted = truth.hits[i];
        ASSERT_TRUE(hit.id == wanted.id && hit.score == wanted.score &&
                    hit.distance_m == wanted.distance_m && hit.part == wanted.part &&
                    hit.matches == wanted.matches)
            << "hit " << i << ": " << hit.id.value() << " or " << wanted.id.value();
      }
      RangeQuery range{.filter = testing::RandomFilter(rng_, c), .limit = 1 + Draw(rng_, 20)};
      range.filter.homes = HomeSet::All();
      const auto page = Range(AnyRouter(), range, {}, Patience());
      ASSERT_TRUE(page.ok()) << page.status();
      ASSERT_EQ(page->answer.ids, BruteForceRange(c.live, range).ids);
    }
  }

  struct Known {
    uint64_t least = 0;  // version
    WrittenTo written;
  };

  Rng rng_;
  const uint32_t nodes_, replicas_;
  World world_;
  bool meta_up_ = true;
  std::map<std::string, Known> known_;  // the last acknowledged change of an id
  uint64_t answered_ = 0, acknowledged_ = 0;
  uint64_t atomic_ = 0;  // changes on condition that nothing came before
};

TEST(Simulation, NothingAcknowledgedIsLostAndAllAgreeInTheEnd) {
  const uint64_t one = Number("SPOOR_SEED", 0);
  const uint64_t first = one != 0 ? one : 1, seeds = one != 0 ? 1 : Number("SPOOR_SEEDS", 180);
  uint64_t answered = 0, acknowledged = 0, atomic = 0;
  for (uint64_t seed = first; seed < first + seeds; ++seed) {
    SCOPED_TRACE(absl::StrCat("again with SPOOR_SEED=", seed));
    Story story(seed);
    story.Tell();
    if (HasFailure()) return;
    answered += story.answered();
    acknowledged += story.acknowledged();
    atomic += story.atomic();
  }
  RecordProperty("answered", static_cast<int>(answered));
  if (seeds >= 100) {  // the faults leave something to see
    EXPECT_GT(answered, seeds);
    EXPECT_GT(acknowledged, 10 * seeds);
    EXPECT_GT(atomic, seeds / 4);
  }
}

}  // namespace
}  // namespace spoor
