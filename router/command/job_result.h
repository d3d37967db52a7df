#pragma once

#include <string>

#include "router/client/client.h"
#include "router/command/commands.h"

namespace spoor {

// Writes a part of a job's result (empty: its first) to a file, as what its ending says: .geojson,
// .csv, of trips also .gpx and .mfjson, else a row of JSON a line; "-": to standard output. Returns
// an ExitCode; failures are said.
int WriteJobResult(Client& client, Terminal& terminal, const std::string& id,
                   const std::string& part, const std::string& out);

}  // namespace spoor
