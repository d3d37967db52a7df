#include <gtest/gtest.h>

#include <random>

#include "absl/strings/escaping.h"
#include "proto/token.pb.h"
#include "router/http/exchange.h"
#include "router/message/accept.h"
#include "router/message/target.h"
#include "router/message/token.h"
#include "router/message/written_to.h"

namespace spoor {
namespace {

TEST(Target, IsSplitAndDecoded) {
  const auto target = ParseTarget("/v1/jobs/a%2Fb%C3%A4?x=1+2%2B&flag&time=1,2");
  ASSERT_TRUE(target.ok());
  EXPECT_EQ(target->segments, (std::vector<std::string>{"v1", "jobs", "a/b\xC3\xA4"}));
  EXPECT_EQ(*target->Param("x"), "1 2+");
  EXPECT_EQ(*target->Param("flag"), "");
  EXPECT_EQ(*target->Param("time"), "1,2");
  EXPECT_EQ(target->Param("y"), nullptr);
}

TEST(Target, RefusesWhatIsBroken) {
  for (const absl::string_view text :
       {"", "v1", "*", "/%", "/%4", "/%zz", "/a?x=%f", "/a?x=1&x=2"}) {
    EXPECT_FALSE(ParseTarget(text).ok()) << text;
  }
}

TEST(Target, EncodingIsUndoneByDecoding) {
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(PercentDecode(PercentEncode(all), true), all);
  EXPECT_EQ(PercentEncode("a/b c"), "a%2Fb%20c");
}

TEST(Accept, TakesTheHeaviestTypeAndTheFirstAmongEquals) {
  constexpr absl::string_view kOffered[] = {"application/json", "application/geo+json"};
  struct Row {
    absl::string_view accept;
    int chosen;  // -1: none
  };
  for (const Row& row :
       std::initializer_list<Row>{{"", 0},
                                  {"*/*", 0},
                                  {"application/*", 0},
                                  {"application/geo+json", 1},
                                  {"Application/Geo+JSON; charset=utf-8", 1},
                                  {"application/json;q=0.5, application/geo+json", 1},
                                  {"application/geo+json;q=0.5, */*;q=0.1", 1},
                                  {"application/json;q=0, */*", 1},
                                  {"text/html, application/xhtml+xml", -1},
                                  {"*/*;q=0", -1},
                                  {"application/json;q=x", -1}}) {
    const auto chosen = ChooseMediaType(row.accept, kOffered);
    EXPECT_EQ(chosen ? static_cast<int>(*chosen) : -1, row.chosen) << row.accept;
  }
}

TEST(Accept, PrefersZstdAmongEqualCodings) {
  EXPECT_EQ(ChooseCoding(""), "identity");
  EXPECT_EQ(ChooseCoding("br"), "identity");
  EXPECT_EQ(ChooseCoding("gzip, deflate, br, zstd"), "zstd");
  EXPECT_EQ(ChooseCoding("gzip;q=1.0, zstd;q=0.5"), "gzip");
  EXPECT_EQ(ChooseCoding("gzip;q=0"), "identity");
}

TEST(Token, RoundTrips) {
  for (const uint64_t value : {uint64_t{0}, uint64_t{1}, ~uint64_t{0}}) {
    const WrittenTo written_to{.position = {.log_id = value, .next = {value / 3, 0, value}},
                               .homes = {{3, 5}, {7, UINT64_MAX}}};
    if (value == 0) continue;  // nothing was written: an empty message is no token
    EXPECT_EQ(DecodeToken(EncodeToken(written_to)), written_to);
  }
  EXPECT_EQ(DecodeCursor("jobs", EncodeCursor("jobs", "a/\xC3\xA4 b")), "a/\xC3\xA4 b");
}

TEST(Token, HoldsWhatTheLargestLogAndTheMostRangesNeed) {
  WrittenTo written{.position = {.log_id = ~uint64_t{0}, .next = {}}, .homes = HomeSet::All()};
  written.position.next.assign(kMaxPartitions, ~uint64_t{0});
  std::vector<HomeRange> ranges;
  for (uint64_t i = 0; i < kMaxTokenRanges; ++i) ranges.push_back({4 * i, 4 * i + 1});
  written.homes = HomeSet(ranges);
  EXPECT_EQ(DecodeToken(EncodeToken(written)), written);
  ranges.push_back({1000, 1001});
  written.homes = HomeSet(ranges);
  EXPECT_FALSE(DecodeToken(EncodeToken(written)).has_value());
}

TEST(Token, NamesHomesInOneWayOnly) {
  const auto decoded = [](std::initializer_list<uint64_t> ends) {
    v1::SessionToken message;
    message.set_log_id(7);
    for (const uint64_t end : ends) message.add_homes(end);
    return DecodeToken(absl::WebSafeBase64Escape(message.SerializeAsString()));
  };
  ASSERT_TRUE(decoded({5, 9, 11, 12}).has_value());
  EXPECT_EQ(decoded({5, 9, 11, 12})->homes, (HomeSet{{5, 9}, {11, 12}}));
  EXPECT_EQ(decoded({})->homes, HomeSet::All());
  EXPECT_FALSE(decoded({5, 9, 10, 12}).has_value()) << "these are one range";
  EXPECT_FALSE(decoded({11, 12, 5, 9}).has_value()) << "they do not ascend";
  EXPECT_FALSE(decoded({9, 5}).has_value());
  EXPECT_FALSE(decoded({0, UINT64_MAX}).has_value()) << "everywhere is said by none";
  EXPECT_FALSE(decoded({5}).has_value());
}

TEST(WrittenTo, HomesAreAsFewRangesAsPossible) {
  EXPECT_EQ(TokenHomes({{10, 19}, {0, 9}, {30, 39}, {35, 36}}), (HomeSet{{0, 19}, {30, 39}}));
  EXPECT_EQ(TokenHomes({{5, UINT64_MAX}, {0, 4}}), HomeSet::All());
  std::vector<HomeRange> many;
  for (uint64_t i = 0; i <= kMaxTokenRanges; ++i) many.push_back({2 * i, 2 * i});
  EXPECT_EQ(TokenHomes(HomeSet(many)), HomeSet::All());
}

WrittenTo Written(std::vector<uint64_t> next, HomeSet homes) {
  WrittenTo out;
  out.position.log_id = 7;
  out.position.next = std::move(next);
  out.homes = std::move(homes);
  return out;
}

TEST(WrittenTo, AddsUpToWhatIncludesBoth) {
  WrittenTo sum = Written({5, 0}, {{0, 9}});
  AddWritten(sum, Written({3, 2, 8}, {{10, 19}}));
  EXPECT_EQ(sum, Written({5, 2, 8}, {{0, 19}}));
  AddWritten(sum, Written({6}, HomeSet::All()));
  EXPECT_EQ(sum.homes, HomeSet::All());
}

TEST(Token, RefusesGarbage) {
  for (const absl::string_view text : {"", "!", "AA==", "garbage", "zzzzzzzzzzzzzzzzzzz"}) {
    EXPECT_FALSE(DecodeToken(text).has_value()) << text;
  }
  EXPECT_FALSE(DecodeCursor("jobs", EncodeCursor("jobs", "")).has_value());
  EXPECT_FALSE(DecodeCursor("jobs", EncodeCursor("jobs", "a\n")).has_value());
  EXPECT_FALSE(DecodeCursor("jobs", std::string(10'000, 'A')).has_value());
}

TEST(Token, ACursorIsOfOneList) {
  const std::string cursor = EncodeCursor(TrajectoriesList("taxis"), "a");
  EXPECT_EQ(DecodeCursor(TrajectoriesList("taxis"), cursor), "a");
  EXPECT_FALSE(DecodeCursor(TrajectoriesList("buses"), cursor).has_value());
  EXPECT_FALSE(DecodeCursor("jobs", cursor).has_value());
  EXPECT_EQ(DecodeCursor("jobs", "CgFh"), "a") << "made before cursors named their list";
}

TEST(Token, SurvivesAnyText) {
  const uint32_t seed = 7;
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  constexpr absl::string_view kAlphabet = "ABCDEFGHIJKLMNOPabcdefghijklmnop0123456789-_=";
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 30, '\0');
    for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
    if (const auto token = DecodeToken(text)) {
      EXPECT_EQ(DecodeToken(EncodeToken(*token)), *token);
    }
    static_cast<void>(DecodeCursor("jobs", text));
  }
}

TEST(Pace, AllowsSilenceForAWhileAndThenAsksForASpeed) {
  const HttpClock::time_point start{};
  Pace pace(std::chrono::seconds(10), 100, start);
  EXPECT_EQ(pace.deadline(), start + std::chrono::seconds(10));
  pace.Moved(1, start + std::chrono::seconds(9));  // one byte buys 10 ms
  EXPECT_EQ(pace.deadline(), start + std::chrono::milliseconds(10'010));
  pace.Moved(9'999, start + std::chrono::seconds(9));
  EXPECT_EQ(pace.deadline(),
            start + std::chrono::seconds(19));  // fast enough, but not silent for ever
  pace.Excuse(std::chrono::seconds(5));
  EXPECT_EQ(pace.deadline(), start + std::chrono::seconds(24));
}

TEST(RequestId, IsEchoedOnlyWhenItIsHarmless) {
  const auto echoed = [](const std::string& id) {
    return EchoedRequestId(
        {.method = "GET", .target = "/", .headers = {{"x-request-id", id}}, .body = ""});
  };
  EXPECT_EQ(echoed("abc-1"), "abc-1");
  EXPECT_EQ(echoed("a b"), "");
  EXPECT_EQ(echoed("\xFF"), "");
  EXPECT_EQ(echoed(std::string(129, 'a')), "");
}

}  // namespace
}  // namespace spoor
