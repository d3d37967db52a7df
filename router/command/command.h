#pragma once

#include <iosfwd>

namespace spoor {

// What the process returns to its caller.  Scripts rely on these.
enum ExitCode : int {
  kDone = 0,
  kIncomplete = 1,  // records were rejected, an input broke off, or what was asked for is not there
  kUsage = 2,       // the command line or the request is wrong
  kUnreachable = 3,  // nothing answers, or a file or store cannot be opened
  kDamaged = 4,      // the store is damaged
  kInterrupted = 130,
};

// The command line `spoor <command> ...`: answers go to out, progress and errors to err.  Returns
// an ExitCode.  Takes SIGINT and SIGTERM for itself while a command runs that has something to
// finish.
int RunSpoor(int argc, const char* const* argv, std::ostream& out, std::ostream& err);

}  // namespace spoor
