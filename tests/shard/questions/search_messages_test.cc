#include "shard/questions/search_messages.h"

#include <gtest/gtest.h>

#include "engine/search/search.h"
#include "proto/search.pb.h"
#include "tests/engine/random_collection.h"
#include "tests/engine/random_query.h"

namespace spoor {
namespace {

using testing::Draw;
using testing::RandomCollection;
using testing::Rng;
using testing::TempDir;

constexpr uint64_t kSearchMessagesSeed = 20261201;
constexpr int kCollections = 200;

// Over the wire and back.
template <typename Message, typename Value>
auto Sent(const Value& value) {
  Message message, arrived;
  Encode(value, message);
  EXPECT_TRUE(arrived.ParseFromString(message.SerializeAsString()));
  return Decode(arrived);
}

void ExpectSame(const Hit& a, const Hit& b) {
  EXPECT_TRUE(a.id == b.id && a.version == b.version && a.score == b.score &&
              a.direction == b.direction && a.distance_m == b.distance_m && a.part == b.part &&
              a.matches == b.matches)
      << a.id.value() << " or " << b.id.value();
}

TEST(SearchMessages, AskAndAnswerTheSameOnTheOtherSide) {
  const TempDir dir;
  size_t hits = 0;
  for (int i = 0; i < kCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchMessagesSeed + i));
    Rng rng(kSearchMessagesSeed + i);
    RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
    Query query = testing::RandomQuery(rng, c);
    query.elsewhere = testing::Draw(rng, 100);
    const auto arrived = Sent<v1::SearchRequest>(query);
    ASSERT_TRUE(arrived.ok()) << arrived.status();
    EXPECT_EQ(arrived->fixes, query.fixes);
    EXPECT_EQ(arrived->elsewhere, query.elsewhere);
    const SearchAnswer answer = *SearchSegments(c.context(), query);
    const auto answered = Sent<v1::SearchReply>(*SearchSegments(c.context(), *arrived));
    ASSERT_TRUE(answered.ok()) << answered.status();
    ASSERT_EQ(answered->hits.size(), answer.hits.size());
    for (size_t h = 0; h < answer.hits.size(); ++h) ExpectSame(answered->hits[h], answer.hits[h]);
    EXPECT_EQ(answered->exact, answer.exact);
    EXPECT_EQ(answered->cost.postings, answer.cost.postings);
    EXPECT_STREQ(answered->cost.plan, answer.cost.plan);
    hits += answer.hits.size();
  }
  EXPECT_GT(hits, size_t{kCollections});
}

TEST(SearchMessages, RangesAndShortlistsArriveAsTheyWereSent) {
  const TempDir dir;
  for (int i = 0; i < kCollections; ++i) {
    SCOPED_TRACE(absl::StrCat("seed ", kSearchMessagesSeed + i));
    Rng rng(kSearchMessagesSeed + i);
    RandomCollection c = testing::MakeCollection(rng, testing::kSmall, dir);
    const RangeQuery query{
        .filter = testing::RandomFilter(rng, c), .limit = 1 + Draw(rng, 9), .after_id = ""};
    const auto arrived = Sent<v1::RangeRequest>(query);
    ASSERT_TRUE(arrived.ok()) << arrived.status();
    const RangeAnswer answer = *RangeSegments(c.context(), query);
    const auto answered = Sent<v1::RangeReply>(*RangeSegments(c.context(), *arrived));
    ASSERT_TRUE(answered.ok()) << answered.status();
    EXPECT_EQ(answered->ids, answer.ids);
    EXPECT_EQ(answered->more, answer.more);

    Query similar = testing::RandomQuery(rng, c);
    if (!similar.rerank) continue;
    const Shortlist list = *ProposeSegments(c.context(), similar);
    const auto listed = Sent<v1::ProposeReply>(list);
    ASSERT_TRUE(listed.ok()) << listed.status();
    EXPECT_EQ(listed->possible, list.possible);
    EXPECT_EQ(listed->live, list.live);
    ASSERT_EQ(listed->hits.size(), list.hits.size());
    for (size_t h = 0; h < list.hits.size(); ++h) ExpectSame(listed->hits[h], list.hits[h]);
  }
}

