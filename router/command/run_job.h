#pragma once

#include <string>

#include "router/client/client.h"
#include "router/command/commands.h"
#include "router/command/signal_watch.h"

namespace spoor {

// A job that a command starts, waits for, and whose result it writes.
struct RunJobOptions {
  std::string collection_target;  // ".../jobs" of the collection
  std::string body;               // of the request
  std::string part;               // to be written; empty: the first
  std::string out = "-";          // where; empty: nowhere
  bool detach = false;            // only start it, and say its id
  bool quiet = false;
  bool json = false;  // print the job, as JSON, where nothing else goes to standard output
};
int RunJob(Client& client, Terminal& terminal, const SignalWatch& signals,
           const RunJobOptions& options);

// Follows one that runs, and writes its result.
int WatchJob(Client& client, Terminal& terminal, const SignalWatch& signals, const std::string& id,
             const RunJobOptions& options);

}  // namespace spoor
