#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

// deploy/cluster in a directory of its own, on ports of its own; ended with the object.
class WholeCluster {
 public:
  struct Shape {
    int shards = 3, replicas = 2, routers = 2, brokers = 3;
  };
  static absl::StatusOr<std::unique_ptr<WholeCluster>> Start(const Shape& shape);
  ~WholeCluster();

  const std::vector<std::string>& urls() const { return urls_; }    // of the routers
  const std::string& dir() const { return dir_.path(); }            // as deploy/cluster has it
  bool Kill(const std::string& name) { return Run("kill", name); }  // "shard-b", "kafka-2", "etcd"
  bool StartAgain(const std::string& name) {
    return Run("start", name);
  }  // waits until it is ready
  // To a process of spoor or etcd: SIGSTOP, SIGCONT.
  bool Signal(const std::string& name, int signal);

 private:
  WholeCluster() = default;
  bool Run(const std::string& command, const std::string& rest);

  TempDir dir_;
  std::vector<std::string> urls_;
};

}  // namespace spoor::testing