TEST(SearchMessages, CarryEveryFigureOfTheCost) {
  SearchAnswer answer;
  answer.cost = {.segments = 1,
                 .query_geodabs = 2,
                 .postings = 3,
                 .postings_read = 4,
                 .candidates = 5,
                 .verified = 6,
                 .bounded = 7,
                 .refined = 8,
                 .cells = 9,
                 .plan = "",
                 .fingerprint_us = 10,
                 .propose_us = 11,
                 .bound_us = 12,
                 .read_us = 13,
                 .measure_us = uint64_t{1} << 40};
  for (const char* plan : {"", "counting", "rare_first", "bounds", "listed"}) {
    answer.cost.plan = plan;
    const SearchCost cost = Sent<v1::SearchReply>(answer)->cost;
    EXPECT_STREQ(cost.plan, plan);
    EXPECT_EQ(cost.segments, 1u);
    EXPECT_EQ(cost.query_geodabs, 2u);
    EXPECT_EQ(cost.postings, 3u);
    EXPECT_EQ(cost.postings_read, 4u);
    EXPECT_EQ(cost.candidates, 5u);
    EXPECT_EQ(cost.verified, 6u);
    EXPECT_EQ(cost.bounded, 7u);
    EXPECT_EQ(cost.refined, 8u);
    EXPECT_EQ(cost.cells, 9u);
    EXPECT_EQ(cost.fingerprint_us, 10u);
    EXPECT_EQ(cost.propose_us, 11u);
    EXPECT_EQ(cost.bound_us, 12u);
    EXPECT_EQ(cost.read_us, 13u);
    EXPECT_EQ(cost.measure_us, uint64_t{1} << 40);
  }
  RangeAnswer page;
  page.cost = {.judged = 1, .read = 2, .judge_us = 3, .read_us = 4};
  const RangeCost cost = Sent<v1::RangeReply>(page)->cost;
  EXPECT_EQ(cost.judged, 1u);
  EXPECT_EQ(cost.read, 2u);
  EXPECT_EQ(cost.judge_us, 3u);
  EXPECT_EQ(cost.read_us, 4u);
}

TEST(SearchMessages, APlanOfALaterVersionIsNone) {
  v1::SearchReply reply;
  reply.mutable_cost()->set_plan(99);
  EXPECT_STREQ(Decode(reply)->cost.plan, "");
}

TEST(SearchMessages, AHitSaysWhichPartItsDistanceIsTo) {
  Hit hit{.id = TrajectoryId("a"), .part = {{3, 3}}};
  EXPECT_EQ(Sent<v1::Hit>(hit)->part, hit.part);
  hit.part = {0, UINT32_MAX};
  EXPECT_EQ(Sent<v1::Hit>(hit)->part, hit.part);
  hit.part.reset();
  EXPECT_FALSE(Sent<v1::Hit>(hit)->part.has_value());
  v1::Hit backwards;
  backwards.set_id("a");
  backwards.mutable_part()->set_from(4);
  EXPECT_EQ(Decode(backwards).status().message(), "hit.part is from: 4; allowed: from <= to");
}

TEST(SearchMessages, CarryWhatIsShown) {
  const std::vector<Fix> fixes = {{1, 2, 5000}, {-3, 4, 6000}, {5, -6, 7000}};
  ShownRecord shown{.home = UINT64_MAX - 3,
                    .object = "cab7",
                    .summary = Summarise(fixes),
                    .geodabs = 9,
                    .tags = {{"fleet", "north"}, {"weather", ""}},
                    .fixes = fixes};
  for (const bool whole : {true, false}) {
    if (!whole) shown = ShownRecord{.home = 3};
    SearchAnswer answer;
    answer.hits.push_back({.id = TrajectoryId("a"), .version = 4, .shown = shown});
    answer.hits.push_back({.id = TrajectoryId("b"), .version = 5});
    const auto arrived = Sent<v1::SearchReply>(answer);
    ASSERT_TRUE(arrived.ok()) << arrived.status();
    EXPECT_EQ(arrived->hits[0].shown, shown);
    EXPECT_EQ(arrived->hits[1].shown, std::nullopt);
    RangeAnswer page{.ids = {TrajectoryId("a")}, .versions = {4}, .shown = {shown}};
    EXPECT_EQ(Sent<v1::RangeReply>(page)->shown, page.shown);
  }
  Query query;
  query.fixes = fixes;
  EXPECT_EQ(Sent<v1::SearchRequest>(query)->show, std::nullopt);
  query.show = Show{.summary = true, .tags = false, .geometry = true};
  EXPECT_EQ(Sent<v1::SearchRequest>(query)->show, query.show);
  const RangeQuery page{.filter = {}, .show = Show{.tags = true}};
  EXPECT_EQ(Sent<v1::RangeRequest>(page)->show, page.show);

  v1::RangeReply wrong;
  wrong.add_ids("a");
  wrong.add_versions(1);
  wrong.add_shown()->mutable_summary();
  EXPECT_EQ(Decode(wrong).status().code(), absl::StatusCode::kInvalidArgument);
  wrong.clear_shown();
  wrong.add_shown();
  wrong.add_shown();
  EXPECT_EQ(Decode(wrong).status().message(), "shown is 2; allowed: none, or as many as ids");
}

