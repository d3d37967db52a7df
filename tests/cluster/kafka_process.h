#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

// Brokers of deploy/kafka on loopback, in a directory of their own; ended with the object.  The
// first ones on a machine are fetched, which takes a minute.
class KafkaProcess {
 public:
  // brokers: 1 or 3.
  static absl::StatusOr<std::unique_ptr<KafkaProcess>> Start(int brokers);
  ~KafkaProcess();

  const std::string& brokers() const { return brokers_; }  // "127.0.0.1:9092,..."
  bool Kill(int broker);                                   // SIGKILL, and waits
  bool StartAgain(int broker);                             // waits until it is ready

 private:
  KafkaProcess() = default;

  TempDir dir_;
  std::string brokers_;
};

}  // namespace spoor::testing
