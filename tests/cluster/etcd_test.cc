#include "shard/meta/etcd.h"

#include <gtest/gtest.h>

#include "tests/cluster/etcd_process.h"
#include "tests/shard/meta_suite.h"

namespace spoor::testing {
namespace {

using Clock = std::chrono::steady_clock;

class EtcdWorld : public MetaWorld {
 public:
  absl::Status Begin() override {
    if (absl::Status s = process_.Start(); !s.ok()) return s;
    auto store = OpenEtcd({.endpoints = process_.endpoint()});
    if (!store.ok()) return store.status();
    store_ = *std::move(store);
    return absl::OkStatus();
  }
  MetaStore& store() override { return *store_; }
  // The server's own clock cannot be moved.
  void Pass(std::chrono::seconds time) override { std::this_thread::sleep_for(time); }

 protected:
  EtcdProcess process_;
  std::unique_ptr<MetaStore> store_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Etcd, MetaStoreLaws, EtcdWorld);

class EtcdTest : public ::testing::Test, public EtcdWorld {
 protected:
  void SetUp() override {
    const absl::Status begun = Begin();
    ASSERT_TRUE(begun.ok()) << begun;
  }
};

Patience Within(std::chrono::milliseconds limit) {
  Patience patience;
  patience.deadline = Clock::now() + limit;
  return patience;
}

TEST_F(EtcdTest, IsUnavailableWhileItIsDownAndWorksWhenItIsBack) {
  std::atomic<int> hints{0};
  const auto watch = store().WatchPrefix("/a", [&] { ++hints; });
  const auto put = store().Put({"/a", "kept", 0}, 0, Soon());
  ASSERT_TRUE(put.ok()) << put.status();
  ASSERT_TRUE(Eventually([&] { return hints > 0; }));
  process_.Kill();
  const auto asked = Clock::now();
  EXPECT_TRUE(absl::IsUnavailable(store().Get("/a", Within(std::chrono::seconds(3))).status()));
  EXPECT_TRUE(absl::IsUnavailable(
      store().Put({"/a", "x", *put}, 0, Within(std::chrono::seconds(3))).status()));
  EXPECT_LT(Clock::now() - asked, std::chrono::seconds(3));
  const int before = hints;
  ASSERT_TRUE(process_.Start().ok());
  EXPECT_EQ((*store().Get("/a", Soon()))->value, "kept");
  EXPECT_TRUE(Eventually([&] { return hints > before; })) << "a hint comes when it is back";
  const int back = hints;
  ASSERT_TRUE(store().Put({"/a", "more", *put}, 0, Soon()).ok());
  EXPECT_TRUE(Eventually([&] { return hints > back; }));
}

TEST_F(EtcdTest, CutsACallAtItsDeadlineOrWhenItIsCancelled) {
  ASSERT_TRUE(store().Get("/a", Soon()).ok());  // there is a connection to wait on
  process_.Pause();
  auto asked = Clock::now();
  EXPECT_TRUE(
      absl::IsDeadlineExceeded(store().Get("/a", Within(std::chrono::milliseconds(100))).status()));
  EXPECT_LT(Clock::now() - asked, std::chrono::seconds(1));
  const auto flag = std::make_shared<std::atomic<bool>>(false);
  Patience patience = Soon();
  patience.cancelled = flag;
  asked = Clock::now();
  std::thread canceller([&] { *flag = true; });
  EXPECT_TRUE(absl::IsCancelled(store().Get("/a", patience).status()));
  canceller.join();
  EXPECT_LT(Clock::now() - asked, std::chrono::seconds(1));
  process_.Resume();
  EXPECT_TRUE(store().Get("/a", Soon()).ok());
}

TEST_F(EtcdTest, AWatchEndsAtOnceWhateverItWaitsFor) {
  const auto end = [&](const char* while_it) {
    SCOPED_TRACE(while_it);
    auto watch = store().WatchPrefix("/a", [] {});
    auto begun = Clock::now();
    watch.reset();
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds(1)) << "just begun";
    std::atomic<bool> hinted{false};
    watch = store().WatchPrefix("/a", [&] { hinted = true; });
    if (absl::string_view(while_it) == "runs") Eventually([&] { return hinted.load(); });
    begun = Clock::now();
    watch.reset();
    EXPECT_LT(Clock::now() - begun, std::chrono::seconds(1));
  };
  end("runs");
  process_.Pause();
  end("is paused");
  process_.Kill();
  end("is down");
}

TEST_F(EtcdTest, AsksTheNextEndpointWhenOneFails) {
  EtcdProcess gone;
  ASSERT_TRUE(gone.Start().ok());
  gone.Kill();
  auto both = OpenEtcd({.endpoints = gone.endpoint() + "," + process_.endpoint()});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_TRUE((*both)->Put({"/a", "", 0}, 0, Soon()).ok()) << "nothing was sent to the first";
  std::atomic<bool> hinted{false};
  const auto watch = (*both)->WatchPrefix("/a", [&] { hinted = true; });
  EXPECT_TRUE(Eventually([&] { return hinted.load(); }));
}

TEST_F(EtcdTest, SaysWhenAValueIsTooLarge) {
  const std::string large(size_t{3} << 20, 'x');
  const auto larger = store().Put({"/a", large, 0}, 0, Soon());
  EXPECT_TRUE(absl::IsResourceExhausted(larger.status())) << larger.status();
  const auto put = store().Put({"/a", large.substr(0, 1'700'000), 0}, 0, Soon());
  EXPECT_TRUE(absl::IsInvalidArgument(put.status())) << put.status();
  EXPECT_TRUE(store().Get("/a", Soon()).ok());
}

}  // namespace
}  // namespace spoor::testing
