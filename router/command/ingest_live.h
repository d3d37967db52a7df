#pragma once

#include <boost/json/fwd.hpp>
#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "router/command/ingest.h"

namespace spoor {

// `spoor ingest --cut-trips --lateness`: fixes are sent as they come, and the server cuts.

// What does not go with it.
absl::Status CheckLive(const IngestOptions& options);
// "/fixes?lateness_s=60&…"
std::string LiveTarget(const IngestOptions& options);
// Adds an answer's figures.
void NoteLive(const boost::json::value& answer, LiveTotals& totals);

void PrintLive(const LiveTotals& totals, std::ostream& out);
boost::json::object LiveJson(const LiveTotals& totals);

}  // namespace spoor
