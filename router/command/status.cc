#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <memory>
#include <ostream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "router/command/json_text.h"
#include "router/command/progress.h"
#include "router/command/table.h"

namespace spoor {
namespace {

namespace json = boost::json;

struct StatusOptions {
  Connection connection;
  bool json = false;
};

std::string StateOf(const json::value& collection) {
  if (BoolMember(collection, "disk_full")) return "disk full: read only";
  const json::value* reindexing = Member(collection, "reindexing");
  if (reindexing == nullptr || !BoolMember(*reindexing, "running")) return "serving";
  return absl::StrFormat("serving, re-indexing %.0f %%",
                         100 * NumberMember(*reindexing, "progress"));
}

void PrintCollections(const json::array& collections, std::ostream& out) {
  TextTable table({"collection", ">trajectories", ">fixes", ">on disk", ">B/fix", ">in memory",
                   ">mapped", "index", ">segments", "state"});
  for (const json::value& collection : collections) {
    const json::value* bytes = Member(collection, "bytes");
    const double disk = bytes == nullptr ? 0 : NumberMember(*bytes, "disk");
    const double fixes = NumberMember(collection, "fixes");
    table.Add({TextMember(collection, "name"), ShowCount(CountMember(collection, "trajectories")),
               ShowCount(CountMember(collection, "fixes")), disk > 0 ? ShowBytes(disk) : "",
               fixes > 0 && disk > 0 ? absl::StrFormat("%.1f", disk / fixes) : "",
               bytes == nullptr ? "" : ShowBytes(NumberMember(*bytes, "memory")),
               bytes == nullptr ? "" : ShowBytes(NumberMember(*bytes, "mapped")),
               ShowIndex(Member(collection, "index")),
               ShowCount(CountMember(collection, "segments")), StateOf(collection)});
  }
  table.Print(out);
}

// All collections; those that cannot be opened apart.
bool ListCollections(Client& client, Terminal& terminal, json::array* all, json::array* unusable,
                     int* code) {
  const auto take = [&](const json::value& page) {
    for (const json::value& one : ListMember(page, "collections")) all->push_back(one);
    for (const json::value& one : ListMember(page, "unusable")) unusable->push_back(one);
  };
  return CallPages(client, "/v1/collections", terminal, take, code);
}

// Nodes, and how far each is with what it serves; nothing of one node alone.
void PrintCluster(const json::value& cluster, std::ostream& out) {
  const json::array& nodes = ListMember(cluster, "nodes");
  if (nodes.size() < 2) return;
  TextTable table({"node", "address", "zone", "state"});
  for (const json::value& node : nodes) {
    const std::string problem = TextMember(node, "problem");
    const std::string down = problem.empty() ? "down" : absl::StrCat("down: ", problem);
    table.Add({TextMember(node, "name"), TextMember(node, "address"), TextMember(node, "zone"),
               BoolMember(node, "up") ? "up" : down});
  }
  out << '\n' << nodes.size() << " nodes\n";
  table.Print(out);
  TextTable served({"collection", ">slots", ">replicas", "node", "state", ">lag", ">stale ms"});
  for (const json::value& collection : ListMember(cluster, "collections")) {
    for (const json::value& replica : ListMember(collection, "nodes")) {
      served.Add({TextMember(collection, "name"), ShowCount(CountMember(collection, "slots")),
                  ShowCount(CountMember(collection, "replicas")), TextMember(replica, "node"),
                  BoolMember(replica, "ready") ? "ready" : "not ready",
                  ShowCount(CountMember(replica, "lag")),
                  ShowCount(CountMember(replica, "staleness_ms"))});
    }
  }
  out << '\n';
  served.Print(out);
  if (const json::value* mismatches = Member(cluster, "mismatches")) {
    for (const json::value& one : mismatches->as_array()) {
      out << "replicas differ: " << std::string(one.as_string()) << '\n';
    }
  }
  if (const json::value* damage = Member(cluster, "damage")) {
    for (const json::value& one : damage->as_array()) {
      out << "damaged: " << TextMember(one, "collection") << " on " << TextMember(one, "node")
          << ": " << TextMember(one, "problem") << '\n';
    }
  }
  const std::string old = TextMember(cluster, "metadata_problem");
  if (!old.empty()) out << "this may be old: " << old << '\n';
}

int Status(const StatusOptions& options, Terminal& terminal) {
  const absl::StatusOr<std::unique_ptr<Client>> client = Open(options.connection, Access::kRead);
  if (!client.ok()) return Fail(terminal, client.status());
  json::array collections, unusable;
  int code = kDone;
  json::value cluster;
  if (!ListCollections(**client, terminal, &collections, &unusable, &code) ||
      !CallJson(**client, {.method = "GET", .target = "/v1/cluster", .headers = {}, .body = ""},
                terminal, &cluster, &code)) {
    return code;
  }
  if (!unusable.empty()) code = kUnreachable;
  const Connection& to = options.connection;
  const std::string where = to.data.empty() ? to.url : to.data;
  if (options.json) {
    json::object out{{"store", where}, {"collections", collections}, {"cluster", cluster}};
    if (!unusable.empty()) out["unusable"] = unusable;
    terminal.out << JsonTextOf(out) << '\n';
    return code;
  }
  terminal.out << where << ": " << collections.size()
               << (collections.size() == 1 ? " collection\n" : " collections\n");
  if (!collections.empty()) PrintCollections(collections, terminal.out);
  for (const json::value& one : unusable) terminal.out << TextMember(one, "problem") << '\n';
  PrintCluster(cluster, terminal.out);
  return code;
}

}  // namespace

RunCommand AddStatus(CLI::App& spoor) {
  auto options = std::make_shared<StatusOptions>();
  CLI::App& status = *spoor.add_subcommand("status", "Show what a server or store holds");
  status.footer(R"(
Examples:
  spoor status
  spoor status --data ./spoor-data
  spoor status --json | jq '.collections[].trajectories')");
  AddServer(status, options->connection);
  AddJson(status, options->json);
  return [options](Terminal& terminal) { return Status(*options, terminal); };
}

}  // namespace spoor
