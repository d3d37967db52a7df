#include "router/command/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "router/command/commands.h"
#include "router/command/unknown_word.h"

namespace spoor {
namespace {

constexpr RunCommand (*kCommands[])(CLI::App&) = {
    AddServe,     AddIngest, AddSearch, AddMotif,   AddJoin,     AddGet,    AddList,      AddExport,
    AddStats,     AddDelete, AddDrop,   AddJobs,    AddGenerate, AddTune,   AddStatus,    AddCheck,
    AddPlacement, AddShard,  AddRouter, AddCluster, AddStays,    AddPlaces, AddCompletion};

constexpr char kFooter[] = R"(
Start a server, load trips, ask what is similar to one of them:
  spoor serve --data ./spoor-data &
  spoor generate --grid --routes 300 --variants 20 --out city.ndjson.gz
  spoor ingest city.ndjson.gz
  spoor search --id r00012-f-v03 --k 5

What stands on the command line wins over the environment, that over --config FILE, that over the
defaults.  SPOOR_URL names a server for all commands that ask one, unless --url or --data does.

Exit codes: 0 done, 1 some records rejected or nothing there, 2 usage, 3 cannot reach or open,
4 damaged store, 130 interrupted.  `spoor <command> --help` shows options and examples.)";

// Whether standard error is a terminal on which a line can be drawn again.
bool CanRedraw() {
  const char* const kind = std::getenv("TERM");
  const char* const plain = std::getenv("NO_COLOR");
  return isatty(STDERR_FILENO) != 0 && kind != nullptr && absl::string_view(kind) != "dumb" &&
         (plain == nullptr || *plain == '\0');
}

// What could not be written was not told: no success then.
int Flushed(int code, Terminal& terminal) {
  if (terminal.out.flush() || code != kDone) return code;
  return Fail(terminal, absl::UnavailableError("cannot write to standard output"));
}

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
  Terminal terminal{std::cin, out, err, &err == &std::cerr && CanRedraw()};
  try {
    spoor.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return Flushed(spoor.exit(e, out, err), terminal);
    const std::string unknown = UnknownWord(spoor, absl::MakeSpan(argv, static_cast<size_t>(argc)));
    if (unknown.empty()) return spoor.exit(e, out, err), kUsage;
    err << "spoor: " << unknown << '\n';
    return kUsage;
  }
  const std::vector<CLI::App*> all = spoor.get_subcommands(nullptr);
  for (size_t i = 0; i < all.size(); ++i) {
    if (!all[i]->parsed()) continue;
    try {
      return Flushed(runs[i](terminal), terminal);
    } catch (const std::exception& e) {  // such as std::bad_alloc
      return Fail(terminal, absl::InternalError(e.what()));
    }
  }
  return kUsage;
}

}  // namespace spoor
