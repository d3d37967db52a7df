#pragma once

#include <rocksdb/env.h>
#include <rocksdb/system_clock.h>

#include <memory>
#include <thread>

namespace spoor::testing {

// The store sleeps a second after each failure of a background thread: here it does not.
class HurriedClock : public rocksdb::SystemClockWrapper {
 public:
  using SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "HurriedClock"; }
  void SleepForMicroseconds(int) override { std::this_thread::yield(); }
};
class HurriedEnv : public rocksdb::EnvWrapper {
 public:
  explicit HurriedEnv(std::unique_ptr<rocksdb::Env> env)
      : EnvWrapper(env.get()), env_(std::move(env)) {
    file_system_ = env_->GetFileSystem();
    system_clock_ = std::make_shared<HurriedClock>(env_->GetSystemClock());
  }

 private:
  const std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace spoor::testing
