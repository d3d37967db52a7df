#pragma once

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tests/engine/temp_dir.h"

namespace spoor::testing {

// An etcd of one member as a child process, on loopback, on ports and with a data directory of its
// own that outlive its death.  Ended with the object, by its process id.
class EtcdProcess {
 public:
  ~EtcdProcess();

  // Waits until it is healthy.  Again after Kill: on the same ports and data.  Unavailable.
  absl::Status Start();
  void Kill();                   // SIGKILL, and waits
  void Pause();                  // SIGSTOP: connections stay, nobody answers
  void Resume();                 // SIGCONT
  void ForgetData();             // REQUIRES: killed.  It starts as an empty one
  std::string endpoint() const;  // host:port; REQUIRES: was started

 private:
  TempDir dir_;
  pid_t pid_ = 0;
  int client_port_ = 0, peer_port_ = 0;
};

}  // namespace spoor::testing
