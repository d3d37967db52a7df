#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "shard/place/placement.h"

namespace spoor {

// The nodes that a person names: each text is a node, "a=host:port,zone=rack1,weight=2", or a file
// with one a line, where empty lines and those that begin with '#' do not count.  A text with '='
// is a node.  InvalidArgument names text and field; NotFound when a file cannot be read.
absl::StatusOr<std::vector<PlacedNode>> ReadNodes(const std::vector<std::string>& texts);

}  // namespace spoor
