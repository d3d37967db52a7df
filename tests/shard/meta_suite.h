#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shard/meta/meta_store.h"
#include "tests/eventually.h"

namespace spoor::testing {

// A store that the laws are checked on, and how its time passes.
class MetaWorld {
 public:
  virtual ~MetaWorld() = default;
  virtual absl::Status Begin() { return absl::OkStatus(); }  // with an empty store
  virtual MetaStore& store() = 0;
  // Lets at least so much time pass, by the clock that leases go by.
  virtual void Pass(std::chrono::seconds time) = 0;
};

inline Patience Soon() {
  Patience patience;
  patience.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  return patience;
}

inline std::vector<std::string> KeysOf(const absl::StatusOr<MetaListing>& listing) {
  std::vector<std::string> keys;
  if (!listing.ok()) return {listing.status().ToString()};
  for (const MetaValue& v : listing->values) keys.push_back(v.key);
  return keys;
}

// What meta_store.h promises, whoever keeps it.  T is a MetaWorld.
template <typename T>
class MetaStoreLaws : public ::testing::Test {
 protected:
  void SetUp() override {
    const absl::Status begun = world_.Begin();
    ASSERT_TRUE(begun.ok()) << begun;
  }
  MetaStore& store() { return world_.store(); }
  T world_;
};
TYPED_TEST_SUITE_P(MetaStoreLaws);

TYPED_TEST_P(MetaStoreLaws, KeepsWhatWasPut) {
  MetaStore& m = this->store();
  const auto nothing = m.Get("/a", Soon());
  ASSERT_TRUE(nothing.ok()) << nothing.status();
  EXPECT_FALSE(nothing->has_value());
  const auto put = m.Put({"/a", "one", 0}, 0, Soon());
  ASSERT_TRUE(put.ok()) << put.status();
  const auto got = m.Get("/a", Soon());
  ASSERT_TRUE(got.ok() && got->has_value()) << got.status();
  EXPECT_EQ((*got)->key, "/a");
  EXPECT_EQ((*got)->value, "one");
  EXPECT_EQ((*got)->revision, *put);
  const auto again = m.Put({"/a", "two", *put}, 0, Soon());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_GT(*again, *put);
  EXPECT_EQ((*m.Get("/a", Soon()))->value, "two");
}

TYPED_TEST_P(MetaStoreLaws, ChangesOnlyWhatNobodyElseHasChanged) {
  MetaStore& m = this->store();
  const auto first = m.Put({"/a", "one", 0}, 0, Soon());
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(absl::IsAborted(m.Put({"/a", "x", 0}, 0, Soon()).status()));
  EXPECT_TRUE(absl::IsAborted(m.Put({"/a", "x", *first + 1}, 0, Soon()).status()));
  EXPECT_TRUE(absl::IsAborted(m.Put({"/b", "x", *first}, 0, Soon()).status()));
  EXPECT_TRUE(absl::IsAborted(m.Delete("/a", *first + 1, Soon())));
  EXPECT_TRUE(absl::IsAborted(m.Delete("/b", *first, Soon())));
  EXPECT_EQ((*m.Get("/a", Soon()))->value, "one");
  EXPECT_TRUE(m.Delete("/a", *first, Soon()).ok());
  EXPECT_FALSE(m.Get("/a", Soon())->has_value());
  EXPECT_TRUE(absl::IsAborted(m.Put({"/a", "x", *first}, 0, Soon()).status()));
  EXPECT_TRUE(m.Put({"/a", "x", 0}, 0, Soon()).ok());
}

TYPED_TEST_P(MetaStoreLaws, ListsByPrefixInOrder) {
  MetaStore& m = this->store();
  for (const char* key : {"/c/2", "/c/10", "/d", "/c", "/c/1", "/c0"}) {
    ASSERT_TRUE(m.Put({key, key, 0}, 0, Soon()).ok());
  }
  EXPECT_EQ(KeysOf(m.List("/c/", Soon())), (std::vector<std::string>{"/c/1", "/c/10", "/c/2"}));
  EXPECT_EQ(KeysOf(m.List("", Soon())).size(), 6u);
  EXPECT_TRUE(KeysOf(m.List("/nothing", Soon())).empty());
  const auto before = m.List("/nothing", Soon());
  const auto put = m.Put({"/e", "", 0}, 0, Soon());
  const auto after = m.List("/nothing", Soon());
  ASSERT_TRUE(before.ok() && put.ok() && after.ok());
  EXPECT_LT(before->revision, after->revision);
  EXPECT_EQ(after->revision, *put) << "an empty listing tells the revision of the store";
}

TYPED_TEST_P(MetaStoreLaws, TakesAnyBytes) {
  MetaStore& m = this->store();
  std::string all;
  for (int c = 0; c < 256; ++c) all.push_back(static_cast<char>(c));
  const std::vector<std::string> keys = {std::string(1, '\0'), "\"\\\n", all,
                                         "\xC3\xA9",           "\xFF",   "\xFF\xFF"};
  for (const std::string& key : keys) {
    ASSERT_TRUE(m.Put({key, key + all, 0}, 0, Soon()).ok());
    const auto got = m.Get(key, Soon());
    ASSERT_TRUE(got.ok() && got->has_value());
    EXPECT_EQ((*got)->value, key + all);
  }
  EXPECT_EQ(KeysOf(m.List("\xFF", Soon())), (std::vector<std::string>{"\xFF", "\xFF\xFF"}));
  EXPECT_EQ(KeysOf(m.List("", Soon())).size(), keys.size());
  ASSERT_TRUE(m.Put({"/empty", "", 0}, 0, Soon()).ok());
  EXPECT_EQ((*m.Get("/empty", Soon()))->value, "");
  EXPECT_TRUE(absl::IsInvalidArgument(m.Put({"", "x", 0}, 0, Soon()).status()));
}

TYPED_TEST_P(MetaStoreLaws, ListsMoreThanOnePageOfLargeValues) {
  MetaStore& m = this->store();
  const std::string megabyte(size_t{1} << 20, 'm');
  ASSERT_TRUE(m.Put({"/large/0", megabyte, 0}, 0, Soon()).ok());
  EXPECT_EQ((*m.Get("/large/0", Soon()))->value, megabyte);
  for (int i = 10; i < 80; ++i) {
    ASSERT_TRUE(
        m.Put({absl::StrCat("/large/", i), megabyte.substr(0, 1 << 17), 0}, 0, Soon()).ok());
  }
  const auto listing = m.List("/large/", Soon());
  ASSERT_TRUE(listing.ok()) << listing.status();
  ASSERT_EQ(listing->values.size(), 71u);
  EXPECT_TRUE(std::ranges::is_sorted(listing->values, {}, &MetaValue::key));
  EXPECT_EQ(listing->values[0].value, megabyte);
}

TYPED_TEST_P(MetaStoreLaws, EndsWhatNobodyKeepsAlive) {
  MetaStore& m = this->store();
  const auto kept = m.Grant(std::chrono::seconds(2), Soon());
  const auto left = m.Grant(std::chrono::seconds(2), Soon());
  ASSERT_TRUE(kept.ok() && left.ok()) << kept.status() << left.status();
  EXPECT_NE(*kept, *left);
  ASSERT_TRUE(m.Put({"/kept", "", 0}, *kept, Soon()).ok());
  ASSERT_TRUE(m.Put({"/left", "", 0}, *left, Soon()).ok());
  ASSERT_TRUE(m.Put({"/free", "", 0}, 0, Soon()).ok());
  const auto both = [&] { return KeysOf(m.List("/", Soon())); };
  for (int i = 0; i < 100 && both().size() > 2; ++i) {
    this->world_.Pass(std::chrono::seconds(1));
    ASSERT_TRUE(m.KeepAlive(*kept, Soon()).ok());
  }
  EXPECT_EQ(both(), (std::vector<std::string>{"/free", "/kept"}));
  EXPECT_TRUE(absl::IsNotFound(m.KeepAlive(*left, Soon())));
  EXPECT_TRUE(absl::IsNotFound(m.Put({"/x", "", 0}, *left, Soon()).status()));
  EXPECT_TRUE(absl::IsNotFound(m.Revoke(*left, Soon())));
  ASSERT_TRUE(m.Revoke(*kept, Soon()).ok());
  EXPECT_EQ(both(), (std::vector<std::string>{"/free"}));
}

TYPED_TEST_P(MetaStoreLaws, ALeaseEndsWithTheValueItWasPutWith) {
  MetaStore& m = this->store();
  const auto lease = m.Grant(std::chrono::seconds(60), Soon());
  ASSERT_TRUE(lease.ok());
  const auto put = m.Put({"/a", "leased", 0}, *lease, Soon());
  ASSERT_TRUE(put.ok());
  ASSERT_TRUE(m.Put({"/a", "free", *put}, 0, Soon()).ok());
  ASSERT_TRUE(m.Revoke(*lease, Soon()).ok());
  EXPECT_TRUE(m.Get("/a", Soon())->has_value());
}

TYPED_TEST_P(MetaStoreLaws, HintsAfterEachChangeUnderThePrefix) {
  MetaStore& m = this->store();
  std::atomic<int> hints{0}, others{0};
  const auto watch = m.WatchPrefix("/w/", [&] { ++hints; });
  const auto other = m.WatchPrefix("/other/", [&] { ++others; });
  ASSERT_TRUE(Eventually([&] { return hints > 0 && others > 0; })) << "one comes when it begins";
  const int before = others;
  const auto hinted = [&](auto change) {
    const int seen = hints;
    change();
    return Eventually([&] { return hints > seen; });
  };
  absl::StatusOr<uint64_t> put;
  EXPECT_TRUE(hinted([&] { put = m.Put({"/w/a", "1", 0}, 0, Soon()); }));
  ASSERT_TRUE(put.ok());
  EXPECT_TRUE(hinted([&] { put = m.Put({"/w/a", "2", *put}, 0, Soon()); }));
  EXPECT_TRUE(hinted([&] { EXPECT_TRUE(m.Delete("/w/a", *put, Soon()).ok()); }));
  const auto lease = m.Grant(std::chrono::seconds(60), Soon());
  ASSERT_TRUE(lease.ok());
  EXPECT_TRUE(hinted([&] { EXPECT_TRUE(m.Put({"/w/b", "", 0}, *lease, Soon()).ok()); }));
  EXPECT_TRUE(hinted([&] { EXPECT_TRUE(m.Revoke(*lease, Soon()).ok()); }));
  EXPECT_EQ(others, before);
}

TYPED_TEST_P(MetaStoreLaws, ExactlyOneOfManyWinsEachChange) {
  MetaStore& m = this->store();
  constexpr int kThreads = 4, kRounds = 25;
  std::array<std::atomic<int>, kRounds> winners{};
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int round = 0; round < kRounds;) {
        const auto now = m.Get("/counter", Soon());
        ASSERT_TRUE(now.ok()) << now.status();
        round = now->has_value() ? std::stoi((*now)->value) : 0;
        if (round >= kRounds) return;
        const auto put =
            m.Put({"/counter", absl::StrCat(round + 1), *now ? (*now)->revision : 0}, 0, Soon());
        if (put.ok()) {
          ++winners[static_cast<size_t>(round)];
        } else {
          ASSERT_TRUE(absl::IsAborted(put.status())) << t << ": " << put.status();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  for (const auto& w : winners) EXPECT_EQ(w, 1);
}

TYPED_TEST_P(MetaStoreLaws, EndsWithPatience) {
  MetaStore& m = this->store();
  Patience over;
  over.deadline = std::chrono::steady_clock::now() - std::chrono::seconds(1);
  EXPECT_TRUE(absl::IsDeadlineExceeded(m.Get("/a", over).status()));
  EXPECT_TRUE(absl::IsDeadlineExceeded(m.Put({"/a", "", 0}, 0, over).status()));
  Patience cancelled = Soon();
  cancelled.cancelled = std::make_shared<std::atomic<bool>>(true);
  EXPECT_TRUE(absl::IsCancelled(m.List("/", cancelled).status()));
  EXPECT_TRUE(absl::IsCancelled(m.Grant(std::chrono::seconds(5), cancelled).status()));
}

REGISTER_TYPED_TEST_SUITE_P(MetaStoreLaws, KeepsWhatWasPut, ChangesOnlyWhatNobodyElseHasChanged,
                            ListsByPrefixInOrder, TakesAnyBytes, ListsMoreThanOnePageOfLargeValues,
                            EndsWhatNobodyKeepsAlive, ALeaseEndsWithTheValueItWasPutWith,
                            HintsAfterEachChangeUnderThePrefix, ExactlyOneOfManyWinsEachChange,
                            EndsWithPatience);

}  // namespace spoor::testing
