#include "router/command/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include "router/command/commands.h"

namespace spoor {
namespace {

constexpr RunCommand (*kCommands[])(CLI::App&) = {AddServe,     AddIngest, AddSearch, AddJoin,
                                                  AddGenerate,  AddTune,   AddStatus, AddCheck,
                                                  AddPlacement, AddShard,  AddRouter, AddCluster};

constexpr char kFooter[] = R"(
Start a server, load trips, ask what is similar to one of them:
  spoor serve --data ./spoor-data &
  spoor generate --grid --routes 300 --variants 20 --out city.ndjson.gz
  spoor ingest city.ndjson.gz
  spoor search --id r00012-f-v03 --k 5

Exit codes: 0 done, 1 some records rejected or nothing there, 2 usage, 3 cannot reach or open,
4 damaged store, 130 interrupted.  `spoor <command> --help` shows options and examples.)";

}  // namespace

int RunSpoor(int argc, const char* const* argv, std::ostream& out, std::ostream& err) {
  CLI::App spoor("spoor: a search engine for trajectories", "spoor");
  spoor.set_version_flag("--version", "spoor " SPOOR_VERSION);
  spoor.require_subcommand(1);
  spoor.footer(kFooter);
  spoor.allow_config_extras(CLI::config_extras_mode::error);
  spoor.set_config("--config", "", "Options from a file: [shard] name = \"a\" and so on");
  spoor.get_formatter()->column_width(34);
  std::vector<RunCommand> runs;
  for (const auto& add : kCommands) runs.push_back(add(spoor));
  for (CLI::App* command : spoor.get_subcommands(nullptr)) {
    command->allow_config_extras(CLI::config_extras_mode::error);
  }
  try {
    spoor.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return spoor.exit(e, out, err) == 0 ? kDone : kUsage;
  }
  Terminal terminal{std::cin, out, err, &err == &std::cerr && isatty(STDERR_FILENO) != 0};
  const std::vector<CLI::App*> all = spoor.get_subcommands(nullptr);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->parsed()) continue;
    try {
      return runs[i](terminal);
    } catch (const std::exception& e) {  // such as std::bad_alloc
      return Fail(terminal, absl::InternalError(e.what()));
    }
  }
  return kUsage;
}

}  // namespace spoor
