#include "engine/fingerprint/murmur3.h"

#include <gtest/gtest.h>

#include <string>

namespace spoor {
namespace {

// Vectors that other implementations of MurmurHash3 x86_32 publish.
TEST(Murmur3, AgreesWithPublishedVectors) {
  struct {
    std::string text;
    uint32_t seed, hash;
  } const kVectors[] = {
      {"", 0, 0},
      {"", 1, 0x514e28b7},
      {"", 0xffffffff, 0x81f16f39},
      {"test", 0, 0xba6bd213},
      {"test", 0x9747b28c, 0x704b81dc},
      {"Hello, world!", 0, 0xc0363e43},
      {"Hello, world!", 0x9747b28c, 0x24884cba},
      {"The quick brown fox jumps over the lazy dog", 0, 0x2e4ff723},
      {"The quick brown fox jumps over the lazy dog", 0x9747b28c, 0x2fa826cd},
      {"aaaa", 0x9747b28c, 0x5a97808a},
      {"aaa", 0x9747b28c, 0x283e0130},
      {"aa", 0x9747b28c, 0x5d211726},
      {"a", 0x9747b28c, 0x7fa09ea6},
      {std::string(4, '\0'), 0, 0x2362f9de},
      {"\xff\xff\xff\xff", 0, 0x76293b50},
      {"\x21\x43\x65\x87", 0, 0xf55b516b},
      {"\x21\x43\x65", 0, 0x7e4a8634},
      {"\x21", 0, 0x72661cf4},
  };
  for (const auto& v : kVectors) EXPECT_EQ(Murmur3(v.text, v.seed), v.hash) << v.text << v.seed;
}

}  // namespace
}  // namespace spoor
