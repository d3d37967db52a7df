#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/cluster/node_channels.h"
#include "router/cluster/republish.h"
#include "router/command/cluster_options.h"
#include "router/command/cluster_trips.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "shard/meta/seed.h"
#include "shard/meta/snapshot_file.h"
#include "shard/rpc/io_thread.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kSeedLimit(30);
// A process looks at the store of metadata every three seconds at least, while it can reach it.
constexpr std::chrono::seconds kHeardWithin(10);

struct SeedOptions {
  ClusterOptions cluster;
  std::vector<std::string> from;
  std::vector<std::string> replace;
  bool json = false;
};

// A process keeps what it knows in the file "cluster" of its data directory.
absl::StatusOr<ClusterSnapshot> ReadKnown(const std::string& path, const std::string& cluster) {
  std::error_code error;
  const bool is_directory = std::filesystem::is_directory(path, error);
  auto known = ReadSnapshotFile(is_directory ? path + "/cluster" : path, cluster);
  if (!known.ok()) return known.status();
  if (*known) return **known;
  return absl::NotFoundError(absl::StrCat(path, " has no view of a cluster"));
}

json::array Names(const std::vector<std::string>& names) {
  return json::array(names.begin(), names.end());
}

void Print(const SeedReport& seeded, const SeedOptions& options, Terminal& terminal) {
  if (options.json) {
    terminal.out << json::serialize(json::object{{"written", Names(seeded.written)},
                                                 {"as_is", Names(seeded.as_is)},
                                                 {"refused", Names(seeded.refused)}})
                 << '\n';
    return;
  }
  for (const std::string& name : seeded.written) terminal.out << name << ": written\n";
  for (const std::string& name : seeded.as_is) terminal.out << name << ": is there\n";
  for (const std::string& name : seeded.refused) {
    terminal.out << name << ": left alone: the store of metadata has another collection of this "
                 << "name, which --replace " << name << " takes for dropped\n";
  }
}

int RunSeed(const SeedOptions& options, Terminal& terminal) {
  std::vector<ClusterSnapshot> known;
  for (const std::string& path : options.from) {
    auto one = ReadKnown(path, options.cluster.cluster);
    if (!one.ok()) return Fail(terminal, one.status());
    known.push_back(*std::move(one));
  }
  std::vector<std::string> ignored;
  const ClusterSnapshot together = Together(known, options.cluster.cluster, ignored);
  if (!ignored.empty()) return Fail(terminal, absl::FailedPreconditionError(ignored[0]));
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto seeded = Seed(**meta, options.cluster.cluster, together,
                           {options.replace.begin(), options.replace.end()},
                           {.deadline = std::chrono::steady_clock::now() + kSeedLimit});
  if (!seeded.ok()) return Fail(terminal, seeded.status());
  Print(*seeded, options, terminal);
  return seeded->refused.empty() ? kDone : kIncomplete;
}

struct RepublishOptions {
  ClusterOptions cluster;
  std::string collection;
  std::vector<std::string> without;
};

int RunRepublish(const RepublishOptions& options, Terminal& terminal) {
  const auto tls = OpenTls(options.cluster);
  if (!tls.ok()) return Fail(terminal, tls.status());
  const auto meta = OpenMeta(options.cluster);
  if (!meta.ok()) return Fail(terminal, meta.status());
  const auto logs = OpenLogs(options.cluster);
  if (!logs.ok()) return Fail(terminal, logs.status());
  IoThread io;
  DialOptions dial;
  dial.cluster = options.cluster.cluster;
  dial.node = "republish";
  dial.tls = *tls;
  NodeChannels channels(io, dial);
  const RepublishWith with{
      .meta = **meta,
      .logs = **logs,
      .channel_to = [&](const std::string& node,
                        const std::string& address) { return channels.To(node, address); },
      .without = {options.without.begin(), options.without.end()}};
  const auto made = Republish(with, options.cluster.cluster, options.collection, Patience());
  if (!made.ok()) return Fail(terminal, made.status());
  // Until they have heard of the new log, routers write to the former one, and it is of no account.
  terminal.err << "the new log is in force; routers hear of it within " << kHeardWithin.count()
               << " s\n";
  std::this_thread::sleep_for(kHeardWithin);
  terminal.out << made->records << " trajectories of '" << options.collection
               << "' are in its new log; its nodes follow it from the beginning\n";
  return kDone;
}

RunCommand AddSeed(CLI::App& cluster) {
  auto options = std::make_shared<SeedOptions>();
  CLI::App& seed =
      *cluster.add_subcommand("seed", "Write back what the store of metadata has lost");
  seed.fallthrough();
  seed.footer(R"(
Every router and shard keeps, in its data directory, what it last knew of the cluster's collections.
Where etcd has lost them, was made anew or restored from an old backup, nobody believes it; this writes
back what it lacks or has as it was earlier.  Give the directories of several processes: the later of
what they know counts.  What etcd has under the same name with another log is left alone, unless
--replace says that it is the one to go; its records stay in its topic.

Examples:
  spoor cluster seed /var/lib/spoor/router /var/lib/spoor/shard-a --etcd 10.0.0.1:2379
  spoor cluster seed /var/lib/spoor/shard-a --replace taxis)");
  seed.add_option("from", options->from, "Data directories, or their files `cluster`")
      ->required()
      ->type_name("DIR");
  seed.add_option("--replace", options->replace, "Collections to write over others of their names")
      ->type_name("NAME");
  AddClusterOptions(seed, options->cluster);
  AddJson(seed, options->json);
  return [options](Terminal& terminal) { return RunSeed(*options, terminal); };
}

RunCommand AddRepublish(CLI::App& cluster) {
  auto options = std::make_shared<RepublishOptions>();
  CLI::App& republish =
      *cluster.add_subcommand("republish", "Make a new log from what the nodes have");
  republish.fallthrough();
  republish.footer(R"(
For a collection whose log is gone, was cut or is damaged (`spoor status` says that it cannot be
followed): the nodes may have the last copies.  Of each trajectory the latest version that any node has
goes to a new log, which then is the collection's.  Nobody should write until this ends, nor through a
router that cannot reach etcd: that one writes to the former log.  The nodes set aside
what they have, follow the new log, and do not answer until they have caught up.

Example:
  spoor cluster republish taxis --etcd 10.0.0.1:2379 --kafka 10.0.0.2:9092)");
  republish.add_option("collection", options->collection, "Collection")
      ->required()
      ->type_name("NAME");
  republish.add_option("--without", options->without, "Nodes that are lost for good")
      ->type_name("NODE");
  AddClusterOptions(republish, options->cluster);
  return [options](Terminal& terminal) { return RunRepublish(*options, terminal); };
}

}  // namespace

RunCommand AddCluster(CLI::App& spoor) {
  CLI::App& cluster = *spoor.add_subcommand(
      "cluster", "Find trips that move together; or mend what a cluster of nodes agrees on");
  cluster.fallthrough();  // --config
  cluster.require_subcommand(0, 1);
  const RunCommand trips = AddClusterTrips(cluster);
  const RunCommand seed = AddSeed(cluster), republish = AddRepublish(cluster);
  return [&cluster, trips, seed, republish](Terminal& terminal) {
    if (cluster.got_subcommand("seed")) return seed(terminal);
    return cluster.got_subcommand("republish") ? republish(terminal) : trips(terminal);
  };
}

}  // namespace spoor
