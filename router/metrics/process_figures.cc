#include "router/metrics/process_figures.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace spoor {
namespace {

std::string ReadFile(const char* path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

double Number(const std::vector<absl::string_view>& fields, size_t at) {
  double value = 0;
  return at < fields.size() && absl::SimpleAtod(fields[at], &value) ? value : 0;
}

// The fields of /proc/self/stat behind the name, which may hold anything: field 3 of proc(5) first.
std::vector<absl::string_view> StatFields(absl::string_view stat) {
  const size_t name_end = stat.rfind(')');
  if (name_end == absl::string_view::npos) return {};
  return absl::StrSplit(stat.substr(name_end + 1), ' ', absl::SkipWhitespace());
}

// Unix seconds of the machine's start.
double BootTime() {
  for (const absl::string_view line : absl::StrSplit(ReadFile("/proc/stat"), '\n')) {
    const std::vector<absl::string_view> words = absl::StrSplit(line, ' ');
    if (words[0] == "btime") return Number(words, 1);
  }
  return 0;
}

double OpenDescriptors() {
  std::error_code error;
  const std::filesystem::directory_iterator all("/proc/self/fd", error);
  if (error) return 0;
  double count = 0;
  for (auto it = begin(all); it != end(all); it.increment(error)) {
    if (error) break;
    ++count;
  }
  return count;
}

}  // namespace

void WriteProcessFigures(MetricsText& text) {
  const std::string stat = ReadFile("/proc/self/stat");
  const auto fields = StatFields(stat);
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  text.Counter("process_cpu_seconds", "Processor time.",
               (Number(fields, 11) + Number(fields, 12)) / ticks);
  text.Gauge("process_threads", "Threads.", Number(fields, 17));
  text.Gauge("process_start_time_seconds", "When it started, Unix seconds.",
             BootTime() + Number(fields, 19) / ticks);
  text.Gauge("process_virtual_memory_bytes", "Address space.", Number(fields, 20));
  text.Gauge("process_resident_memory_bytes", "Memory, mapped files among it.",
             Number(fields, 21) * page);
  const std::string statm = ReadFile("/proc/self/statm");
  const std::vector<absl::string_view> pages = absl::StrSplit(statm, ' ');
  text.Gauge("process_resident_anonymous_bytes", "Of the memory, what is of no file.",
             (Number(pages, 1) - Number(pages, 2)) * page);
  text.Gauge("process_resident_mapped_bytes",
             "Of the memory, what is of files: it goes when others need the room.",
             Number(pages, 2) * page);
  text.Gauge("process_open_fds", "Open descriptors.", OpenDescriptors());
  text.Gauge("process_max_fds", "Descriptors that it may open.",
             static_cast<double>(descriptors.rlim_cur));
  text.Begin("spoor_build_info", MetricsText::Kind::kGauge, "1; its labels say what this is.");
  text.Add(1, {{"version", SPOOR_VERSION}, {"compiler", __VERSION__}});
}

}  // namespace spoor
