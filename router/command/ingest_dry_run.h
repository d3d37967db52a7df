#pragma once

#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <vector>

#include "router/command/ingest.h"

namespace spoor {

// A line for each file.
void PrintFound(const std::vector<FileFound>& files, std::ostream& out);
boost::json::array FoundJson(const std::vector<FileFound>& files);

}  // namespace spoor
