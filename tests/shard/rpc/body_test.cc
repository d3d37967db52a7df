#include "shard/rpc/body.h"

#include <gtest/gtest.h>

#include <memory>

namespace spoor {
namespace {

class Counted : public Said {
 public:
  explicit Counted(int& encoded) : encoded_(encoded) {}
  std::string Encode() const override {
    ++encoded_;
    return "counted";
  }

 private:
  int& encoded_;
};
class Other : public Said {
  std::string Encode() const override { return "other"; }
};

TEST(Body, IsTheValueUntilBytesAreWantedWhichAreMadeOnce) {
  int encoded = 0;
  const Body body(std::make_shared<const Counted>(encoded));
  const Body copy = body;
  EXPECT_NE(copy.As<Counted>(), nullptr);
  EXPECT_EQ(copy.As<Other>(), nullptr);
  EXPECT_FALSE(body.has_bytes());
  EXPECT_EQ(encoded, 0);
  EXPECT_EQ(copy.bytes(), "counted");
  EXPECT_EQ(body.bytes(), "counted");
  EXPECT_TRUE(body.has_bytes());
  EXPECT_EQ(encoded, 1);
  EXPECT_EQ(body, Body("counted"));
}

TEST(Body, OfBytesIsNoValue) {
  const Body body("bytes");
  EXPECT_TRUE(body.has_bytes());
  EXPECT_EQ(body.As<Counted>(), nullptr);
  EXPECT_EQ(body.size(), 5u);
  EXPECT_EQ(Body().bytes(), "");
}

}  // namespace
}  // namespace spoor
