#include "router/command/placement_apply.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "router/command/cluster_options.h"
#include "router/command/command.h"
#include "router/command/connection.h"
#include "router/command/placement_file.h"
#include "shard/meta/collection_changes.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kStoreLimit(10);

struct StoredOptions {
  ClusterOptions cluster;
  std::string collection = "default";
  std::string file;
  bool json = false;
};

Patience Limited() { return {.deadline = std::chrono::steady_clock::now() + kStoreLimit}; }

int ShowStored(const StoredOptions& options, Terminal& terminal) {
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto stored =
      ReadCollection(**meta, options.cluster.cluster, options.collection, Limited());
  if (!stored.ok()) return Fail(terminal, stored.status());
  const std::string text = EncodePlacement(stored->state.placement);
  if (options.file.empty()) {
    terminal.out << text << '\n';
    return kDone;
  }
  std::ofstream file(options.file, std::ios::binary);
  if ((file << text << '\n').flush()) return kDone;
  return Fail(terminal, absl::UnavailableError(absl::StrCat("cannot write ", options.file)));
}

int Apply(const StoredOptions& options, Terminal& terminal) {
  const auto next = ReadPlacement(options.file);
  if (!next.ok()) return Fail(terminal, next.status());
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto stored =
      ReadCollection(**meta, options.cluster.cluster, options.collection, Limited());
  if (!stored.ok()) return Fail(terminal, stored.status());
  const uint64_t now = stored->state.placement.epoch.value(), planned = next->epoch.value();
  if (planned != 0 && planned != now + 1) {
    return Fail(terminal, absl::FailedPreconditionError(absl::StrCat(
                              options.file, " is a plan for epoch ", planned, ", and epoch ", now,
                              " is in force: plan again from what `placement show` says")));
  }
  const CollectionId id{.cluster = options.cluster.cluster,
                        .name = options.collection,
                        .log_id = stored->state.log_id};
  const auto planned_now = PlanPlacement(**meta, id, *stored, *next, Limited());
  if (!planned_now.ok()) return Fail(terminal, planned_now.status());
  const Placement& placement = *planned_now->state.next;
  if (options.json) {
    terminal.out << json::serialize(json::object{{"collection", options.collection},
                                                 {"epoch", placement.epoch.value()},
                                                 {"in_force", false},
                                                 {"slots", placement.slots()}})
                 << '\n';
  } else {
    terminal.out << "epoch " << placement.epoch.value() << " of '" << options.collection
                 << "' is on its way: " << placement.slots() << " slots on "
                 << placement.nodes.size() << " nodes; it comes into force once each of them has "
                 << "what it lacks, and until then epoch " << now << " serves\n";
  }
  return kDone;
}

void AddStored(CLI::App& command, StoredOptions& options) {
  command.fallthrough();  // --config
  command.add_option("--collection", options.collection, "Collection")
      ->type_name("NAME")
      ->capture_default_str();
  AddClusterOptions(command, options.cluster);
}

}  // namespace

RunCommand AddPlacementShow(CLI::App& placement) {
  auto options = std::make_shared<StoredOptions>();
  CLI::App& show =
      *placement.add_subcommand("show", "The placement of a collection that is in force");
  show.footer(R"(
Example:
  spoor placement show --collection taxis --out now.json)");
  show.add_option("--out", options->file, "Write it here")->type_name("FILE");
  AddStored(show, *options);
  return [options](Terminal& terminal) { return ShowStored(*options, terminal); };
}

RunCommand AddPlacementApply(CLI::App& placement) {
  auto options = std::make_shared<StoredOptions>();
  CLI::App& apply = *placement.add_subcommand("apply", "Bring a planned placement into force");
  apply.footer(R"(
The nodes that get slots follow the log anew for them; until all of them have everything, those that
have the slots now keep and serve them.  Then a router puts the new placement in force.  Another plan
takes the place of one that is on its way.

Example, after nodes have joined:
  spoor placement show --collection taxis --out now.json
  spoor placement plan --nodes nodes.txt --sample trips.ndjson --from now.json --out next.json
  spoor placement apply next.json --collection taxis)");
  apply.add_option("file", options->file, "As `placement plan --out` wrote it")
      ->required()
      ->type_name("FILE");
  AddStored(apply, *options);
  AddJson(apply, options->json);
  return [options](Terminal& terminal) { return Apply(*options, terminal); };
}

}  // namespace spoor
