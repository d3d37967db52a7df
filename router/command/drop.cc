#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>

#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"

namespace spoor {
namespace {

struct DropOptions {
  Connection connection;
  bool json = false;
};

int Drop(const DropOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  const auto answer = (*client)->Call({.method = "DELETE",
                                       .target = CollectionTarget(options.connection, ""),
                                       .headers = {},
                                       .body = ""});
  if (!answer.ok()) return Fail(terminal, answer.status());
  const std::string& name = options.connection.collection;
  if (answer->status < 200 || answer->status > 299) return Fail(terminal, *answer, name);
  if (options.json) {
    terminal.out << "{\"dropped\":\"" << name << "\"}\n";
  } else {
    terminal.err << "dropped " << name << '\n';
  }
  return kDone;
}

}  // namespace

RunCommand AddDrop(CLI::App& spoor) {
  auto options = std::make_shared<DropOptions>();
  CLI::App& drop = *spoor.add_subcommand("drop", "Drop a collection with all that is in it");
  drop.footer(R"(
There is no way back, and the name has to be given.

Examples:
  spoor drop taxis
  spoor drop --data ./spoor-data taxis)");
  drop.add_option("NAME", options->connection.collection, "The collection")
      ->required()
      ->check(CheckCollectionName);
  AddServer(drop, options->connection);
  AddJson(drop, options->json);
  return [options](Terminal& terminal) { return Drop(*options, terminal); };
}

}  // namespace spoor
