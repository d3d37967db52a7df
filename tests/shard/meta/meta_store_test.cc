#include "shard/meta/memory_meta.h"
#include "tests/shard/meta_suite.h"

namespace spoor::testing {
namespace {

template <bool kInlineHints>
class MemoryWorld : public MetaWorld {
 public:
  MetaStore& store() override { return store_; }
  void Pass(std::chrono::seconds time) override { passed_ms_ += time.count() * 1000; }

 private:
  std::atomic<int64_t> passed_ms_{0};
  MemoryMeta store_{{.now =
                         [this] {
                           return std::chrono::steady_clock::time_point(
                               std::chrono::milliseconds(passed_ms_.load()));
                         },
                     .inline_hints = kInlineHints}};
};

using MemoryWorlds = ::testing::Types<MemoryWorld<false>, MemoryWorld<true>>;
INSTANTIATE_TYPED_TEST_SUITE_P(Memory, MetaStoreLaws, MemoryWorlds);

TEST(MemoryMeta, HintsInlineWhenTold) {
  auto now = std::chrono::steady_clock::time_point();
  MemoryMeta store({.now = [&] { return now; }, .inline_hints = true});
  int hints = 0;
  auto watch = store.WatchPrefix("/a", [&] {
    ++hints;
    EXPECT_TRUE(store.Get("/a", Soon()).ok()) << "a hint may use the store";
  });
  EXPECT_EQ(hints, 1);
  ASSERT_TRUE(store.Put({"/a", "", 0}, *store.Grant(std::chrono::seconds(3), Soon()), Soon()).ok());
  EXPECT_EQ(hints, 2);
  now += std::chrono::seconds(3);
  store.Expire();
  EXPECT_EQ(hints, 3);
  watch.reset();
  ASSERT_TRUE(store.Put({"/a", "", 0}, 0, Soon()).ok());
  EXPECT_EQ(hints, 3);
}

TEST(MemoryMeta, IsUnavailableAndSilentWhileAway) {
  MemoryMeta store({.inline_hints = true});
  int hints = 0;
  const auto watch = store.WatchPrefix("/", [&] { ++hints; });
  store.SetReachable(false);
  EXPECT_TRUE(absl::IsUnavailable(store.Get("/a", Soon()).status()));
  EXPECT_TRUE(absl::IsUnavailable(store.Put({"/a", "", 0}, 0, Soon()).status()));
  EXPECT_EQ(hints, 1);
  store.SetReachable(true);
  EXPECT_EQ(hints, 2) << "one comes when it is back";
  EXPECT_FALSE(store.Get("/a", Soon())->has_value());
}

}  // namespace
}  // namespace spoor::testing
