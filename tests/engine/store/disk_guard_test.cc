#include "engine/store/disk_guard.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/engine/temp_dir.h"

namespace spoor {
namespace {

constexpr uint64_t kLeast = 1000, kReserve = 100;

struct FakeDisk {
  testing::TempDir dir;
  uint64_t free = 0;
  DiskGuard guard{dir.path(), kLeast, kReserve, [this] { return free; }};
  bool HasReserve() const { return std::filesystem::exists(dir.path() + "/RESERVE"); }
};

TEST(DiskGuard, KeepsTheLeastFree) {
  FakeDisk disk;
  disk.free = kLeast + 10;
  EXPECT_TRUE(disk.guard.Check().ok());
  EXPECT_TRUE(disk.guard.Check(10).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(disk.guard.Check(11)));
  EXPECT_TRUE(absl::IsResourceExhausted(disk.guard.Check(UINT64_MAX)));
  disk.free = kLeast - 1;
  EXPECT_TRUE(absl::IsResourceExhausted(disk.guard.Check()));
}

TEST(DiskGuard, GivesUpItsReserveOnceForDeletionsAndMakesItAgain) {
  FakeDisk disk;
  disk.guard.KeepReserve();
  EXPECT_FALSE(disk.HasReserve());  // no room for it
  disk.free = kLeast + 2 * kReserve;
  disk.guard.KeepReserve();
  EXPECT_TRUE(disk.HasReserve());
  EXPECT_EQ(std::filesystem::file_size(disk.dir.path() + "/RESERVE"), kReserve);
  disk.free = kReserve + 1;
  EXPECT_TRUE(disk.guard.CheckDelete().ok());
  EXPECT_TRUE(disk.HasReserve());
  disk.free = 0;
  EXPECT_TRUE(disk.guard.CheckDelete().ok());
  EXPECT_FALSE(disk.HasReserve());
  disk.free = kReserve / 2;  // of what was given up, for more of them
  EXPECT_TRUE(disk.guard.CheckDelete().ok());
  disk.free = 0;
  EXPECT_TRUE(absl::IsResourceExhausted(disk.guard.CheckDelete()));
  disk.free = kLeast + 2 * kReserve;
  disk.guard.KeepReserve();
  EXPECT_TRUE(disk.HasReserve());
}

}  // namespace
}  // namespace spoor
