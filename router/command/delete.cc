#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/search.h"
#include "router/message/json_writer.h"
#include "router/message/target.h"

namespace spoor {
namespace {

struct DeleteOptions {
  SearchOptions select;  // connection and filter
  std::vector<std::string> ids;
  std::string if_version;
  bool json = false;
};

bool HasFilter(const SearchOptions& select) {
  return !select.bbox.empty() || !select.time.empty() || !select.polygon_file.empty() ||
         !select.objects.empty() || !select.tags.empty();
}

int Report(const DeleteOptions& options, uint64_t deleted, Terminal& terminal) {
  if (options.json) {
    terminal.out << "{\"deleted\":" << deleted << "}\n";
  } else {
    terminal.err << "deleted " << ShowCount(deleted)
                 << (deleted == 1 ? " trajectory\n" : " trajectories\n");
  }
  return kDone;
}

int DeleteIds(const DeleteOptions& options, Client& client, Terminal& terminal) {
  uint64_t deleted = 0;
  int code = kDone;
  decltype(ApiRequest::headers) conditions;
  if (!options.if_version.empty()) {
    conditions.emplace_back("if-match", absl::StrCat("\"", options.if_version, "\""));
  }
  for (const std::string& id : options.ids) {
    const auto answer =
        client.Call({.method = "DELETE",
                     .target = CollectionTarget(options.select.connection,
                                                absl::StrCat("/trajectories/", PercentEncode(id))),
                     .headers = conditions,
                     .body = ""});
    if (!answer.ok()) return Fail(terminal, answer.status());
    if (answer->status == 204) {
      ++deleted;
      continue;
    }
    code = Fail(terminal, *answer, id);
    if (answer->status != 404) return code;
  }
  Report(options, deleted, terminal);
  return code;
}

int DeleteWhere(const DeleteOptions& options, Client& client, Terminal& terminal) {
  JsonWriter w;
  w.BeginObject();
  if (absl::Status s = WriteFilter(options.select, w); !s.ok()) return Fail(terminal, s);
  w.EndObject();
  boost::json::value answer;
  int code = kDone;
  const ApiRequest request{
      .method = "POST",
      .target = CollectionTarget(options.select.connection, "/trajectories/delete"),
      .headers = {{"content-type", "application/json"}},
      .body = w.Take()};
  if (!CallJson(client, request, terminal, &answer, &code)) return code;
  return Report(options, CountMember(answer, "deleted"), terminal);
}

int Delete(const DeleteOptions& options, Terminal& terminal) {
  if (options.ids.empty() == !HasFilter(options.select)) {
    return Fail(terminal, absl::InvalidArgumentError(
                              "give ids, or conditions such as --bbox; spoor drop is for all"));
  }
  if (!options.if_version.empty() && options.ids.size() != 1) {
    return Fail(terminal, absl::InvalidArgumentError("--if-version is of one id"));
  }
  const absl::StatusOr<std::unique_ptr<Client>> client =
      Open(options.select.connection, Access::kWrite);
  if (!client.ok()) return Fail(terminal, client.status());
  return options.ids.empty() ? DeleteWhere(options, **client, terminal)
                             : DeleteIds(options, **client, terminal);
}

}  // namespace

RunCommand AddDelete(CLI::App& spoor) {
  auto options = std::make_shared<DeleteOptions>();
  CLI::App& command =
      *spoor.add_subcommand("delete", "Delete trajectories, by id or where a filter is met");
  command.footer(R"(
There is no way back.  `spoor list` with the same filter shows what it would delete.

Examples:
  spoor delete r00012-f-v03 r00012-f-v04
  spoor delete r00012-f-v03 --if-version 4b1d2f0c9e8a7766-17
  spoor delete --object car-00043
  spoor delete --time 2023-01-01T00:00:00Z,2024-01-01T00:00:00Z --tag mode=taxi)");
  command.add_option("ID", options->ids, "Names of trajectories")->check(CheckId);
  command
      .add_option("--if-version", options->if_version,
                  "Only while it has this `version`, as `spoor get` tells it")
      ->type_name("VERSION");
  AddConnection(command, options->select.connection);
  AddFilter(command, options->select);
  AddJson(command, options->json);
  return [options](Terminal& terminal) { return Delete(*options, terminal); };
}

}  // namespace spoor
