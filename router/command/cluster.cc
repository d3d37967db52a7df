#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <chrono>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "router/command/cluster_options.h"
#include "router/command/command.h"
#include "router/command/commands.h"
#include "router/command/connection.h"
#include "shard/meta/seed.h"
#include "shard/meta/snapshot_file.h"

namespace spoor {
namespace {

namespace json = boost::json;

constexpr std::chrono::seconds kLimit(30);

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

void Print(const Seeded& seeded, const SeedOptions& options, Terminal& terminal) {
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
                           {.deadline = std::chrono::steady_clock::now() + kLimit});
  if (!seeded.ok()) return Fail(terminal, seeded.status());
  Print(*seeded, options, terminal);
  return seeded->refused.empty() ? kDone : kIncomplete;
}

}  // namespace

RunCommand AddCluster(CLI::App& spoor) {
  auto options = std::make_shared<SeedOptions>();
  CLI::App& cluster = *spoor.add_subcommand("cluster", "Mend what a cluster agrees on");
  cluster.fallthrough();  // --config
  cluster.require_subcommand(1);
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

}  // namespace spoor
