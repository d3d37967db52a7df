#include "tests/cluster/kafka_process.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/str_cat.h"

namespace spoor::testing {
namespace {

// What the script printed; false when it failed.
bool Run(const std::string& arguments, std::string* out) {
  FILE* pipe = popen(absl::StrCat("'" SPOOR_DEPLOY_KAFKA "' ", arguments).c_str(), "r");
  if (pipe == nullptr) return false;
  char buffer[256];
  while (fgets(buffer, sizeof buffer, pipe) != nullptr) *out += buffer;
  return pclose(pipe) == 0;
}

}  // namespace

absl::StatusOr<std::unique_ptr<KafkaProcess>> KafkaProcess::Start(int brokers) {
  std::unique_ptr<KafkaProcess> kafka(new KafkaProcess());
  std::string out;
  if (!Run(absl::StrCat("up '", kafka->dir_.path(), "' --brokers ", brokers), &out))
    return absl::UnavailableError("deploy/kafka up has failed");
  constexpr char kBegin[] = "brokers: ";
  const size_t begin = out.find(kBegin), end = out.find('\n', begin);
  if (begin == std::string::npos) return absl::UnavailableError("deploy/kafka up said: " + out);
  kafka->brokers_ = out.substr(begin + sizeof kBegin - 1, end - begin - sizeof kBegin + 1);
  return kafka;
}

KafkaProcess::~KafkaProcess() {
  std::string out;
  Run(absl::StrCat("down '", dir_.path(), "' --now"), &out);
}

bool KafkaProcess::Kill(int broker) {
  std::string out;
  return Run(absl::StrCat("kill '", dir_.path(), "' ", broker), &out);
}

bool KafkaProcess::StartAgain(int broker) {
  std::string out;
  return Run(absl::StrCat("start '", dir_.path(), "' ", broker), &out);
}

}  // namespace spoor::testing
