#include <CLI/CLI.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/message/target.h"

namespace spoor {
namespace {

struct GetOptions {
  Connection connection;
  std::vector<std::string> ids;
  bool geojson = false, json = false;
};

// Those that exist are written; one that does not makes the command incomplete.
int Get(const GetOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  int code = kDone;
  for (const std::string& id : options.ids) {
    const auto record = (*client)->Call(
        {.method = "GET",
         .target = CollectionTarget(options.connection,
                                    absl::StrCat("/trajectories/", PercentEncode(id))),
         .headers = {{"accept", options.geojson ? "application/geo+json" : "application/json"}},
         .body = ""});
    if (!record.ok()) return Fail(terminal, record.status());
    if (record->status == 200) {
      terminal.out << record->body << '\n';
      continue;
    }
    code = Fail(terminal, *record, id);
    if (record->status != 404) return code;
  }
  return code;
}

}  // namespace

RunCommand AddGet(CLI::App& spoor) {
  auto options = std::make_shared<GetOptions>();
  CLI::App& get = *spoor.add_subcommand("get", "Print stored trajectories");
  get.footer(R"(
A line of JSON for each, as ingest reads it: with a summary and its version beside it, or as a GeoJSON
Feature.

Examples:
  spoor get r00012-f-v03
  spoor get --geojson r00012-f-v03 r00012-b-v01 > trips.geojsonl
  spoor get --data ./spoor-data r00012-f-v03 | jq .summary)");
  get.add_option("ID", options->ids, "Names of trajectories")->check(CheckId)->required();
  AddConnection(get, options->connection);
  get.add_flag("--geojson", options->geojson, "A GeoJSON Feature a line");
  get.add_flag("--json", options->json, "JSON a line, which it is without this too");
  return [options](Terminal& terminal) { return Get(*options, terminal); };
}

}  // namespace spoor
