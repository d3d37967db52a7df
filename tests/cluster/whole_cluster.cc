#include "tests/cluster/whole_cluster.h"

#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace spoor::testing {
namespace {

bool RunScript(const std::string& arguments, std::string* out) {
  const std::string command =
      absl::StrCat("SPOOR_BINARY='" SPOOR_BINARY "' '" SPOOR_DEPLOY_CLUSTER "' ", arguments);
  FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return false;
  char buffer[256];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) *out += buffer;
  return pclose(pipe) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<WholeCluster>> WholeCluster::Start(const Shape& shape) {
  std::unique_ptr<WholeCluster> cluster(new WholeCluster());
  const int port = 12000 + static_cast<int>(std::random_device()() % 4000) * 2;
  std::string out;
  if (!RunScript(absl::StrCat("up '", cluster->dir_.path(), "' --shards ", shape.shards,
                              " --replicas ", shape.replicas, " --routers ", shape.routers,
                              " --brokers ", shape.brokers, " --port ", port),
                 &out)) {
    return absl::UnavailableError("deploy/cluster up has failed: " + out);
  }
  for (absl::string_view line : absl::StrSplit(out, '\n')) {
    if (absl::ConsumePrefix(&line, "router: ")) cluster->urls_.emplace_back(line);
  }
  if (cluster->urls_.empty()) return absl::UnavailableError("deploy/cluster up said: " + out);
  return cluster;
}

WholeCluster::~WholeCluster() { Run("down", "--now"); }

bool WholeCluster::Signal(const std::string& name, int signal) {
  std::ifstream file(absl::StrCat(dir_.path(), "/pid/", name));
  pid_t pid = 0;
  return file >> pid && kill(pid, signal) == 0;
}

bool WholeCluster::Run(const std::string& command, const std::string& rest) {
  std::string out;
  return RunScript(absl::StrCat(command, " '", dir_.path(), "' ", rest), &out);
}

}  // namespace spoor::testing
