#pragma once

#include <string>

namespace spoor::bench {

// Where figures come from, in one line: commit, how it was built, processor, and how busy the
// machine is now.  "git 1a2b3c4, Release, AMD EPYC, 2 cores, load 1.3"
std::string Origin();

}  // namespace spoor::bench
