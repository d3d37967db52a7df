#include "tests/scenario/server_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <utility>

#include "absl/strings/str_cat.h"

namespace spoor::testing {
namespace {

constexpr int kStartMs = 60'000;  // sanitizers are slow

// Reads until the ready line's url or the end.
std::string ReadUrl(int fd) {
  std::string text;
  char buffer[256];
  pollfd ready{.fd = fd, .events = POLLIN, .revents = 0};
  while (poll(&ready, 1, kStartMs) > 0) {
    const ssize_t n = read(fd, buffer, sizeof buffer);
    if (n <= 0) break;
    text.append(buffer, static_cast<size_t>(n));
    const size_t at = text.find("http://");
    const size_t end = at == std::string::npos ? at : text.find_first_of(", \n", at);
    if (end != std::string::npos) return text.substr(at, end - at);
  }
  return "";
}

}  // namespace

absl::StatusOr<ServerProcess> ServerProcess::Start(const std::string& data_dir,
                                                   std::vector<std::string> more_arguments) {
  std::vector<std::string> words = {SPOOR_BINARY, "serve",    "--data",
                                    data_dir,     "--listen", "127.0.0.1:0"};
  words.insert(words.end(), more_arguments.begin(), more_arguments.end());
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  int out[2];
  if (pipe(out) != 0) return absl::InternalError("no pipe");
  const pid_t pid = fork();
  if (pid < 0) return absl::InternalError("no process");
  if (pid == 0) {
    dup2(out[1], STDOUT_FILENO);
    dup2(out[1], STDERR_FILENO);
    close(out[0]);
    close(out[1]);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(out[1]);
  ServerProcess server(pid, ReadUrl(out[0]));
  // What it says later goes nowhere, and a full pipe must not block it.
  fcntl(out[0], F_SETFD, FD_CLOEXEC);
  if (server.url_.empty()) {
    close(out[0]);
    return absl::UnavailableError(absl::StrCat("the server did not start in ", data_dir));
  }
  return server;
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : pid_(std::exchange(other.pid_, 0)), url_(std::move(other.url_)) {}

ServerProcess::~ServerProcess() { Kill(); }

void ServerProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, 0), nullptr, 0);
}

int ServerProcess::Stop() {
  if (pid_ <= 0) return -1;
  kill(pid_, SIGTERM);
  int status = 0;
  waitpid(std::exchange(pid_, 0), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace spoor::testing
