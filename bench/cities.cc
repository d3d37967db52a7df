#include "bench/cities.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "router/generate/road_graph.h"
#include "router/generate/street_grid.h"

namespace spoor::bench {

Arguments::Arguments(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const size_t equals = word.find('=');
    if (word.rfind("--", 0) != 0 || (equals == std::string::npos && i + 1 == argc)) {
      std::fprintf(stderr, "not understood: '%s', allowed: --name value\n", word.c_str());
      std::exit(2);
    }
    if (equals != std::string::npos) {
      given_.emplace_back(word.substr(2, equals - 2), word.substr(equals + 1));
    } else {
      given_.emplace_back(word.substr(2), argv[++i]);
    }
  }
}

std::string Arguments::Text(absl::string_view name, absl::string_view otherwise) const {
  for (const auto& [n, value] : given_) {
    if (n == name) return value;
  }
  return std::string(otherwise);
}

double Arguments::Number(absl::string_view name, double otherwise) const {
  const std::string text = Text(name, "");
  double value = otherwise;
  if (!text.empty() && !absl::SimpleAtod(text, &value)) {
    std::fprintf(stderr, "--%s is '%s', allowed: a number\n", std::string(name).c_str(),
                 text.c_str());
    std::exit(2);
  }
  return value;
}

std::vector<uint64_t> Arguments::Numbers(absl::string_view name,
                                         absl::string_view otherwise) const {
  std::vector<uint64_t> out;
  const std::string text = Text(name, otherwise);
  for (absl::string_view part : absl::StrSplit(text, ',')) {
    uint64_t value = 0;
    if (!absl::SimpleAtoi(part, &value)) {
      std::fprintf(stderr, "--%s is '%s', allowed: numbers and commas\n", std::string(name).c_str(),
                   text.c_str());
      std::exit(2);
    }
    out.push_back(value);
  }
  return out;
}

absl::StatusOr<City> MakeCity(const Arguments& arguments, const CityOptions& options) {
  const std::string nodes = arguments.Text("graph-nodes", "");
  const auto graph = nodes.empty() ? MakeStreetGrid({.seed = options.seed})
                                   : ReadRoadGraphFiles(nodes, arguments.Text("graph-edges", ""));
  if (!graph.ok()) return graph.status();
  return City::Make(*graph, options);
}

double Percentile(std::vector<double>& values, double share) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const auto at = static_cast<size_t>(share * static_cast<double>(values.size()));
  return values[std::min(at, values.size() - 1)];
}

ScratchDir::ScratchDir() : path_("spoor_bench_XXXXXX") { mkdtemp(path_.data()); }

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

uint64_t ScratchDir::bytes() const {
  uint64_t sum = 0;
  for (const auto& e : std::filesystem::recursive_directory_iterator(path_)) {
    if (e.is_regular_file()) sum += e.file_size();
  }
  return sum;
}

double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double ProcessorSeconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace spoor::bench
