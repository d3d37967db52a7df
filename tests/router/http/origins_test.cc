#include "router/http/origins.h"

#include <gtest/gtest.h>

#include "router/http/shares.h"

namespace spoor {
namespace {

TEST(Origins, KnowAddressesLocalhostAndWhatIsAllowed) {
  const auto origins = Origins::Make({"spoor", "db.example"}, {});
  ASSERT_TRUE(origins.ok());
  for (const absl::string_view host :
       {"localhost", "LocalHost:8080", "map.localhost", "localhost.", "127.0.0.1", "10.1.2.3:80",
        "[::1]:8080", "[fe80::1]", "spoor:8080", "DB.example"}) {
    EXPECT_TRUE(origins->KnowsHost(host)) << host;
  }
  for (const absl::string_view host :
       {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "notlocalhost",
        "127.1", "0x7f000001", "x.db.example", "localhost@evil.example"}) {
    EXPECT_FALSE(origins->KnowsHost(host)) << host;
  }
  EXPECT_TRUE(Origins::Make({"*"}, {})->KnowsHost("evil.example"));
}

TEST(Origins, AllowTheServersOwnAndWhatIsListed) {
  const auto origins = Origins::Make({}, {"https://Map.example", "http://localhost:3000"});
  ASSERT_TRUE(origins.ok());
  EXPECT_TRUE(origins->Allows("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(origins->Allows("https://spoor.example", "spoor.example"));
  EXPECT_TRUE(origins->Allows("https://map.example", "localhost:8080"));
  EXPECT_TRUE(origins->Allows("http://localhost:3000", "localhost:8080"));
  for (const absl::string_view origin :
       {"", "null", "http://localhost", "http://localhost:8081", "http://map.example",
        "https://map.example.evil.example", "file://localhost:8080", "localhost:8080"}) {
    EXPECT_FALSE(origins->Allows(origin, "localhost:8080")) << origin;
  }
  EXPECT_FALSE(Origins().Allows("", ""));
  EXPECT_TRUE(Origins::Make({}, {"*"})->Allows("null", "localhost"));
}

TEST(Origins, RefuseWhatIsNoneAndSayWhy) {
  for (const char* host : {"", "a:80", "http://a", "*.example"}) {
    EXPECT_FALSE(Origins::Make({host}, {}).ok()) << host;
  }
  for (const char* origin : {"", "null", "map.example", "https://a/", "https://*.a", "ftp://a"}) {
    const auto made = Origins::Make({}, {origin});
    EXPECT_EQ(made.status().code(), absl::StatusCode::kInvalidArgument) << origin;
  }
}

TEST(Shares, OneClientGetsHalfAndTwoAThirdEach) {
  Shares shares(12);
  std::vector<std::unique_ptr<Shares::Slot>> a, b;
  while (auto slot = shares.Take("a")) a.push_back(std::move(slot));
  EXPECT_EQ(a.size(), 6u);
  a.clear();
  for (bool more = true; more;) {
    auto of_a = shares.Take("a"), of_b = shares.Take("b");
    more = of_a != nullptr || of_b != nullptr;
    if (of_a != nullptr) a.push_back(std::move(of_a));
    if (of_b != nullptr) b.push_back(std::move(of_b));
  }
  EXPECT_NEAR(static_cast<double>(a.size()), 4, 1);
  EXPECT_NEAR(static_cast<double>(b.size()), 4, 1);
  EXPECT_NE(shares.Take("c"), nullptr);
}

TEST(Shares, WhatIsGivenBackIsFree) {
  Shares shares(1);
  auto slot = shares.Take("a");
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(shares.Take("b"), nullptr);
  slot.reset();
  EXPECT_NE(shares.Take("b"), nullptr);
  EXPECT_EQ(Shares(0).Take("a"), nullptr);
}

}  // namespace
}  // namespace spoor
