#include "engine/wait/workers.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <memory>

#include "engine/search/query.h"

namespace spoor {
namespace {

constexpr std::chrono::seconds kLongEnough{30};

// Asks its patience until that is over.
class LongWork {
 public:
  std::function<void()> Work() {
    return [this] {
      const Patience patience{.cancelled = over_};
      while (patience.CheckInTurn().ok()) ++steps_;
      done_.set_value();
    };
  }
  bool Ends() {
    *over_ = true;
    return done_.get_future().wait_for(kLongEnough) == std::future_status::ready;
  }
  uint64_t steps() const { return steps_; }

 private:
  const std::shared_ptr<std::atomic<bool>> over_ = std::make_shared<std::atomic<bool>>(false);
  std::atomic<uint64_t> steps_{0};
  std::promise<void> done_;
};

bool IsDone(Workers& workers) {
  const auto done = std::make_shared<std::promise<void>>();
  workers.Post([done] { done->set_value(); });
  return done->get_future().wait_for(kLongEnough) == std::future_status::ready;
}

TEST(Workers, DoWhatIsQuickBesideAnyNumberOfLongOnes) {
  LongWork works[20];
  Workers workers(1);
  for (LongWork& work : works) workers.Post(work.Work());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(IsDone(workers));
  for (LongWork& work : works) EXPECT_TRUE(work.Ends());
}

TEST(Workers, LetSoManyLongOnesGoOnAndTheOthersWaitAsLongAsTheyHavePatience) {
  LongWork first, second, third;
  Workers workers(1);
  workers.Post(first.Work());
  workers.Post(second.Work());
  ASSERT_TRUE(IsDone(workers));  // both have given way
  ASSERT_TRUE(second.Ends());
  workers.Post(third.Work());
  ASSERT_TRUE(IsDone(workers));
  EXPECT_TRUE(third.Ends());
  first.Ends();
}

// Two that go on for ever, and one that takes longer than what is quick, but comes to an end.
TEST(Workers, GiveEachLongOneItsTurn) {
  LongWork works[2];
  Workers workers(1);
  for (LongWork& work : works) workers.Post(work.Work());
  for (int i = 0; i < 3; ++i) {
    std::promise<void> done;
    workers.Post([&done] {
      const auto start = std::chrono::steady_clock::now();
      while (std::chrono::steady_clock::now() < start + 2 * Workers::kQuick) {
        EXPECT_TRUE(Patience().CheckInTurn().ok());
      }
      done.set_value();
    });
    ASSERT_EQ(done.get_future().wait_for(kLongEnough), std::future_status::ready);
  }
  for (LongWork& work : works) {
    const uint64_t before = work.steps();
    const auto limit = std::chrono::steady_clock::now() + kLongEnough;
    while (work.steps() == before && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
    }
    EXPECT_GT(work.steps(), before);
  }
  for (LongWork& work : works) EXPECT_TRUE(work.Ends());
}

TEST(Workers, GoOnWithALongOneWhenAnotherEnds) {
  LongWork works[2];
  Workers workers(1);
  for (LongWork& work : works) workers.Post(work.Work());
  ASSERT_TRUE(IsDone(workers));
  const uint64_t before = works[1].steps();
  ASSERT_TRUE(works[0].Ends());
  const auto limit = std::chrono::steady_clock::now() + kLongEnough;
  while (works[1].steps() == before && std::chrono::steady_clock::now() < limit) {
    std::this_thread::yield();
  }
  EXPECT_GT(works[1].steps(), before);
  EXPECT_TRUE(works[1].Ends());
}

TEST(Workers, JoinWhenAllThatWasPostedIsDone) {
  std::atomic<int> done{0};
  {
    Workers workers(3);
    for (int i = 0; i < 1000; ++i) workers.Post([&] { ++done; });
  }
  EXPECT_EQ(done, 1000);
}

}  // namespace
}  // namespace spoor
