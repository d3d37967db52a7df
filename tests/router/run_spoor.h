#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "router/command/command.h"

namespace spoor::testing {

struct Ran {
  int code = -1;
  std::string out, err;
};

// spoor ARGUMENTS, in this process.
inline Ran Spoor(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "spoor");
  std::vector<const char*> argv;
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  std::ostringstream out, err;
  const int code = RunSpoor(static_cast<int>(argv.size()), argv.data(), out, err);
  return {code, out.str(), err.str()};
}

}  // namespace spoor::testing
