#pragma once

#include <string>

#include "router/command/commands.h"
#include "router/command/run_job.h"
#include "router/command/search.h"

namespace spoor {

// A job of what a filter selects, whose result is written: `spoor export`, `spoor stays`, ...
struct SelectionJob {
  SearchOptions select;  // connection, filter
  std::string type;
  std::string params;  // JSON; empty: none
  RunJobOptions run;
};
void AddSelectionJob(CLI::App& command, SelectionJob& job);
int RunSelectionJob(const SelectionJob& job, Terminal& terminal);

}  // namespace spoor
