#include "tests/cluster/etcd_process.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "shard/meta/etcd.h"

namespace spoor::testing {
namespace {

constexpr std::chrono::seconds kStartLimit{60};

// One that was free a moment ago.
int FreePort() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  int port = 0;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  close(fd);
  return port;
}

pid_t Spawn(std::vector<std::string> words, const std::string& output) {
  std::vector<char*> argv;
  for (std::string& w : words) argv.push_back(w.data());
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid != 0) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that crashes leaves nothing behind
  const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(out, STDOUT_FILENO);
  dup2(out, STDERR_FILENO);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

EtcdProcess::~EtcdProcess() { Kill(); }

std::string EtcdProcess::endpoint() const { return absl::StrCat("127.0.0.1:", client_port_); }

absl::Status EtcdProcess::Start() {
  if (client_port_ == 0) {
    client_port_ = FreePort();
    peer_port_ = FreePort();
  }
  const std::string client = absl::StrCat("http://", endpoint());
  const std::string peer = absl::StrCat("http://127.0.0.1:", peer_port_);
  pid_ =
      Spawn({"/usr/bin/etcd", "--name", "m0", "--data-dir", dir_.path() + "/data",
             "--listen-client-urls", client, "--advertise-client-urls", client,
             "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster",
             absl::StrCat("m0=", peer), "--heartbeat-interval", "20", "--election-timeout", "200"},
            dir_.path() + "/output");
  auto store = OpenEtcd({.endpoints = endpoint()});
  if (!store.ok()) return store.status();
  const auto end = std::chrono::steady_clock::now() + kStartLimit;
  for (;;) {
    Patience patience;
    patience.deadline = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    const absl::Status healthy = (*store)->Get("/healthy", patience).status();
    if (healthy.ok()) return healthy;
    if (std::chrono::steady_clock::now() > end || waitpid(pid_, nullptr, WNOHANG) != 0) {
      return absl::UnavailableError(
          absl::StrCat("etcd did not start in ", dir_.path(), ": ", healthy.message()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));  // another process is waited for
  }
}

void EtcdProcess::Kill() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);
  waitpid(std::exchange(pid_, 0), nullptr, 0);
}

void EtcdProcess::Pause() {
  kill(pid_, SIGSTOP);
  waitpid(pid_, nullptr, WUNTRACED);  // its threads run on until then
}
void EtcdProcess::Resume() { kill(pid_, SIGCONT); }

void EtcdProcess::ForgetData() { std::filesystem::remove_all(dir_.path() + "/data"); }

}  // namespace spoor::testing
