#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace spoor::testing {

// A `spoor serve` of this build as a child process, on loopback and a port of its own.  Ended with
// the object, by its process id.
class ServerProcess {
 public:
  // Waits for the line that says it is ready.
  static absl::StatusOr<ServerProcess> Start(const std::string& data_dir,
                                             std::vector<std::string> more_arguments = {});
  ServerProcess(ServerProcess&& other) noexcept;
  ServerProcess& operator=(ServerProcess&&) = delete;
  ~ServerProcess();

  const std::string& url() const { return url_; }
  void Kill();  // SIGKILL, and waits
  int Stop();   // SIGTERM, and waits: the exit status

 private:
  ServerProcess(pid_t pid, std::string url) : pid_(pid), url_(std::move(url)) {}
  pid_t pid_;
  std::string url_;
};

}  // namespace spoor::testing
