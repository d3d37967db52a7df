#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "router/generate/city.h"

namespace spoor::bench {

// "--name value" or "--name=value" of a benchmark's command line.
class Arguments {
 public:
  Arguments(int argc, char** argv);
  std::string Text(absl::string_view name, absl::string_view otherwise) const;
  double Number(absl::string_view name, double otherwise) const;
  std::vector<uint64_t> Numbers(absl::string_view name, absl::string_view otherwise) const;

 private:
  std::vector<std::pair<std::string, std::string>> given_;
};

// The city that benchmarks drive in: central London when --graph-nodes and --graph-edges are given,
// else the synthetic street grid.
absl::StatusOr<City> MakeCity(const Arguments& arguments, const CityOptions& options);

// Median and the 99th of a hundred; sorts.
double Percentile(std::vector<double>& values, double share);

// A directory under the working directory of the benchmark that goes away with the object.
class ScratchDir {
 public:
  ScratchDir();
  ~ScratchDir();
  ScratchDir(const ScratchDir&) = delete;
  ScratchDir& operator=(const ScratchDir&) = delete;
  const std::string& path() const { return path_; }
  uint64_t bytes() const;  // of all files in it

 private:
  std::string path_;
};

double Seconds();           // monotonic
double ProcessorSeconds();  // that this thread has had

}  // namespace spoor::bench
