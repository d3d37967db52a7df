#pragma once

#include <functional>
#include <iosfwd>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace CLI {
class App;
}

namespace spoor {

struct ApiResponse;

// Where a command speaks.
struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool live = false;  // err is a terminal, so that a line of it may be drawn again
};

// Adds a command to the program, and returns what runs it once its options are parsed: an ExitCode.
using RunCommand = std::function<int(Terminal&)>;
RunCommand AddServe(CLI::App& spoor);
RunCommand AddShard(CLI::App& spoor);
RunCommand AddRouter(CLI::App& spoor);
RunCommand AddCluster(CLI::App& spoor);
RunCommand AddIngest(CLI::App& spoor);
RunCommand AddSearch(CLI::App& spoor);
RunCommand AddMotif(CLI::App& spoor);
RunCommand AddJoin(CLI::App& spoor);
RunCommand AddExport(CLI::App& spoor);
RunCommand AddStats(CLI::App& spoor);
RunCommand AddStays(CLI::App& spoor);
RunCommand AddPlaces(CLI::App& spoor);
RunCommand AddGet(CLI::App& spoor);
RunCommand AddList(CLI::App& spoor);
RunCommand AddDelete(CLI::App& spoor);
RunCommand AddDrop(CLI::App& spoor);
RunCommand AddJobs(CLI::App& spoor);
RunCommand AddCompletion(CLI::App& spoor);
RunCommand AddGenerate(CLI::App& spoor);
RunCommand AddTune(CLI::App& spoor);
RunCommand AddPlacement(CLI::App& spoor);
RunCommand AddStatus(CLI::App& spoor);
RunCommand AddCheck(CLI::App& spoor);

// Says what went wrong and returns the ExitCode that tells it.
int Fail(Terminal& terminal, const absl::Status& status);
// The same of an answer that is a problem (RFC 9457); about: the file that it is about, if any.
int Fail(Terminal& terminal, const ApiResponse& problem, const std::string& about = "");

}  // namespace spoor
