#pragma once

#include "router/command/commands.h"

namespace spoor {

// What `spoor cluster` does without a further word: clusters trajectories, as a job.  Adds its
// options to that command.
RunCommand AddClusterTrips(CLI::App& cluster);

}  // namespace spoor
