// Stands in for libFuzzer where the compiler has none: runs every file of a corpus, then mutations
// of them.  `<target> DIR [SEED]`.  Each input is written to <target>.last before it runs, so that
// it is at hand after a crash.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutations = 2000;
constexpr int kMaxSteps = 6;

using Rng = std::mt19937_64;

size_t Below(Rng& rng, size_t end) {
  return std::uniform_int_distribution<size_t>(0, end - 1)(rng);
}

void MutateOnce(std::string& input, const std::string& other, Rng& rng) {
  const size_t at = Below(rng, input.size() + 1);
  const size_t length = 1 + Below(rng, 16);
  switch (Below(rng, 5)) {
    case 0:
      if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << Below(rng, 8)));
      break;
    case 1:
      input.erase(at, length);
      break;
    case 2:
      input.insert(at, input.substr(Below(rng, input.size() + 1), length));
      break;
    case 3:
      input.insert(at, 1, static_cast<char>(Below(rng, 256)));
      break;
    default:
      input = input.substr(0, at) + other.substr(Below(rng, other.size() + 1));
      break;
  }
}

void Run(const std::string& input, const std::string& last_path) {
  std::ofstream(last_path, std::ios::binary) << input;
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::vector<std::string> ReadCorpus(const char* directory) {
  std::vector<std::filesystem::path> paths;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory, missing)) {
    paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> corpus;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    corpus.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  return corpus;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const std::vector<std::string> corpus = ReadCorpus(argv[1]);
  if (corpus.empty()) {
    std::fprintf(stderr, "no corpus in %s\n", argv[1]);
    return 1;
  }
  const uint64_t seed = argc > 2 ? std::stoull(argv[2]) : 1;
  const std::string last_path = std::string(argv[0]) + ".last";
  std::printf("%zu files, %d mutations, seed %llu\n", corpus.size(), kMutations,
              static_cast<unsigned long long>(seed));
  for (const std::string& input : corpus) Run(input, last_path);
  Rng rng(seed);
  for (int i = 0; i < kMutations; ++i) {
    std::string input = corpus[Below(rng, corpus.size())];
    const size_t steps = 1 + Below(rng, kMaxSteps);
    for (size_t step = 0; step < steps; ++step) {
      MutateOnce(input, corpus[Below(rng, corpus.size())], rng);
    }
    Run(input, last_path);
  }
  std::filesystem::remove(last_path);
  return 0;
}