TEST(SearchMessages, TimesGoAllTheWay) {
  Query query;
  query.fixes = {{1, 2, kNoTime + 1}, {-3, 4, 0}, {5, -6, INT64_MAX}};
  const auto arrived = Sent<v1::SearchRequest>(query);
  ASSERT_TRUE(arrived.ok()) << arrived.status();
  EXPECT_EQ(arrived->fixes, query.fixes);
}

v1::SearchRequest Good() {
  v1::SearchRequest request;
  request.set_k(3);
  request.mutable_fixes()->add_lat_e7(1);
  request.mutable_fixes()->add_lon_e7(2);
  return request;
}

struct BadRow {
  const char* name;
  void (*spoil)(v1::SearchRequest&);
};

class BadSearchMessage : public ::testing::TestWithParam<BadRow> {};

TEST_P(BadSearchMessage, IsRefusedByTheNameOfItsField) {
  v1::SearchRequest request = Good();
  ASSERT_TRUE(Decode(request).ok());
  GetParam().spoil(request);
  const auto query = Decode(request);
  ASSERT_EQ(query.status().code(), absl::StatusCode::kInvalidArgument) << query.status();
  std::string field = GetParam().name;
  field = field.substr(0, field.find("__"));
  std::replace(field.begin(), field.end(), '0', '.');
  EXPECT_EQ(query.status().message().find(field), 0u) << query.status();
}

INSTANTIATE_TEST_SUITE_P(
    Rows, BadSearchMessage,
    ::testing::Values(
        BadRow{"fixes", [](auto& r) { r.clear_fixes(); }},
        BadRow{"fixes0lon_e7__more", [](auto& r) { r.mutable_fixes()->add_lon_e7(1); }},
        BadRow{"fixes0lat_e7__far", [](auto& r) { r.mutable_fixes()->set_lat_e7(0, 900000001); }},
        BadRow{"fixes0lon_e7__far", [](auto& r) { r.mutable_fixes()->set_lon_e7(0, INT64_MIN); }},
        BadRow{"fixes0time_ms__more",
               [](auto& r) {
                 r.mutable_fixes()->add_time_ms(1);
                 r.mutable_fixes()->add_time_ms(1);
               }},
        BadRow{"fixes0time_ms__none", [](auto& r) { r.mutable_fixes()->add_time_ms(kNoTime); }},
        BadRow{"fixes0time_ms__back",
               [](auto& r) {
                 r.mutable_fixes()->add_lat_e7(0);
                 r.mutable_fixes()->add_lon_e7(0);
                 r.mutable_fixes()->add_time_ms(5);
                 r.mutable_fixes()->add_time_ms(-1);
               }},
        BadRow{"k", [](auto& r) { r.set_k(0); }},
        BadRow{"min_score", [](auto& r) { r.set_min_score(-0.0001); }},
        BadRow{"min_score__nan", [](auto& r) { r.set_min_score(NAN); }},
        BadRow{"max_distance_m", [](auto& r) { r.set_max_distance_m(NAN); }},
        BadRow{"score", [](auto& r) { r.set_score(static_cast<v1::Score>(9)); }},
        BadRow{"direction", [](auto& r) { r.set_direction(static_cast<v1::Direction>(3)); }},
        BadRow{"exact", [](auto& r) { r.set_exact(true); }},
        BadRow{"rerank", [](auto& r) { r.mutable_rerank()->set_measure("nonsense"); }},
        BadRow{"rerank0candidates", [](auto& r) { r.mutable_rerank()->set_measure("dtw"); }},
        BadRow{"filter0box", [](auto& r) { r.mutable_filter()->mutable_box()->set_south_e7(1); }},
        BadRow{"filter0relation",
               [](auto& r) { r.mutable_filter()->set_relation(static_cast<v1::Relation>(7)); }},
        BadRow{"filter0homes",
               [](auto& r) {
                 r.mutable_filter()->set_masked(true);
                 r.mutable_filter()->add_homes()->set_first(5);
               }}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace spoor
