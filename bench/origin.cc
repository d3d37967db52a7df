#include "bench/origin.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <thread>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace spoor::bench {
namespace {

std::string Commit() {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(
      popen("git describe --always --dirty --exclude '*' 2>/dev/null", "r"), pclose);
  char line[64] = "";
  if (pipe == nullptr || std::fgets(line, sizeof line, pipe.get()) == nullptr) return "unknown";
  return std::string(absl::StripAsciiWhitespace(line));
}

std::string Processor() {
  std::ifstream in("/proc/cpuinfo");
  for (std::string line; std::getline(in, line);) {
    if (line.rfind("model name", 0) == 0) return line.substr(line.find(':') + 2);
  }
  return "unknown processor";
}

}  // namespace

std::string Origin() {
  double load = 0;
  getloadavg(&load, 1);
  return absl::StrCat("git ", Commit(), ", ", SPOOR_BUILD_TYPE, ", ", Processor(), ", ",
                      std::thread::hardware_concurrency(), " cores, load ",
                      absl::StrFormat("%.1f", load));
}

}  // namespace spoor::bench
