// What takes the truth itself away, or seems to: nothing that nodes have goes for it.  Each of many
// seeds; SPOOR_SEEDS asks for more.
#include <gtest/gtest.h>

#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "engine/store/log_value.h"
#include "router/reads/get.h"
#include "tests/engine/random_query.h"
#include "tests/simulation/world.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::OneIn;
using testing::Rng;
using testing::World;

constexpr uint32_t kNodes = 5, kReplicas = 2, kSlots = 6;

uint64_t Seeds() {
  uint64_t n = 0;
  const char* wanted = std::getenv("SPOOR_SEEDS");
  return wanted != nullptr && absl::SimpleAtoi(wanted, &n) ? n : 20;
}

// A cluster of which the nodes 0 to 2 have records, and 3 and 4 have none.
class Accident {
 public:
  explicit Accident(uint64_t seed) : rng_(seed), world_(seed, kNodes, kReplicas, kSlots) {
    EXPECT_TRUE(world_.Replace({0, 1, 2}, kReplicas, kSlots).ok());
    Write(60);
    std::string why;
    EXPECT_TRUE(world_.Heal(&why)) << why;
  }

  World& world() { return world_; }
  Rng& rng() { return rng_; }

  void Write(int trips) {
    for (int i = 0; i < trips; ++i) {
      const std::string id = absl::StrCat("t", i);
      Trajectory t = testing::RandomRecord(rng_, id);
      written_[id] = t;
      world_.collection(0).Write({t}, [](const absl::StatusOr<WrittenTo>& written) {
        EXPECT_TRUE(written.ok()) << written.status();
      });
    }
  }

  void Step(int rounds) {
    for (; rounds > 0; --rounds) {
      world_.Pass(std::chrono::milliseconds(100));
      for (size_t n = 0; n < kNodes; ++n) world_.StepNode(n);
      for (size_t r = 0; r < World::kRouters; ++r) world_.StepRouter(r, true);
    }
  }

  void Restart(size_t node) {
    if (world_.is_up(node)) world_.LosePower(node);
    world_.Start(node);
  }

  void ExpectAllIsRead() {
    for (const auto& [id, t] : written_) {
      const TrajectoryId wanted(id);
      const auto read = Get(world_.collection(1), absl::MakeConstSpan(&wanted, 1), {}, Patience());
      ASSERT_TRUE(read.ok()) << id << ": " << read.status();
      ASSERT_TRUE(read->answer[0].has_value()) << id << " is gone" << world_.Tell(id);
      ASSERT_EQ(read->answer[0]->trajectory, t);
    }
  }

  // Whatever the log would take, nobody would follow.
  void ExpectNothingIsTaken() {
    const Trajectory t = testing::RandomRecord(rng_, "late");
    for (size_t r = 0; r < World::kRouters; ++r) {
      world_.collection(r).Write({t}, [](const absl::StatusOr<WrittenTo>& written) {
        EXPECT_TRUE(absl::IsUnavailable(written.status())) << written.status();
      });
      world_.collection(r).Delete({{.id = TrajectoryId("t0")}},
                                  [](const absl::StatusOr<WrittenTo>& written) {
                                    EXPECT_TRUE(absl::IsUnavailable(written.status()));
                                  });
    }
  }

  std::vector<size_t> Stores() {  // of each node
    std::vector<size_t> out;
    for (size_t n = 0; n < kNodes; ++n) out.push_back(world_.Stores(n));
    return out;
  }

 private:
  Rng rng_;
  World world_;
  std::map<std::string, Trajectory> written_;
};

template <typename Story>
void OfManySeeds(Story story) {
  for (uint64_t seed = 1; seed <= Seeds(); ++seed) {
    SCOPED_TRACE(absl::StrCat("seed ", seed));
    Accident accident(seed);
    if (!::testing::Test::HasFailure()) story(accident);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST(Accident, AMoveWithoutTheLogLeavesEverySlotWithItsHolders) {
  OfManySeeds([](Accident& a) {
    a.world().rates.read_fails = 1000;
    ASSERT_TRUE(a.world().Replace({3, 4}, 1 + Draw(a.rng(), 2), kSlots).ok());
    for (int i = 0; i < 4; ++i) {
      a.Step(10);
      a.Restart(3 + Draw(a.rng(), 2));
      a.ExpectAllIsRead();
    }
    std::string why;
    ASSERT_TRUE(a.world().Heal(&why)) << why;
    a.Step(30);
    EXPECT_TRUE(a.world().HomesOf(0).empty()) << "the move comes to its end";
    a.ExpectAllIsRead();
  });
}

TEST(Accident, ALogThatIsMadeAgainReplacesNothing) {
  OfManySeeds([](Accident& a) {
    const LogName log = a.world().log_name();
    const std::vector<size_t> before = a.Stores();
    ASSERT_TRUE(a.world().logs().Remove(log).ok());
    a.Step(5);
    a.ExpectAllIsRead();
    ASSERT_TRUE(a.world().logs().Create(log, 4).ok());
    for (int i = 0; i < 4; ++i) {
      a.Step(10);
      a.ExpectAllIsRead();
      a.ExpectNothingIsTaken();
      const size_t node = Draw(a.rng(), 3);
      a.world().Stop(node);
      a.world().Start(node);
      a.Step(3);
      a.ExpectAllIsRead();
    }
    EXPECT_EQ(a.Stores(), before) << "nothing is made anew from it";
  });
}

TEST(Accident, AStoreOfMetadataThatIsEmptyTakesNothing) {
  OfManySeeds([](Accident& a) {
    const std::vector<size_t> before = a.Stores();
    a.world().LoseMeta();
    for (int i = 0; i < 4; ++i) {
      const size_t node = Draw(a.rng(), 3);
      a.world().LosePower(node);
      if (OneIn(a.rng(), 2)) a.world().DamageView(node);
      a.world().Start(node);
      a.Step(5);
      EXPECT_EQ(a.Stores(), before);
    }
    std::string why;
    ASSERT_TRUE(a.world().Heal(&why)) << why;
    a.ExpectAllIsRead();
  });
}

}  // namespace
}  // namespace spoor
