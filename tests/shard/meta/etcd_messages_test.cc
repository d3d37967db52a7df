#include "shard/meta/etcd_messages.h"

#include <gtest/gtest.h>

#include "shard/meta/etcd.h"

namespace spoor::etcd {
namespace {

TEST(EtcdMessages, APrefixEndsWhereTheNextOneBegins) {
  EXPECT_EQ(PrefixEnd("/a/"), "/a0");
  EXPECT_EQ(PrefixEnd("a\xFF\xFF"), "b");
  EXPECT_EQ(PrefixEnd("\xFF"), std::string(1, '\0')) << "to etcd: the end of all keys";
  EXPECT_EQ(PrefixEnd(""), std::string(1, '\0'));
  EXPECT_EQ(PrefixEnd("a\x7F"), "a\x80");
}

TEST(EtcdMessages, AskAsTheGatewayWantsIt) {
  EXPECT_EQ(GetRequest("a"), R"({"key":"YQ=="})");
  EXPECT_EQ(ListRequest("a", "ab", 5, 7),
            R"({"key":"YWI=","range_end":"Yg==","limit":"5","revision":"7"})");
  EXPECT_EQ(PutRequest({"a", "b", 3}, 9),
            R"({"compare":[{"key":"YQ==","target":"MOD","result":"EQUAL","mod_revision":"3"}],)"
            R"("success":[{"request_put":{"key":"YQ==","value":"Yg==","lease":"9"}}]})");
}

TEST(EtcdMessages, ReadAnswersOfWhichDefaultsAreLeftOut) {
  const auto empty = ParseRange(R"({"header":{"revision":"3"}})");
  ASSERT_TRUE(empty.ok()) << empty.status();
  EXPECT_EQ(empty->listing.revision, 3u);
  EXPECT_TRUE(empty->listing.values.empty());
  const auto one = ParseRange(
      R"({"header":{"revision":"3"},"kvs":[{"key":"YQ==","mod_revision":"2"}],"more":true})");
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_TRUE(one->more);
  EXPECT_EQ(one->listing.values.at(0).value, "");
  EXPECT_TRUE(absl::IsAborted(ParseTxn(R"({"header":{"revision":"3"}})").status()));
  EXPECT_EQ(*ParseTxn(R"({"header":{"revision":"3"},"succeeded":true})"), 3u);
  EXPECT_TRUE(absl::IsNotFound(ParseKeepAlive(R"({"result":{"ID":"9"}})")));
  EXPECT_TRUE(ParseKeepAlive(R"({"result":{"ID":"9","TTL":"2"}})").ok());
  EXPECT_TRUE(absl::IsUnavailable(ParseWatchLine(R"({"result":{"canceled":true}})")));
}

TEST(EtcdMessages, RefuseWhatIsNoAnswer) {
  for (const char* bad :
       {"", "{", "[]", "null", "{}", R"({"header":{"revision":3}})", R"({"header":{}})",
        R"({"header":{"revision":"-3"}})", R"({"header":{"revision":"18446744073709551616"}})",
        R"({"header":{"revision":"3"},"kvs":{}})", R"({"header":{"revision":"3"},"kvs":[1]})",
        R"({"header":{"revision":"3"},"kvs":[{"key":"!","mod_revision":"2"}]})",
        R"({"header":{"revision":"3"},"kvs":[{"key":"YQ=="}]})",
        R"({"header":{"revision":"3"},"kvs":[{"mod_revision":"2"}]})"}) {
    EXPECT_TRUE(absl::IsInternal(ParseRange(bad).status())) << bad;
  }
  EXPECT_TRUE(absl::IsInternal(ParseGrant(R"({"header":{"revision":"3"}})").status()));
  EXPECT_TRUE(absl::IsInternal(ParseWatchLine(std::string(100'000, '['))));
}

TEST(EtcdMessages, ErrorsKeepTheirMeaning) {
  EXPECT_TRUE(absl::IsNotFound(ParseError(404, R"({"error":"no lease","code":5})")));
  EXPECT_TRUE(absl::IsInvalidArgument(ParseError(400, R"({"error":"too large","code":3})")));
  EXPECT_TRUE(absl::IsOutOfRange(ParseError(400, R"({"error":"compacted","code":11})")));
  EXPECT_TRUE(absl::IsResourceExhausted(ParseError(429, R"({"error":"no space","code":8})")));
  EXPECT_TRUE(absl::IsUnavailable(ParseError(503, R"({"error":"no leader","code":14})")));
  EXPECT_TRUE(absl::IsUnavailable(ParseError(404, "Not Found\n")));
  EXPECT_EQ(ParseError(503, R"({"error":"no leader","code":14})").message(),
            "etcd answers 503: no leader");
}

TEST(Etcd, RefusesWhatIsNoEndpoint) {
  for (const char* bad : {"", "a", "a:", ":1", "a:0", "a:65536", "a:1,", "http://a:1", "::1:2379",
                          "[]:1", "a:1, b:2"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(OpenEtcd({.endpoints = bad}).status())) << bad;
  }
  for (const char* good : {"a:1", "127.0.0.1:2379,b.example:2380", "[::1]:2379"}) {
    EXPECT_TRUE(OpenEtcd({.endpoints = good}).ok()) << good;
  }
}

}  // namespace
}  // namespace spoor::etcd
