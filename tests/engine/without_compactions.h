#pragma once

#include <rocksdb/env.h>

#include <memory>
#include <mutex>
#include <vector>

namespace spoor::testing {

// Compactions do not run: one that meets a dying disk at a certain moment trips over an assertion
// of RocksDB 7.8, which ends the process: a test that goes on after its disk's death cannot have
// it.
class WithoutCompactions : public rocksdb::EnvWrapper {
 public:
  explicit WithoutCompactions(std::unique_ptr<rocksdb::Env> env)
      : EnvWrapper(env.get()), env_(std::move(env)) {
    file_system_ = env_->GetFileSystem();
    system_clock_ = env_->GetSystemClock();
  }

  void Schedule(void (*run)(void*), void* what, Priority priority, void* tag,
                void (*drop)(void*)) override {
    if (priority != Priority::LOW) return EnvWrapper::Schedule(run, what, priority, tag, drop);
    const std::lock_guard lock(mu_);
    waiting_.push_back({what, tag, drop});
  }
  int UnSchedule(void* tag, Priority priority) override {
    if (priority != Priority::LOW) return EnvWrapper::UnSchedule(tag, priority);
    std::vector<Job> dropped;
    {
      const std::lock_guard lock(mu_);
      for (const Job& job : waiting_) {
        if (job.tag == tag) dropped.push_back(job);
      }
      std::erase_if(waiting_, [tag](const Job& job) { return job.tag == tag; });
    }
    for (const Job& job : dropped) {
      if (job.drop != nullptr) job.drop(job.what);
    }
    return static_cast<int>(dropped.size());
  }

 private:
  struct Job {
    void *what, *tag;
    void (*drop)(void*);
  };
  const std::unique_ptr<rocksdb::Env> env_;
  std::mutex mu_;
  std::vector<Job> waiting_;
};

}  // namespace spoor::testing
