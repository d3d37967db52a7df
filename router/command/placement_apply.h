#pragma once

#include "router/command/commands.h"

namespace spoor {

// `placement show` and `placement apply`: what the cluster's store of metadata has, and another one
// in its place.  Each returns what runs it when it was parsed, as AddPlacement does.
RunCommand AddPlacementShow(CLI::App& placement);
RunCommand AddPlacementApply(CLI::App& placement);

}  // namespace spoor
