#include "engine/wait/held.h"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace spoor {
namespace {

struct Names {
  std::vector<int> all;
};

template <typename H>
concept ReachedInto = requires(H held) { std::forward<H>(held).operator->(); };
template <typename H>
concept Dereferenced = requires(H held) { *std::forward<H>(held); };

static_assert(ReachedInto<const Held<Names>&> && Dereferenced<const Held<Names>&>);
static_assert(!ReachedInto<Held<Names>> && !ReachedInto<const Held<Names>>);
static_assert(!Dereferenced<Held<Names>> && !Dereferenced<const Held<Names>>);

TEST(Held, KeepsWhatItShowsAfterAnotherOneHasComeInItsPlace) {
  Held<Names> shown(std::make_shared<const Names>(Names{{1, 2, 3}}));
  const Held<Names> held = shown;
  EXPECT_EQ(held, shown);
  shown = Held<Names>(std::make_shared<const Names>(Names{{4}}));
  int sum = 0;
  for (const int one : held->all) sum += one;
  EXPECT_EQ(sum, 6);
  EXPECT_NE(held, shown);
}

TEST(Held, BeginsWithAnEmptyValue) {
  const Held<Names> held;
  EXPECT_TRUE(held->all.empty());
}

}  // namespace
}  // namespace spoor
