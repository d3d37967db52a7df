#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/store/home_key.h"
#include "engine/store/log_value.h"
#include "shard/follow/follower.h"
#include "shard/log/memory_log.h"
#include "tests/engine/model.h"

namespace spoor::testing {

// One log in memory, a writer of random records to it, and what must be in it.
class FollowedLog {
 public:
  explicit FollowedLog(uint64_t seed, uint32_t partitions = 4)
      : partitions_(partitions), rng_(seed) {
    EXPECT_TRUE(logs_.Create(name_, partitions).ok());
    auto writer = logs_.OpenWriter(name_);
    EXPECT_TRUE(writer.ok());
    writer_ = *std::move(writer);
  }

  LogPosition Append(std::vector<LogEntry> batch) {
    LogPosition position;
    writer_->Append(std::move(batch), [&](absl::StatusOr<LogPosition> done) {
      EXPECT_TRUE(done.ok()) << done.status();
      position = *done;
    });
    return position;
  }
  LogPosition Write(const Trajectory& t) {
    model_[t.id.value()] = t;
    return Append({{t.id.value(), EncodeLogValue(t)}});
  }
  LogPosition Delete(const std::string& id) {
    model_.erase(id);
    return Append({{id, std::nullopt}});
  }
  // Inserts, replacements that move home or not, deletions.
  void WriteRandom(int n, int ids = 60) {
    for (int i = 0; i < n; ++i) {
      const std::string id = absl::StrCat("t", rng_() % ids);
      if (rng_() % 5 == 0) {
        Delete(id);
      } else {
        Write(GridTrip(id, rng_() % 500, 1 + rng_() % 50));
      }
    }
  }

  // What of it lives in these homes.
  Model In(const HomeSet& homes) const {
    Model out;
    for (const auto& [id, t] : model_) {
      if (homes.Contains(HomeKey(t.view(), id))) out[id] = t;
    }
    return out;
  }

  // Cuts through the middle of what there is, so that every slot gets something.
  std::vector<uint64_t> Cuts(uint32_t slots) const {
    std::vector<uint64_t> keys, cuts;
    for (int i = 0; i < 500; ++i) {
      const Trajectory t = GridTrip("x", i, 30);
      keys.push_back(HomeKey(t.view(), absl::StrCat("t", i)));
    }
    std::sort(keys.begin(), keys.end());
    for (uint32_t s = 1; s < slots; ++s) cuts.push_back(keys[keys.size() * s / slots]);
    return cuts;
  }

  MemoryLogs& logs() { return logs_; }
  const LogName& name() const { return name_; }
  const Model& model() const { return model_; }
  uint32_t partitions() const { return partitions_; }
  std::mt19937_64& rng() { return rng_; }
  LogPosition End() { return *logs_.End(name_); }

 private:
  const LogName name_{.collection = "taxis", .id = 77};
  const uint32_t partitions_;
  std::mt19937_64 rng_;
  MemoryLogs logs_;
  std::unique_ptr<LogWriter> writer_;
  Model model_;
};

inline IndexParams SmallParams() {
  IndexParams params;
  params.depth = 34;
  params.smoothing_s = 0;
  params.smoothing_m = 0;
  return params;
}

// Until everything that is in the log now can be seen.
inline void CatchUp(Follower& follower, const LogPosition& end) {
  for (int i = 0; i < 10'000 && !follower.engine().position().Includes(end); ++i) {
    ASSERT_TRUE(follower.Step(std::chrono::milliseconds(0)).ok());
    ASSERT_TRUE(follower.Settle().ok());
  }
  ASSERT_TRUE(follower.engine().position().Includes(end));
}

}  // namespace spoor::testing
