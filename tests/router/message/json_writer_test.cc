#include "router/message/json_writer.h"

#include <gtest/gtest.h>

#include <limits>

namespace spoor {
namespace {

std::string Written(void (*write)(JsonWriter&)) {
  JsonWriter w;
  write(w);
  return w.Take();
}

TEST(JsonWriter, SeparatesMembersAndElements) {
  EXPECT_EQ(Written([](JsonWriter& w) {
              w.BeginObject();
              w.Key("a");
              w.BeginArray();
              w.Uint(1);
              w.BeginObject();
              w.EndObject();
              w.Null();
              w.EndArray();
              w.MemberBool("b", true);
              w.EndObject();
            }),
            R"({"a":[1,{},null],"b":true})");
}

TEST(JsonWriter, PrintsCoordinatesFromTheirIntegers) {
  JsonWriter w;
  w.BeginArray();
  for (const int32_t e7 : {0, 1, -1, 515'000'000, -1'277'583, 1'800'000'000, -1'800'000'000, 10})
    w.DegreesE7(e7);
  w.EndArray();
  EXPECT_EQ(w.Take(), "[0,0.0000001,-0.0000001,51.5,-0.1277583,180,-180,0.000001]");
}

TEST(JsonWriter, PrintsMillisecondsAsSeconds) {
  JsonWriter w;
  w.BeginArray();
  for (const int64_t ms : {int64_t{0}, int64_t{1500}, int64_t{-1}, int64_t{1'700'000'000'123}})
    w.Seconds(ms);
  w.EndArray();
  EXPECT_EQ(w.Take(), "[0,1.5,-0.001,1700000000.123]");
}

TEST(JsonWriter, RoundsWithoutTrailingZeros) {
  JsonWriter w;
  w.BeginArray();
  for (const double value : {1.23456, 2.0, -0.0001, 1e300}) w.Rounded(value, 3);
  w.Double(0.1);
  w.Double(std::numeric_limits<double>::quiet_NaN());
  w.EndArray();
  EXPECT_EQ(w.Take(), "[1.235,2,0,1e+300,0.1,null]");
}

TEST(JsonWriter, EscapesTextAndReplacesWhatIsNotUtf8) {
  JsonWriter w;
  w.String("a\"\\\n\x01\xC3\xA4\xFF\xE2\x82");
  EXPECT_EQ(w.Take(), "\"a\\\"\\\\\\n\\u0001\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace spoor
